"""What a seat may do."""

from enum import StrEnum


class Role(StrEnum):
    """What a seat may do."""

    OFFICER = "officer"
    #: Also approves, assigns, sees to seats; gets the digest and what is late.
    LEAD = "lead"
    #: Also has the agency's restricted cases, which nobody else sees.
    INSPECTOR = "inspector"
    #: Sees counts, places, topics, agencies and matters; never a case, a person or a citizen's words.
    COORDINATOR = "coordinator"
    #: No seat: a village head, who may write for somebody else.
    HEAD = "head"
