"""The exchange with one person, as a value; and what one step of it brings about."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.concerns import Concern, ConcernKind
from domain.messages import Photo, Say


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What the next free text is an answer to."""

    #: Citizen: "place", "parts", "reply", "dispute". Officer: a verb of ``handlers.officers``.
    what: str
    #: The concern's serial or the case's number.
    of: str
    #: What else was chosen on the way, such as the agency referred to.
    more: str = ""
    #: Pictures sent ahead of the words.
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where the exchange with one address stands."""

    #: The person has met the notice and chose to go on.
    agreed: bool = False
    #: Concerns not sent yet, oldest first.
    concerns: tuple[Concern, ...] = ()
    next_serial: int = 1
    awaiting: Awaiting | None = None
    #: What was last joined to an open case, in case it was another matter after all.
    joined: Concern | None = None
    #: When to ask once about concerns that were not sent.
    nudge_at: datetime | None = None
    #: Code of the commune the person is a village head in: may write for somebody else there.
    head: str | None = None
    #: Whom the person praised lately, and when: nobody's praise counts twice.
    praised: tuple[tuple[str, datetime], ...] = ()
    #: The person had everything erased; nothing of the conversation is kept once that is told.
    erased: bool = False

    def concern(self, serial: str) -> Concern | None:
        """Return the unsent concern with this serial."""
        return next((concern for concern in self.concerns if str(concern.serial) == serial), None)

    def keep(self, concern: Concern) -> "Conversation":
        """Return the conversation with the concern put in, or in the place of its older self."""
        rest = tuple(concern if kept.serial == concern.serial else kept for kept in self.concerns)
        if self.concern(str(concern.serial)) is None:
            rest += (concern,)
        return replace(self, concerns=rest, next_serial=max(self.next_serial, concern.serial + 1))

    def drop(self, concern: Concern) -> "Conversation":
        """Return the conversation without the concern."""
        rest = tuple(kept for kept in self.concerns if kept.serial != concern.serial)
        return replace(self, concerns=rest, nudge_at=self.nudge_at if rest else None)


@dataclass(frozen=True, slots=True)
class FileCase:
    """The citizen sent the concern: it becomes a case."""

    concern: Concern
    #: Number of the case it is the same problem as: it is filed and merged into that one.
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class AddToCase:
    """Something more was said about an open case."""

    number: str
    text: str = ""
    photos: tuple[str, ...] = ()
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ReplyToQuestion:
    """The citizen answered the agency's question."""

    number: str
    text: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """The citizen judged the answer."""

    number: str
    #: Done, or done in part and let rest (``partly``); else it is to be taken up again.
    done: bool
    note: str = ""
    photos: tuple[str, ...] = ()
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """The citizen rated how it was handled, apart from the result."""

    number: str
    #: 1 not content, 2 fair, 3 content.
    rating: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Somebody a village head wrote for goes on by himself."""

    number: str
    code: str


@dataclass(frozen=True, slots=True)
class CountGuidance:
    """A complaint or denunciation was guided; only this is kept of it."""

    kind: ConcernKind
    topic: str | None
    commune: str | None


@dataclass(frozen=True, slots=True)
class PassOnPraise:
    """Praise goes to whom it is for; no case is made of it, and its words are kept nowhere."""

    concern: Concern
    #: Id of the agency; None when the desk is to find out.
    agency: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class AskForNotices:
    """The person asks to be told of notices: of a topic, a place, or both."""

    topic: str | None
    commune: str | None


@dataclass(frozen=True, slots=True)
class AwaitNotice:
    """The person waits for what a notice tells of to be mended, and sends nothing."""

    #: Id of the notice.
    notice: int


@dataclass(frozen=True, slots=True)
class ShowWishes:
    """The person wants to see what notices were asked for."""


@dataclass(frozen=True, slots=True)
class LeaveNotices:
    """The person wants no more notices."""


@dataclass(frozen=True, slots=True)
class EraseEverything:
    """The person wants everything about them erased."""


Effect = (
    FileCase
    | AddToCase
    | ReplyToQuestion
    | Judge
    | Rate
    | TakeOver
    | CountGuidance
    | PassOnPraise
    | AskForNotices
    | AwaitNotice
    | ShowWishes
    | LeaveNotices
    | EraseEverything
)


@dataclass(frozen=True, slots=True)
class Step:
    """What a message leads to."""

    conversation: Conversation
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()

    def then(self, other: "Step") -> "Step":
        """Return both steps as one."""
        return Step(other.conversation, self.says + other.says, self.effects + other.effects)
