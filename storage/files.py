"""Files that are sent in chats, and which web chat may fetch which."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, delete, insert, select

from domain.messages import Attachment
from storage.database import Transaction
from storage.inbox import insert as insert_once
from storage.tables import BigInteger, UtcDateTime, metadata, web_messages

#: A file is kept so long; it can be made anew from the register.
KEPT = timedelta(days=90)
#: Bytes: what goes to Telegram on a slow line within the time one message has.
LARGEST = 10_000_000
_LONGEST_NAME = 160

files = Table(
    "files",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # As a person sees it, with its ending.
    Column("name", String(_LONGEST_NAME), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_files_expires", files.c.expires_at)

#: What hangs on a message of the web chat: who has the message may fetch the file, and nobody when it is erased.
web_files = Table(
    "web_files",
    metadata,
    Column("message_id", BigInteger, ForeignKey("web_messages.id", ondelete="CASCADE"), primary_key=True),
    Column("file_id", BigInteger, ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
)
Index("ix_web_files_file", web_files.c.file_id)


async def put(transaction: Transaction, name: str, media_type: str, content: bytes, now: datetime) -> int:
    """Keep a file for 90 days and return its id, for ``Say.files``. Raises ValueError when it is too large to send."""
    if len(content) > LARGEST:
        raise ValueError(f"a file of {len(content)} bytes is too large to send")
    # A name, not a path; whole when it is cut.
    stem, dot, ending = name.replace("/", "-").replace("\\", "-").rpartition(".")
    name = f"{stem[: _LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot else ending[:_LONGEST_NAME]
    row = {
        "name": name, "media_type": media_type, "content": content, "created_at": now, "expires_at": now + KEPT
    }  # fmt: skip
    of: int = (await transaction.execute(insert(files).values(row).returning(files.c.id))).scalar_one()
    return of


async def load(transaction: Transaction, ids: Collection[int]) -> dict[int, Attachment]:
    """Return those of the files that are still kept."""
    if not ids:
        return {}
    query = select(files.c.id, files.c.name, files.c.media_type, files.c.content).where(files.c.id.in_(ids))
    return {
        row.id: Attachment(row.id, row.name, row.media_type, row.content) for row in await transaction.execute(query)
    }


async def expire(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete files whose time is over. Returns how many."""
    due = select(files.c.id).where(files.c.expires_at <= now).order_by(files.c.expires_at).limit(limit)
    gone = delete(files).where(files.c.id.in_(due.scalar_subquery())).returning(files.c.id)
    return len((await transaction.execute(gone)).all())


async def show_on_web(transaction: Transaction, shown: Mapping[int, Collection[int]]) -> None:
    """Hang files on messages of the web chat: ids of files by the outbox id of the message; each once."""
    wanted = {outbox: ids for outbox, ids in shown.items() if ids}
    if not wanted:
        return
    query = select(web_messages.c.id, web_messages.c.outbox_id).where(web_messages.c.outbox_id.in_(wanted))
    kept = set(
        (
            await transaction.execute(
                select(files.c.id).where(files.c.id.in_({of for ids in wanted.values() for of in ids}))
            )
        ).scalars()
    )
    rows = [
        {"message_id": row.id, "file_id": of}
        for row in await transaction.execute(query)
        for of in wanted[row.outbox_id]
        if of in kept
    ]
    if rows:
        await transaction.execute(insert_once(transaction, web_files).on_conflict_do_nothing(), rows)


async def names_on_web(transaction: Transaction, message_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Return (id, name) of what hangs on messages of the web chat, by the id of the message."""
    query = (
        select(web_files.c.message_id, files.c.id, files.c.name)
        .join(files, files.c.id == web_files.c.file_id)
        .where(web_files.c.message_id.in_(message_ids))
        .order_by(files.c.id)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in await transaction.execute(query) if message_ids else ():
        found[row.message_id].append((row.id, row.name))
    return found


async def of_conversation(transaction: Transaction, file_id: int, conversation_id: int) -> Attachment | None:
    """Return a file where a message that stands in this web chat brought it; None for everybody else."""
    query = (
        select(files.c.id, files.c.name, files.c.media_type, files.c.content)
        .join(web_files, web_files.c.file_id == files.c.id)
        .join(web_messages, web_messages.c.id == web_files.c.message_id)
        .where(
            files.c.id == file_id,
            web_messages.c.conversation_id == conversation_id,
            # What another message took the place of is not there any more.
            web_messages.c.text != "",
        )
        .limit(1)
    )
    row = (await transaction.execute(query)).first()
    return Attachment(row.id, row.name, row.media_type, row.content) if row else None
