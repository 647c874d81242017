"""Commands of coordination, by word and by button."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.conversation import Step
from domain.messages import Button, Say
from domain.words import fold
from handlers.coordination import (
    exchanges,
    hotspots,
    matters,
    notices,
    praise,
    programmes,
    reports,
    scoreboard,
    situation,
)
from handlers.coordination.room import HOME, Room

Verb = Callable[[Room, str], Awaitable[Step]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command of coordination."""

    #: What it does; a button ``k:<verb>:…`` does the same.
    verb: str
    #: Spellings, the shown one first.
    spellings: tuple[str, ...]
    do: Verb


async def _help(room: Room, rest: str) -> Step:
    """Tell of all commands, or of one."""
    named = fold(rest).removeprefix("/").replace(" ", "")
    if command := BY_SPELLING.get(named):
        return room.says(Say(f"help_{command.verb}", {}, HOME))
    away = {"k_help", "opinion"} if room.coordinates else {"k_help"}
    buttons = tuple(
        Button(f"k:{command.verb}", f"k_{command.verb}") for command in COMMANDS if command.verb not in away
    )
    values = {"coordinates": room.coordinates, "typed": rest.strip()[:40]}
    return room.says(Say("coordination_help", values, buttons))


COMMANDS: tuple[Command, ...] = (
    Command("situation", ("tinhhinh",), situation.show),
    Command("scoreboard", ("bangdiem",), scoreboard.show),
    Command("reports", ("baocao",), reports.report),
    Command("opinion", ("ykien",), reports.opinion),
    Command("hotspots", ("diemnong",), hotspots.hotspots),
    Command("matters", ("vande",), matters.matters),
    Command("praise", ("khen",), praise.praise),
    Command("notice", ("thongbao",), notices.notice),
    Command("programmes", ("chuongtrinh",), programmes.programme),
    Command("exchanges", ("traodoi",), exchanges.exchange),
    Command("k_help", ("trogiup", "help", "start"), _help),
)  # fmt: skip
#: What only buttons do.
BUTTONS: dict[str, Verb] = {
    "behind": scoreboard.behind,
    "nothing": reports.nothing,
    "hotspot": hotspots.show,
    "hotspot_yes": hotspots.confirm,
    "hotspot_no": hotspots.dismiss,
    "hotspot_why": hotspots.why,
}

#: What every seat of an agency does, not its leads alone.
EVERYBODY = frozenset({"notice"})

BY_SPELLING = {spelling: command for command in COMMANDS for spelling in command.spellings}
BY_VERB: dict[str, Verb] = {command.verb: command.do for command in COMMANDS} | BUTTONS


async def do(room: Room, verb: str, rest: str) -> Step:
    """Do what a command, a button or awaited words ask for; what nobody knows gets the help."""
    return await BY_VERB.get(verb, _help)(room, rest)
