"""An officer's message: which command or button it is, typed as people type, and which use-case does it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from domain.commands import split_command
from domain.conversation import Awaiting, Conversation, Step
from domain.messages import Button, Choice, Content, Photo, Say, Text
from domain.numbers import find_case_number
from domain.roles import Role
from domain.rulesets import Ruleset
from domain.words import fold
from handlers import answering, casework, joining, partners, queue, referring, seats, topics
from handlers.coordination import commands as coordination
from handlers.coordination.room import Room
from handlers.desk import HOME, Desk
from storage.cases import Wanted
from storage.officers import Officer
from storage.unit import Unit

Verb = Callable[[Desk, str], Awaitable[Step]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command of officers."""

    #: What it does; a button ``o:<verb>:…`` does the same.
    verb: str
    #: Spellings, the shown one first; fewer letters than that are tried as a beginning.
    spellings: tuple[str, ...]
    do: Verb
    #: It is about a case: without one its help is shown.
    about_case: bool = True


async def _help(desk: Desk, rest: str) -> Step:
    """Tell of all commands, or of one."""
    named = fold(rest).removeprefix("/").replace(" ", "")
    command = _BY_SPELLING.get(named)
    if command:
        return desk.says(Say(f"help_{command.verb}", {}, HOME))
    told = coordination.BY_SPELLING.get(named)
    if told and (told.verb in coordination.EVERYBODY or await desk.leads()):
        return await coordination.do(Room(desk), "k_help", named)
    if named:
        return desk.says(Say("officer_unknown", {"typed": named[:20]}, HOME))
    return await _all_help(desk)


async def _all_help(desk: Desk) -> Step:
    agency = desk.officer.agency
    values = {"agency": agency, "lead": await desk.leads(), "desk": agency == desk.rules.desk}
    return desk.says(Say("officer_help", values, HOME))


COMMANDS = (
    Command("queue", ("viec", "queue"), queue.show_queue, about_case=False),
    Command("view", ("hoso", "xem"), queue.view),
    Command("take", ("nhan",), casework.take),
    Command("take_all", ("nhanhet",), casework.take_all, about_case=False),
    Command("ask", ("hoi",), casework.ask),
    Command("progress", ("tiendo",), casework.progress),
    Command("extend", ("giahan",), casework.extend),
    Command("answer", ("traloi",), answering.answer),
    Command("template", ("mau",), answering.template),
    Command("approve", ("duyet",), answering.approve),
    Command("return", ("tralai",), answering.give_back),
    Command("refer", ("chuyen",), referring.refer),
    Command("decline", ("tuchoi",), referring.decline),
    Command("partner", ("phoihop",), partners.call),
    Command("assign", ("giao",), casework.assign),
    Command("note", ("ghichu",), casework.note),
    Command("topic", ("chude",), topics.correct_topic),
    Command("merge", ("gop",), joining.merge),
    Command("split", ("tach",), joining.split),
    Command("known", ("dangsua",), joining.announce_problem),
    Command("seats", ("canbocoquan", "ghe"), seats.show_seats, about_case=False),
    Command("away", ("nghi",), seats.go_away, about_case=False),
    Command("hand_over", ("bangiao",), seats.hand_over, about_case=False),
    Command("leave", ("thoi",), seats.leave, about_case=False),
    Command("help", ("trogiup", "help", "start"), _help, about_case=False),
)
#: What only buttons do.
_BUTTONS: dict[str, Verb] = {
    "page": queue.turn_page,
    "vacate": seats.vacate,
    "revoke": seats.revoke,
    "leave_sure": seats.leave_for_good,
}

_BY_SPELLING = {spelling: command for command in COMMANDS for spelling in command.spellings}
_BY_VERB: dict[str, Verb] = {command.verb: command.do for command in COMMANDS} | _BUTTONS
_NEEDS_CASE = {command.verb for command in COMMANDS if command.about_case}
_BIND = "canbo"
#: Awaited: the case that pictures are of; so many are offered.
_PHOTO, _OFFERED = "photo", 5
_WORD = re.compile(r"\S+")
#: A case number and nothing else, with or without province and year.
_NUMBER_ALONE = re.compile(r"(?:[a-zA-Z]{2}[\s.-]*\d{2}[\s.-]*)?\d[\d\s.-]{5,14}")
#: Words for the queue that need no slash, where nothing else is asked for.
_QUEUE_WORDS = ("viec", "xem viec", "viec moi")


def is_for(officer: Officer | None, content: Content) -> bool:
    """Say whether a message is an officer's: sent from a seat, or asking for one."""
    found = split_command(content.text) if isinstance(content, Text) else None
    return officer is not None or (found is not None and found[0] == _BIND)


async def work(
    unit: Unit, conversation: Conversation, conversation_id: int, content: Content, rules: Ruleset, key: str
) -> Step:
    """Do what an officer asks for."""
    conversation = replace(conversation, erased=False)
    typed = content.text if isinstance(content, Text) else content.caption if isinstance(content, Photo) else ""
    command = split_command(typed)
    if command and command[0] == _BIND:
        return await seats.bind(unit, conversation, conversation_id, command[1], rules)
    officer = unit.officer(conversation_id)
    if officer is None:
        return Step(conversation, (Say("bad_code"),))
    photos = (content,) if isinstance(content, Photo) else ()
    pressed = content.on if isinstance(content, Choice) else None
    desk = Desk(unit, officer, conversation, rules, key, photos, pressed)
    if coordinates := await _coordinate(desk, content, command):
        return coordinates
    if isinstance(content, Choice):
        return await _pressed(desk, content.id)
    if found := _typed(typed, rules, unit.now.year):
        return await _do(desk, *found)
    if command:
        return desk.says(Say("officer_unknown", {"typed": command[0][:20]}, HOME))
    return await _said(desk, typed)


async def _coordinate(desk: Desk, content: Content, command: tuple[str, str] | None) -> Step | None:
    """Do what belongs to coordination; for a coordinator nothing else exists."""
    role, waiting = desk.officer.role, desk.conversation.awaiting
    alone = role is Role.COORDINATOR or desk.officer.agency == desk.rules.coordinator
    leads = alone or await desk.leads()
    room = Room(desk)
    if isinstance(content, Choice):
        kind, _, rest = content.id.partition(":")
        verb, _, more = rest.partition(":")
        own = kind == "k" and (leads or verb in coordination.EVERYBODY)
        return await coordination.do(room, verb if own else "", more) if own or alone else None
    if command:
        named = coordination.BY_SPELLING.get(command[0])
        known = named and (leads or named.verb in coordination.EVERYBODY)
        if named and known and (alone or command[0] not in _BY_SPELLING):
            return await coordination.do(room, named.verb, command[1])
        return await _seat_of_coordinator(desk, command) if alone else None
    asked, _, verb = waiting.what.partition(":") if waiting else ("", "", "")
    if waiting and asked == "k" and isinstance(content, Text) and (leads or verb in coordination.EVERYBODY):
        words = " ".join(part for part in (waiting.of, waiting.more, content.text) if part)
        return await coordination.do(room, verb, words)
    return await coordination.do(room, "", "") if alone else None


async def _seat_of_coordinator(desk: Desk, command: tuple[str, str]) -> Step:
    """Let a coordinator give the seat up; no other command of officers exists for the role."""
    known = _BY_SPELLING.get(command[0])
    if known and known.verb == "leave":
        return await seats.leave(desk, command[1])
    return await coordination.do(Room(desk), "", "")


def _typed(typed: str, rules: Ruleset, year: int) -> tuple[str, str] | None:
    """Find the command in what was typed: (verb, what follows). The slash may be missing before a case number."""
    split = split_command(typed)
    bare = typed.strip().removeprefix("/")
    if _NUMBER_ALONE.fullmatch(bare) and find_case_number(bare, rules.prefix, year):
        return "view", bare
    if split is None:
        head, _, rest = typed.strip().partition(" ")
        first = _WORD.match(head)
        if not first or not find_case_number(rest[:24], rules.prefix, year):
            return None
        split = fold(head), rest
    name, rest = split
    if name == "" and rest:  # "/ nhận …"
        first_word, _, rest = rest.partition(" ")
        name = fold(first_word)
    command = _BY_SPELLING.get(name)
    return (command.verb, rest) if command else None


async def _do(desk: Desk, verb: str, rest: str) -> Step:
    if verb in _NEEDS_CASE and not rest.strip():
        return desk.says(Say(f"help_{verb}", {}, HOME))
    return await _BY_VERB[verb](desk, rest)


async def _pressed(desk: Desk, button: str) -> Step:
    kind, _, rest = button.partition(":")
    verb, _, more = rest.partition(":")
    waiting = desk.conversation.awaiting
    if verb == "answer" and waiting and waiting.what == _PHOTO:
        desk = replace(desk, photos=waiting.photos)
    if kind == "o" and verb in _BY_VERB:
        return await _BY_VERB[verb](desk, more.replace(":", " "))
    return await _all_help(desk)


async def _photo_of_which(desk: Desk, photos: tuple[Photo, ...]) -> Step:
    """Keep pictures that came first, and ask of which case they are: one the officer has at work."""
    own = Wanted(desk.officer.agency, restricted=desk.inspects, officer=desk.officer.id)
    found, _ = await desk.unit.queue(own, _OFFERED, 0)
    buttons = tuple(Button(f"o:answer:{case.number}", "case", {"number": case.number}) for case in found)
    return desk.says(
        Say("photo_of_which", {"count": len(photos)}, (*buttons, *HOME)), awaiting=Awaiting(_PHOTO, "", photos=photos)
    )


async def _said(desk: Desk, typed: str) -> Step:
    """Take words and pictures as what was asked for."""
    waiting = desk.conversation.awaiting
    if waiting is None or waiting.what not in _BY_VERB:
        if desk.photos:
            return await _photo_of_which(desk, (waiting.photos if waiting else ()) + desk.photos)
        if fold(typed) in _QUEUE_WORDS:
            return await queue.show_queue(desk, "")
        return await _all_help(desk)
    photos = (*waiting.photos, *desk.photos)
    if not typed.strip() and desk.photos:
        kept = Awaiting(waiting.what, waiting.of, waiting.more, photos)
        return desk.says(Say("photo_for_answer", {"number": waiting.of, "count": len(photos)}), awaiting=kept)
    desk = replace(desk, photos=photos)
    return await _BY_VERB[waiting.what](desk, " ".join(part for part in (waiting.of, waiting.more, typed) if part))
