"""Conversations outside the inbox: those to be nudged, those to be forgotten; and the log of the web chat."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, literal, or_, select, update

from domain.conversation import Conversation
from domain.messages import OutboundMessage
from storage.codec import dump, load
from storage.database import Transaction
from storage.inbox import insert
from storage.tables import conversations, inbox, outbox, web_messages

#: A page that is offline has so long to fetch the word that all is erased.
_TOLD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WebMessage:
    """A message as the web chat shows it."""

    id: int
    text: str
    #: (id, label) of each button.
    choices: tuple[tuple[str, str], ...]
    at: datetime
    #: The message whose place it takes: always the first that stood there, however often it was replaced since.
    replaces: int | None
    #: (id, name) of each file that came with it.
    files: tuple[tuple[int, str], ...] = ()


def load_state(state: str | None) -> Conversation:
    """Return the conversation that was stored; a new one for None."""
    conversation: Conversation = load(Conversation, state) if state else Conversation()
    return conversation


def state_row(conversation: Conversation, now: datetime) -> dict[str, Any]:
    """Return what to store of a conversation."""
    return {
        "state": dump(Conversation, conversation),
        "nudge_at": conversation.nudge_at,
        "erased_at": now if conversation.erased else None,
    }


async def to_nudge(transaction: Transaction, now: datetime, limit: int) -> list[tuple[int, Conversation]]:
    """Return conversations with concerns nobody sent, locked; those with messages waiting are left to the inbox."""
    query = (
        select(conversations.c.id, conversations.c.state)
        .where(conversations.c.nudge_at <= now, conversations.c.waiting == 0)
        .order_by(conversations.c.nudge_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [(row.id, load_state(row.state)) for row in await transaction.execute(query)]


async def save(transaction: Transaction, conversation_id: int, conversation: Conversation, now: datetime) -> None:
    """Write the state of one conversation."""
    query = update(conversations).where(conversations.c.id == conversation_id)
    await transaction.execute(query.values(state_row(conversation, now)))


async def erase_shown(transaction: Transaction, numbers: Collection[str], *, but: int | None = None) -> None:
    """Delete what web chats, those of officers too, were shown of these cases; all but one conversation."""
    about = [column.contains(number) for number in numbers for column in (web_messages.c.text, web_messages.c.choices)]
    if about:
        query = delete(web_messages).where(or_(*about))
        await transaction.execute(query if but is None else query.where(web_messages.c.conversation_id != but))


async def erase_messages(transaction: Transaction, conversation_id: int) -> None:
    """Delete what was said to a person and is on its way to them."""
    await transaction.execute(delete(web_messages).where(web_messages.c.conversation_id == conversation_id))
    await transaction.execute(
        delete(outbox).where(outbox.c.conversation_id == conversation_id, outbox.c.settled_at.is_(None))
    )


async def forget(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete the conversations that were erased, once the person was told. Returns how many."""
    unsaid = exists().where(outbox.c.conversation_id == conversations.c.id, outbox.c.settled_at.is_(None))
    query = (
        select(conversations.c.id)
        .where(conversations.c.erased_at <= now - _TOLD, conversations.c.waiting == 0, ~unsaid)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = list((await transaction.execute(query)).scalars())
    if ids:
        for table in (web_messages, outbox, inbox):
            await transaction.execute(delete(table).where(table.c.conversation_id.in_(ids)))
        await transaction.execute(delete(conversations).where(conversations.c.id.in_(ids)))
    return len(ids)


async def show_on_web(transaction: Transaction, shown: Sequence[tuple[OutboundMessage, int]], now: datetime) -> None:
    """Put messages before the web chat, each once. Pairs of the message and its conversation's id.

    What a message takes the place of is emptied, not deleted: that it was shown must stay known.
    """
    replaced = [(of, int(message.replaces)) if message.replaces else None for message, of in shown]
    places = await _places(transaction, {one[1] for one in replaced if one})
    rows = [
        {"conversation_id": of, "outbox_id": message.id, "text": message.text,
         "choices": json.dumps(message.buttons, ensure_ascii=False), "at": now,
         "replaces": places.get(one, one[1]) if one else None}
        for (message, of), one in zip(shown, replaced, strict=True)
    ]  # fmt: skip
    if not rows:
        return
    query = insert(transaction, web_messages).values(rows).on_conflict_do_nothing().returning(web_messages)
    for row in (await transaction.execute(query)).all():
        if row.replaces:
            # By id: a page of years holds very many messages, most of them replaced.
            states = select(web_messages.c.id).where(
                web_messages.c.replaces == row.replaces, web_messages.c.id < row.id
            )
            earlier = web_messages.c.id.in_(states.union_all(select(literal(row.replaces))))
            ours = web_messages.c.conversation_id == row.conversation_id
            await transaction.execute(
                update(web_messages).where(earlier, ours, web_messages.c.id != row.id).values(text="", choices="[]")
            )


async def _places(transaction: Transaction, ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return the first message of the place where each of these stands, by conversation and id."""
    query = select(web_messages.c.conversation_id, web_messages.c.id, web_messages.c.replaces)
    rows = await transaction.execute(query.where(web_messages.c.id.in_(ids))) if ids else ()
    return {(row.conversation_id, row.id): row.replaces or row.id for row in rows}


async def web_log(transaction: Transaction, conversation_id: int, after: int, limit: int = 200) -> list[WebMessage]:
    """Return what the web chat is to show after the message with id ``after``, without what was replaced."""
    query = (
        select(web_messages)
        .where(web_messages.c.conversation_id == conversation_id, web_messages.c.id > after, web_messages.c.text != "")
        .order_by(web_messages.c.id)
        .limit(limit)
    )
    return [
        WebMessage(
            row.id, row.text, tuple((key, label) for key, label in json.loads(row.choices)), row.at, row.replaces
        )
        for row in await transaction.execute(query)
    ]
