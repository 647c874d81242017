"""A concern being gathered, and what its words are taken to mean."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConcernKind(StrEnum):
    """Legal nature of what a citizen says; decides procedure. Law 42/2013 keeps the first four apart."""

    REPORT = "phan_anh"
    PETITION = "kien_nghi"
    COMPLAINT = "khieu_nai"
    DENUNCIATION = "to_cao"
    QUESTION = "hoi_dap"
    PRAISE = "khen"
    OTHER = "khac"


#: Kinds with a legal form that a chat message cannot have.
LEGAL_KINDS = frozenset({ConcernKind.COMPLAINT, ConcernKind.DENUNCIATION})


class Decision(StrEnum):
    """What to do with a reading."""

    ROUTE = "route"
    ASK = "ask"
    DESK = "desk"
    GUIDE = "guide"


@dataclass(frozen=True, slots=True)
class Facts:
    """A reading in our own categories: what one text is taken to mean."""

    decision: Decision
    kind: ConcernKind = ConcernKind.OTHER
    #: Best topic, None when nothing is likely enough to be named.
    topic: str | None = None
    #: Topics to choose from, best first.
    choices: tuple[str, ...] = ()
    #: Kind of small talk, None for a concern.
    talk: str | None = None
    #: Danger to life or limb.
    urgent: bool = False
    #: Accuses an official or unit, or tells of abuse.
    restricted: bool = False
    #: The body accused, as a code of the taxonomy; None when nobody is or it is not known.
    accused: str | None = None
    #: Code of the commune meant, when one is.
    commune: str | None = None
    #: Codes of the communes it may be, when several are.
    communes: tuple[str, ...] = ()
    #: The old unit named, when it was converted.
    old_name: str | None = None
    #: Name of another province the text is about.
    outside: str | None = None
    #: The finer place in the citizen's words.
    detail: str | None = None
    #: The text with private data masked.
    text: str = ""
    #: Phone numbers found in it.
    phones: tuple[str, ...] = ()
    #: Codes of communes whose names come near to what was typed, for a place that was not understood.
    nearby: tuple[str, ...] = ()
    #: Pictures it was written under, as the channel's own references.
    photos: tuple[str, ...] = ()
    #: The commune a shared position seems to lie in, and the kilometres to the middle of it.
    nearest: tuple[str, float] | None = None
    #: Its issues, when the text tells of several: the words and topic of each, all else shared.
    parts: tuple["Facts", ...] = ()
    #: Version of the reader; empty when nothing was read.
    read_by: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a citizen tells us, until it is sent."""

    #: Number within the conversation; buttons carry it, so that a button of an old card is known as old.
    serial: int
    #: Masked text, all parts.
    text: str
    kind: ConcernKind
    topic: str | None
    #: Topics offered when it is not sure.
    choices: tuple[str, ...]
    urgent: bool
    restricted: bool
    accused: str | None
    commune: str | None
    communes: tuple[str, ...]
    old_name: str | None
    detail: str | None
    begun_at: datetime
    phone: str | None = None
    #: The citizen lets officers of this case see the phone number.
    phone_shared: bool = False
    location: tuple[float, float] | None = None
    photos: tuple[str, ...] = ()
    #: The place was asked for; it is asked once.
    place_asked: bool = False
    #: Name of the other province it seems to be about, until the citizen says that it happened here.
    outside: str | None = None
    #: The commune a shared position seems to lie in and the kilometres to its middle; counts while no commune is known.
    near: tuple[str, float] | None = None
    #: What it could be split into, until the citizen says whether it is one matter or several.
    parts: tuple[Facts, ...] = ()
    #: Version of the reader; empty when nothing was read.
    read_by: str = ""
    #: Told by a village head for somebody else.
    on_behalf: bool = False
    #: The citizen was asked whether it is the same problem as a case that is known already, and as which.
    likeness_asked: bool = False
    offered: str | None = None
