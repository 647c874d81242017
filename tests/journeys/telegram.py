"""People on Telegram: a server on loopback, the real channel polling it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from channels.telegram import LEASE, Telegram
from domain.messages import Address, Choice, Content, Location, Photo, Text, Unsupported
from storage import inbox
from storage.database import Database
from tests.emulators.lo_bot_api import TOKEN, USERNAME, LoBotApi
from tests.journeys.people import Heard, Person, Town

Json = dict[str, Any]

_BOT = {"id": 7123456789, "is_bot": True, "first_name": "Hồi Âm", "username": USERNAME}
#: What Telegram tells of things the bot cannot read.
_UNREADABLE: dict[str, Json] = {
    "sticker": {"width": 512, "height": 512, "is_animated": True, "is_video": False, "type": "regular", "emoji": "😡"},
    "voice": {"duration": 7, "mime_type": "audio/ogg"},
}


#: What a phone shows.
_SHOWN = ("sendMessage", "editMessageText", "sendPhoto", "sendMediaGroup", "sendDocument")


@dataclass
class TelegramPlatform:
    """A Telegram server and the bot's channel to it."""

    server: LoBotApi
    channel: Telegram
    _chats: int = field(default=0, init=False)

    async def newcomer(self, town: Town) -> "TelegramPerson":
        """Return somebody who has just found the bot."""
        self._chats += 1
        return self._person(town, {"id": 5_123_400_000 + self._chats, "type": "private", "first_name": "Lan"})

    async def group(self, town: Town) -> "TelegramPerson":
        """Return somebody in a group that has just taken the bot in."""
        self._chats += 1
        return self._person(town, {"id": -1_002_003_000_000 - self._chats, "type": "supergroup", "title": "Kha Sơn"})

    def _person(self, town: Town, chat: Json) -> "TelegramPerson":
        return TelegramPerson(town, Address(self.channel.name, str(chat["id"])), self, chat)

    async def bring(self, town: Town) -> None:
        """Bring what people sent into the inbox: one turn of the polling loop."""
        async with town.database.begin() as transaction:
            cursor = await inbox.lead_polling(transaction, self.channel.name, "town", LEASE, town.now)
        assert cursor is not None
        await self.channel.poll_once(town.database, cursor, lambda: None, lambda: town.now, seconds=0)


@asynccontextmanager
async def on_telegram(_database: Database) -> AsyncIterator[TelegramPlatform]:
    """Serve Telegram; at the end it must have taken everything the bot asked of it."""
    async with LoBotApi().running() as server:
        # The clock of the limits overall is the machine's, not the town's.
        channel = Telegram(TOKEN, server.url, per_second=1000)
        yield TelegramPlatform(server, channel)
        await channel.close()
        assert not [asked for asked in server.emulator.requests if asked["status"] != 200]


@dataclass
class TelegramPerson(Person):
    """Somebody in a chat with the bot, or in a group where it is."""

    platform: TelegramPlatform
    chat: Json
    _seen: int = field(default=0, init=False)

    async def posts(self, content: Content) -> None:
        """Send an update and have it polled."""
        await self._brings(self._update(content))

    async def sends_at_once(self, *contents: Content) -> list[Heard]:
        """Send several things that are polled together, and return what comes back."""
        await self._brings(*map(self._update, contents))
        await self.town.work()
        return await self.hears()

    async def replies(self, text: str) -> list[Heard]:
        """Answer the bot's last message by Telegram's reply, and return what comes back."""
        said = {**self._message, "text": text, "reply_to_message": self._last_of_the_bot}
        await self._brings({"message": said})
        await self.town.work()
        return await self.hears()

    async def _brings(self, *updates: Json) -> None:
        for update in updates:
            await self.platform.server.citizen_sends(update)
        await self.platform.bring(self.town)

    async def _reads(self) -> list[Heard]:
        server = self.platform.server
        new, self._seen = range(self._seen, len(server.requests)), len(server.requests)
        heard: list[Heard] = []
        for place in new:
            (method, fields), number = server.requests[place], server.ids.get(place)
            if method not in _SHOWN or fields["chat_id"] != self.address.chat or _in_vain(method, number):
                continue
            if method == "sendDocument":  # below the text it goes with
                heard[-1] = replace(heard[-1], files=(*heard[-1].files, server.files[place]))
            else:
                heard.append(_heard(method, fields, number))
        return heard

    @property
    def _who(self) -> Json:
        return {"id": abs(self.chat["id"]), "is_bot": False, "first_name": "Lan", "username": "lan_ks"}

    @property
    def _message(self) -> Json:
        return {"message_id": 1, "date": int(self.town.now.timestamp()), "chat": self.chat, "from": self._who}

    @property
    def _last_of_the_bot(self) -> Json:
        return {**self._message, "from": _BOT, "text": self._heard[-1].text}

    def _update(self, content: Content) -> Json:
        match content:
            case Choice(id, on):
                pressed = {"id": "22004837199411002", "from": self._who, "chat_instance": "-33", "data": id}
                message = {**self._last_of_the_bot, **({"message_id": int(on)} if on else {})}
                return {"callback_query": {**pressed, "message": message}}
            case Text(text):
                said: Json = {"text": text}
            case Location(latitude, longitude):
                said = {"location": {"latitude": latitude, "longitude": longitude}}
            case Photo(reference, caption):
                said = {"photo": self._sizes(reference), **({"caption": caption} if caption else {})}
            case Unsupported(what):
                said = {what: {"file_id": what, "file_unique_id": f"unique {what}", **_UNREADABLE[what]}}
        return {"message": {**self._message, **said}}

    def _sizes(self, reference: str) -> list[Json]:
        """Return a picture as Telegram describes it, having let Telegram keep it."""
        return [
            {"file_id": self.platform.server.keep_file(of), "file_unique_id": of, "width": width, "height": width}
            for of, width in ((f"{reference} small", 90), (reference, 1280))
        ]


def _in_vain(method: str, number: str | None) -> bool:
    """Tell whether an edit changed nothing on the phone."""
    return method == "editMessageText" and number is None


def _heard(method: str, fields: dict[str, str], number: str | None) -> Heard:
    """Return what a phone shows of a message."""
    match method:
        case "sendMessage" | "editMessageText":
            rows = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
            buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
            return Heard(fields["text"], buttons, id=number, replaces=fields.get("message_id"))
        case "sendPhoto":
            return Heard("", photos=(fields["photo"],))
        case "sendMediaGroup":
            return Heard("", photos=tuple(one["media"] for one in json.loads(fields["media"])))
    raise AssertionError(f"no phone shows {method}")
