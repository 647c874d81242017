"""Telegram: updates in, messages out.

python-telegram-bot gives the transport, its errors and the parsing of updates. Its own queues are not used: they
forget what they hold when the process dies. Here the offset moves, and the webhook is answered, only after the inbox
commit.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import os
import random
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from channels.splitting import split_text
from domain.messages import (
    Address,
    Attachment,
    Choice,
    Content,
    Delivered,
    Delivery,
    InboundMessage,
    Location,
    OutboundMessage,
    Photo,
    Refused,
    Text,
    TryLater,
    Unsupported,
)
from storage import inbox
from storage.database import Database

log = structlog.get_logger()

NAME = "telegram"
Json = dict[str, Any]

#: What we ask Telegram for; everything else would be thrown away.
_WANTED = ("message", "edited_message", "callback_query")
#: What a person can send that we cannot read, the narrower kind first (an animation is also a document).
#: Whatever else a message holds is the service's own notice (pinned, joined, renamed).
_UNREADABLE = (
    "voice", "audio", "video", "video_note", "animation", "live_photo", "sticker", "document", "contact", "poll",
    "dice", "story", "game", "checklist", "paid_media", "giveaway", "invoice",
)  # fmt: skip
_LATITUDES, _LONGITUDES = 90, 180

#: Telegram's limits: a text in UTF-16 units, a button's id in bytes, an album in pictures.
_LONGEST_TEXT = 4096
_LONGEST_ID = 64
_ALBUM = 10
#: Two labels up to this long share a row on a phone.
_SHORT_LABEL = 16

#: One message a second to a person, twenty a minute to a group (whose ids are negative).
_SPACING, _GROUP_SPACING = timedelta(seconds=1), timedelta(seconds=3)
#: So many messages are on their way at once, and none longer than this: a batch ends well before its lease.
_AT_ONCE = 30
_LONGEST_SEND = 30.0
_SHORTLY = timedelta(seconds=5)
#: A refused token needs a person; meanwhile nothing else is worth trying.
_AFTER_BAD_TOKEN = timedelta(minutes=5)

#: A long poll lasts so long. With its time-outs it stays below the lease, so the leader renews in time.
POLL_SECONDS = 10
LEASE = timedelta(seconds=30)
#: Who does not poll looks so often whether the leader is gone.
_FOLLOW = 5.0
#: After failures polling waits longer and longer, up to so many seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
#: Taking the waiting sign off pressed buttons may not hold up polling.
_ANSWERING = 5.0

_TOKEN_HINT = "Telegram does not know the bot's token: check HOIAM_TELEGRAM_TOKEN against @BotFather"  # noqa: S105 - a hint
_WEBHOOK_HINT = (
    "a webhook is set for this bot, so Telegram delivers there: set HOIAM_PUBLIC_URL to go on with it, "
    "or remove it with `hoiam doctor --delete-webhook`"
)
_ELSEWHERE_HINT = "another program polls with the same token: stop it, or give this one a bot of its own"
_FLOOD = "Telegram asked for a pause"


class TelegramCallError(Exception):
    """Telegram could not be asked, or said no. The message is for an operator and holds no token."""


def parse_update(update: Update | Json, username: str = "") -> InboundMessage | None:
    """Turn an update into a message, None when there is nobody to answer or nothing was said to us.

    None are: updates without a chat (inline queries, poll answers), membership changes, notices of the service
    (somebody joined, something was pinned, a group became a supergroup), channel posts, movements of a live location,
    and in groups whatever is no command, no reply to the bot and no pressed button. With ``username`` unknown every
    command and every reply to a bot counts as ours.

    A message that cannot be parsed comes back as ``Unsupported("unreadable")`` if at least its private chat can be
    made out, else as None. Never raises.
    """
    try:
        parsed = Update.de_json(update, None) if isinstance(update, dict) else update
        return _parse(parsed, username)
    except Exception as error:  # the library raises whatever a strange payload provokes
        log.warning("telegram_update_unreadable", error=type(error).__name__)
    match update:
        case {"update_id": int(update_id), "message": {"chat": {"id": int(chat), "type": "private"}}}:
            return InboundMessage(Address(NAME, str(chat)), str(update_id), Unsupported("unreadable"))
    return None


def _parse(update: Update, username: str) -> InboundMessage | None:
    content: Content | None
    if query := update.callback_query:
        if query.message is None or query.data is None:
            return None
        chat, content = query.message.chat, Choice(_clean(query.data), f"{query.message.message_id:d}")
    elif message := update.message or update.edited_message:
        chat = message.chat
        if chat.type != ChatType.PRIVATE and not _meant_for_us(message, username):
            return None
        content = _content(message) if update.message else _edited(message)
    else:
        return None
    if content is None:
        return None
    # The library does not check types.
    return InboundMessage(Address(NAME, f"{chat.id:d}"), f"{update.update_id:d}", content)


def _content(message: Message) -> Content | None:
    if message.text:
        return Text(_clean(message.text))
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Photo(_clean(largest.file_id), _clean(message.caption or ""), _clean(largest.file_unique_id))
    if place := message.location:  # a venue has one too
        if abs(place.latitude) <= _LATITUDES and abs(place.longitude) <= _LONGITUDES:
            return Location(float(place.latitude), float(place.longitude))
        return Unsupported("location")
    for kind in _UNREADABLE:
        if message[kind]:
            return Unsupported(kind)
    # A kind that is newer than the library shows as fields the library does not know.
    return Unsupported("unknown") if message.api_kwargs else None


def _edited(message: Message) -> Content | None:
    # A live location is edited with every step; answering each would be a flood.
    return None if message.location else Unsupported("edited")


def _meant_for_us(message: Message, username: str) -> bool:
    """Tell whether a group's message is a command or an answer to us."""

    def ours(name: str) -> bool:
        return not username or name.lower() == username.lower()

    words = (message.text or message.caption or "").split(maxsplit=1)
    if words and words[0].startswith("/"):
        _, at, name = words[0].partition("@")
        return not at or ours(name)
    before = message.reply_to_message
    # In a topic every message is formally a reply to the notice that opened the topic.
    if before is None or before.forum_topic_created or before.from_user is None:
        return False
    return before.from_user.is_bot and ours(before.from_user.username or "")


def _clean(text: str) -> str:
    """Return the text without what no database keeps: NUL and halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def parse_webhook(body: bytes, username: str = "") -> InboundMessage | None:
    """Turn what Telegram delivers to the webhook into a message; None as for ``parse_update``."""
    update = _json(body)
    return None if update is None else parse_update(update, username)


def webhook_reply(body: bytes) -> dict[str, str] | None:
    """Return the JSON to answer a delivery with, None when an empty answer will do.

    A pressed button shows a waiting sign until its query is answered; the answer may ride on the HTTP response.
    """
    match _json(body):
        case {"callback_query": {"id": str(query)}}:
            return {"method": "answerCallbackQuery", "callback_query_id": query}
    return None


def _json(body: bytes) -> Json | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        log.warning("telegram_delivery_unreadable", error=type(error).__name__)
        return None
    return value if isinstance(value, dict) else None


def secret_of(token: str, secret_key: str) -> str:
    """Return what Telegram is to show with each delivery: hexadecimal, so within [A-Za-z0-9_-]."""
    return hmac.new(secret_key.encode(), f"telegram webhook {token}".encode(), hashlib.sha256).hexdigest()


def keyboard(buttons: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup | None:
    """Lay out (id, label) buttons: two short ones in a row, a long one alone.

    Raises ValueError for an id Telegram would not take: that is a mistake of ours.
    """
    rows: list[list[InlineKeyboardButton]] = []
    room = False
    for of, label in buttons:
        if not 0 < len(of.encode()) <= _LONGEST_ID:
            raise ValueError(f"a button's id takes 1 to {_LONGEST_ID} bytes: {of!r}")
        button = InlineKeyboardButton(label, callback_data=of)
        short = len(label) <= _SHORT_LABEL
        if room and short:
            rows[-1].append(button)
            room = False
        else:
            rows.append([button])
            room = short
    return InlineKeyboardMarkup(rows) if rows else None


class _Bot(ExtBot[None]):
    """The library's bot, asked for raw results.

    ``get_updates`` parses a whole batch and raises for all of it when one update is odd; ``send_message`` raises when
    it cannot parse the answer to a message that has been delivered. ``do_api_request`` would do, but warns for every
    method the bot also has by name.
    """

    async def call(self, method: str, data: Json, read_timeout: float) -> Any:  # noqa: ANN401 - as Telegram sends it
        """Call a method and return its result as it came. Raises TelegramError."""
        # One step below the methods: above it a picture named like a local file would be uploaded.
        asked = {name: value for name, value in data.items() if value is not None}
        return await self._do_post(method, asked, read_timeout=read_timeout)


class _Pace:
    """Lets at most ``most`` through in any second, in order."""

    def __init__(self, most: int) -> None:
        self._turns: deque[float] = deque(maxlen=most)

    async def turn(self) -> None:
        """Return when it is one's turn."""
        now = asyncio.get_running_loop().time()
        full = len(self._turns) == self._turns.maxlen
        at = max(now, self._turns[0] + 1) if full else now
        self._turns.append(at)
        if at > now:
            await asyncio.sleep(at - now)


class Telegram:
    """Carries messages to Telegram and brings updates from there.

    The pace overall is kept by each process for itself; if several together are too fast, Telegram says so with 429
    and the outbox lets the channel rest.
    """

    name = NAME

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        proxy: str | None = None,
        timeout: float = 10,
        per_second: int = 30,
    ) -> None:
        """``timeout`` is seconds to wait for an answer, ``per_second`` how many messages may go out overall."""
        _tame_libraries()
        self._token = token
        self._timeout = timeout
        #: Ours without @, once it is known; asked for when a group first needs it.
        self.username = ""
        connect = min(timeout, 5)
        self._requests = [
            HTTPXRequest(size, timeout, timeout, connect, timeout, proxy=proxy)
            for size in (_AT_ONCE + 10, 2)  # for calls, for polling
        ]
        root = api_url.rstrip("/")
        calls, polls = self._requests
        self._bot = _Bot(token, f"{root}/bot", f"{root}/file/bot", request=calls, get_updates_request=polls)
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._pace = _Pace(per_second)
        self._quiet_until = 0.0

    async def close(self) -> None:
        """Close the connections."""
        for request in self._requests:
            await request.shutdown()

    def spacing(self, address: Address) -> timedelta:
        """Return the least time between two messages to one chat."""
        return _GROUP_SPACING if address.chat.startswith("-") else _SPACING

    # Out

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Send messages to different chats and say of each, in order, how it went. Never raises.

        A long text goes out in parts, then the pictures, then the files one by one. When something fails on the way,
        or the process dies between two of them, the whole message is to be tried again and its first parts and files
        arrive twice: at least once. A message that replaces another is edited into its place, if it is one part with
        nothing to go with it and the other is still there.
        """
        return list(await asyncio.gather(*(self._deliver(message) for message in messages)))

    async def _deliver(self, message: OutboundMessage) -> Delivery:
        async with self._gate:
            try:
                async with asyncio.timeout(_LONGEST_SEND):
                    await self._say(message)
            except Exception as error:  # whatever happens to one message, the others go on
                return self._outcome(error, message.id)
            return Delivered()

    async def _say(self, message: OutboundMessage) -> None:
        markup = keyboard(message.buttons)
        *first, last = split_text(message.text, _LONGEST_TEXT)
        chat = message.address.chat
        # Several parts, or a text with its pictures and files, stay together at the bottom.
        alone = not (first or message.photos or message.files)
        if message.replaces and alone and await self._replace(message, markup):
            return
        for part, under in (*((part, None) for part in first), (last, markup)):
            data = {"chat_id": chat, "text": part, "reply_markup": under}
            try:
                await self._call("sendMessage", data)
            except ChatMigrated as moved:
                # The group became a supergroup. What we say still reaches it, under the new id that Telegram tells
                # us each time; what it says comes from an address we do not know, so it needs a new invitation.
                log.warning("telegram_group_moved", outbox=message.id, hint="invite the group again: its id changed")
                chat = str(moved.new_chat_id)
                await self._call("sendMessage", {**data, "chat_id": chat})
        for start in range(0, len(message.photos), _ALBUM):
            await self._show(message.id, chat, message.photos[start : start + _ALBUM])
        for file in message.files:
            await self._attach(message.id, chat, file)

    async def _replace(self, message: OutboundMessage, markup: InlineKeyboardMarkup | None) -> bool:
        """Put a message in the place of an earlier one; False when it is to be sent as a new one instead.

        Twice does no harm: Telegram says that nothing was changed.
        """
        data = {"chat_id": message.address.chat, "message_id": message.replaces, "text": message.text}
        try:
            await self._call("editMessageText", {**data, "reply_markup": markup})
        except ChatMigrated:
            return False
        except BadRequest as error:
            # Most often the earlier one is gone. What is wrong with the message itself, sending will say again.
            return "message is not modified" in error.message.lower()
        return True

    async def _show(self, outbox: int, chat: str, photos: Sequence[str]) -> None:
        """Send pictures, in an album if there are several.

        The text has arrived by now; a picture that Telegram does not take would not be taken the next time either,
        so it is left out.
        """
        try:
            if len(photos) == 1:
                await self._call("sendPhoto", {"chat_id": chat, "photo": photos[0]})
            else:
                media = [{"type": "photo", "media": photo} for photo in photos]
                await self._call("sendMediaGroup", {"chat_id": chat, "media": media}, turns=len(photos))
        except BadRequest as error:
            log.warning("telegram_photos_refused", outbox=outbox, photos=len(photos), why=self._why(error))
            if len(photos) > 1:
                for photo in photos:
                    await self._show(outbox, chat, [photo])

    async def _attach(self, outbox: int, chat: str, file: Attachment) -> None:
        """Send a file under its own name. One that Telegram does not take is left out, as a picture is."""
        document = InputFile(file.content, filename=file.name)
        try:
            await self._call("sendDocument", {"chat_id": chat, "document": document})
        except BadRequest as error:
            log.error("telegram_file_refused", outbox=outbox, file=file.id, why=self._why(error))  # noqa: TRY400 - it may quote the name

    async def _call(self, method: str, data: Json, turns: int = 1) -> Any:  # noqa: ANN401 - as Telegram sends it
        for _ in range(turns):
            await self._pace.turn()
        left = self._quiet_until - asyncio.get_running_loop().time()
        if left > 0:
            raise RetryAfter(timedelta(seconds=left))
        try:
            return await self._bot.call(method, data, self._timeout)
        except RetryAfter as error:
            # The rest of the batch need not run into the same wall.
            until = asyncio.get_running_loop().time() + _pause_of(error).total_seconds()
            self._quiet_until = max(self._quiet_until, until)
            raise

    def _outcome(self, error: Exception, outbox: int) -> Delivery:
        """Say what a failure means. An ambiguous one (a time-out) is tried again: twice is better than never."""
        match error:
            case RetryAfter():
                return TryLater(_pause_of(error), _FLOOD, channel_wide=True)
            case InvalidToken():
                return TryLater(_AFTER_BAD_TOKEN, _TOKEN_HINT, channel_wide=True)
            case Forbidden() | ChatMigrated():
                return Refused(self._why(error), gone=True)
            case BadRequest():  # a NetworkError to the library, but the network is well
                return Refused(self._why(error), gone="chat not found" in error.message.lower())
            case TelegramError() | TimeoutError():
                return TryLater(_SHORTLY, self._why(error))
        log.error("telegram_send_failed", outbox=outbox, error=type(error).__name__)
        if isinstance(error, ValueError):
            return Refused(f"a mistake of ours: {error}")
        return TryLater(_SHORTLY, self._why(error))

    def _why(self, error: Exception) -> str:
        """Return what went wrong in one line, without the token."""
        return f"{type(error).__name__}: {error}".replace(self._token, "<token>")[:200]

    # In

    async def run_polling(
        self, database: Database, poller: str, wake: Callable[[], None], clock: Callable[[], datetime]
    ) -> None:
        """Bring updates into the inbox until cancelled, as the one process that polls; outlive every failure.

        A webhook is never removed from here: a developer's process with the production token would unhook production.
        """
        failures = 0
        leads = False
        try:
            while True:
                try:
                    async with database.begin() as transaction:
                        cursor = await inbox.lead_polling(transaction, NAME, poller, LEASE, clock())
                    if leads != (cursor is not None):
                        leads = cursor is not None
                        log.info("telegram_polling" if leads else "telegram_polling_left_to_another")
                    if cursor is None:
                        await asyncio.sleep(_FOLLOW)
                    else:
                        await self.poll_once(database, cursor, wake, clock)
                    failures = 0
                except Exception as error:  # a poller that dies silently is the worst of failures
                    failures += 1
                    await asyncio.sleep(self._complain(error, failures))
        finally:
            if leads:
                await _step_down(database, poller, clock)

    async def poll_once(
        self,
        database: Database,
        cursor: int,
        wake: Callable[[], None],
        clock: Callable[[], datetime],
        seconds: int = POLL_SECONDS,
    ) -> None:
        """Bring the updates from the cursor on into the inbox; wait up to so many seconds for the first."""
        if updates := await self.poll(cursor, seconds):
            await self._store(database, updates, clock)
            wake()
            await self._answer(updates)

    async def poll(self, offset: int, seconds: int) -> list[Json]:
        """Return the updates from ``offset`` on, as they came; wait up to so many seconds for the first.

        Asking from an offset makes Telegram forget all updates before it. Raises TelegramError.
        """
        data = {"offset": offset, "timeout": seconds, "allowed_updates": list(_WANTED)}
        updates: list[Json] = await self._bot.call("getUpdates", data, seconds + self._timeout)
        return updates

    async def _store(self, database: Database, updates: Sequence[Json], clock: Callable[[], datetime]) -> None:
        """Store what came in and move the cursor in one transaction; Telegram learns of it with the next poll."""
        if not self.username and any(map(_from_group, updates)):
            await self._learn_username()
        parsed = [parse_update(update, self.username) for update in updates]
        async with database.begin() as transaction:
            await inbox.put(transaction, [message for message in parsed if message], clock())
            await inbox.move_cursor(transaction, NAME, max(update["update_id"] for update in updates) + 1)
        log.info("telegram_updates_stored", first=updates[0]["update_id"], count=len(updates))

    async def _answer(self, updates: Sequence[Json]) -> None:
        """Take the waiting sign off pressed buttons, if that can be done quickly."""
        queries = [query for update in updates if (query := _query_of(update))]
        try:
            async with asyncio.timeout(_ANSWERING):
                await asyncio.gather(*(self._answer_one(query) for query in queries))
        except TimeoutError:
            log.warning("telegram_callbacks_unanswered", count=len(queries))

    async def _answer_one(self, query: str) -> None:
        try:
            await self._bot.call("answerCallbackQuery", {"callback_query_id": query}, self._timeout)
        except Exception as error:  # most often: the query is too old
            log.info("telegram_callback_unanswered", why=self._why(error))

    async def _learn_username(self) -> None:
        try:
            await self.check()
        except TelegramCallError as error:
            log.warning("telegram_username_unknown", why=str(error))

    def _complain(self, error: Exception, failures: int) -> float:
        """Log why polling failed. Returns how many seconds to wait."""
        pause = min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 10), _LONGEST_PAUSE) * random.uniform(0.5, 1)
        match error:
            case Conflict() if "webhook" in error.message.lower():
                log.error("telegram_webhook_is_set", hint=_WEBHOOK_HINT)
            case Conflict():
                log.error("telegram_polled_elsewhere", hint=_ELSEWHERE_HINT)
            case InvalidToken():
                log.error("telegram_token_refused", hint=_TOKEN_HINT)
            case RetryAfter():
                pause = max(pause, _pause_of(error).total_seconds())
                log.warning("telegram_poll_slowed", again_in=round(pause, 1))
            case TelegramError():
                log.warning("telegram_poll_failed", why=self._why(error), again_in=round(pause, 1))
            case _:  # a database's error may quote what it could not store
                log.error("telegram_intake_failed", error=type(error).__name__, again_in=round(pause, 1))
        return pause

    # Setting up

    async def check(self) -> str:
        """Return the bot's username. Raises TelegramCallError."""
        me = await self._ask("getMe", {})
        self.username = str(me.get("username", ""))
        return self.username

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates delivered to an https address, each with the secret. Raises TelegramCallError."""
        await self._ask("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": list(_WANTED)})

    async def delete_webhook(self) -> None:
        """Have updates kept for polling again. Raises TelegramCallError."""
        await self._ask("deleteWebhook", {})

    async def _ask(self, method: str, data: Json) -> Any:  # noqa: ANN401 - as Telegram sends it
        try:
            return await self._bot.call(method, data, self._timeout)
        except InvalidToken as error:
            raise TelegramCallError(_TOKEN_HINT) from error
        except TelegramError as error:
            raise TelegramCallError(self._why(error)) from error


def _tame_libraries() -> None:
    """Keep tokens and texts out of logs, and take pauses as the library's next version will give them.

    httpx logs every URL, which holds the token; the bot library logs answers it cannot parse, which hold texts.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    os.environ.setdefault("PTB_TIMEDELTA", "true")


def _pause_of(error: RetryAfter) -> timedelta:
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)


def _from_group(update: Json) -> bool:
    match update:
        case {"message": {"chat": {"type": "group" | "supergroup"}}}:
            return True
    return False


def _query_of(update: Json) -> str | None:
    match update:
        case {"callback_query": {"id": str(query)}}:
            return query
    return None


async def _step_down(database: Database, poller: str, clock: Callable[[], datetime]) -> None:
    """End the lease now, so that another process need not wait for it."""
    try:
        async with database.begin() as transaction:
            await inbox.lead_polling(transaction, NAME, poller, timedelta(), clock())
    except Exception as error:  # the lease ends by itself
        log.warning("telegram_lease_kept", error=type(error).__name__)
