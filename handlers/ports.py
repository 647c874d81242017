"""What the use-cases ask of others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from domain.drafts import Draft, Rendered
from domain.messages import Address, Delivery, OutboundMessage
from nlp.reading import Commune, Reading


class TextReader(Protocol):
    """Understands texts."""

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """Return a reading of each text, in order; ``hurried`` takes a fraction of the time, and is less sure."""

    def suggest(self, text: str) -> tuple[Commune, ...]:
        """Return the communes whose names come near to what was typed, nearest first."""

    def nearest(self, latitude: float, longitude: float) -> tuple[Commune, float] | None:
        """Return the commune a point most likely lies in and the kilometres to its middle; None far from them all."""


class Channel(Protocol):
    """Carries messages to people."""

    @property
    def name(self) -> str:
        """What addresses of this channel are called: "telegram", "web"."""

    def spacing(self, address: Address, /) -> timedelta:
        """Return the least time between two messages to one chat."""

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Send messages to different chats and say of each, in order, how it went. Never raises."""


class Renderer(Protocol):
    """Makes files of drafts."""

    def docx(self, draft: Draft, name: str) -> Rendered:
        """Return a draft as a document; ``name`` is without its ending."""

    def xlsx(self, draft: Draft, name: str) -> Rendered:
        """Return its tables, and where its figures come from, as a workbook."""
