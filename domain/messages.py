"""What comes in from a channel and what goes out to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a person can be reached."""

    #: "telegram", "web".
    channel: str
    #: The channel's own id of the chat.
    chat: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words, as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button was pressed."""

    #: The id of the button, as it was sent out.
    id: str
    #: The channel's own reference of the message it was pressed on, where that is known.
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A shared position, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, kept by the channel."""

    #: The channel's own reference, good for sending the picture on in the same channel.
    reference: str
    caption: str = ""
    #: The channel's name for the picture itself: the same one sent again has another reference, but this name.
    unique: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something the bot cannot read yet; it is answered with help."""

    #: The channel's word for it: "voice", "video", "sticker".
    what: str


Content = Text | Choice | Location | Photo | Unsupported


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a person sent, whatever the channel."""

    address: Address
    #: Unique within the channel; a second message with the same id is a replay.
    external_id: str
    content: Content


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a message. Its label is the text ``button.<key>``."""

    #: At most 64 bytes, ASCII (Telegram's limit).
    id: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Something to be said: a text key and what to fill in; rendered when it is sent."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    #: What was pressed (``Choice.on``), for this to take its place; None for a new message at the bottom.
    replaces: str | None = None
    #: Ids of files that go with it (``storage.files.put``).
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on its way to a person."""

    #: As storage knows it.
    id: int
    #: With its ending, as a person reads it: "Báo cáo quý III.docx".
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A rendered message on its way to an address."""

    #: The outbox row: the same id is the same message, sent again.
    id: int
    address: Address
    #: Plain text, NFC.
    text: str
    #: (id, label) of each button, in order.
    buttons: tuple[tuple[str, str], ...] = ()
    #: Pictures to go with it, as the channel's own references.
    photos: tuple[str, ...] = ()
    #: The channel's own reference of the message whose place it takes; where that is not possible it is a new one.
    replaces: str | None = None
    #: Files to go with it, in order.
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took the message."""


@dataclass(frozen=True, slots=True)
class TryLater:
    """The channel could not take it now."""

    #: How long to wait at least.
    after: timedelta
    why: str
    #: The whole channel must wait, not only this chat.
    channel_wide: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will never take it."""

    why: str
    #: Nobody can be reached at the address any more.
    gone: bool = False


Delivery = Delivered | TryLater | Refused
