"""Officers of the simulated quarter, each agency with a habit, and what they do about what they hear."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.quarter.world import TEXTS, Buttons, Heard, Person, Problem, World
from domain.messages import Address, Choice, Content, Photo, Text
from domain.roles import Role
from domain.routing import INSPECTORATE
from domain.rulesets import Agency
from storage import officers

_TOPICS, _WORDS = TEXTS["topics"], TEXTS["answers"]
_NOBODY = Problem(0, "", "", "trụ sở xã")


@dataclass(frozen=True, slots=True)
class Habit:
    """How an agency goes about its work. Hours are working hours, shares of 1."""

    name: str
    #: Until a case is taken, and until it is answered after that.
    takes: tuple[float, float]
    answers: tuple[float, float]
    #: How often the case is passed on first, an empty phrase or the one text is tried.
    passes: float = 0.03
    vague: float = 0.0
    pastes: float = 0.0
    extends: float = 0.04
    progress: float = 0.15
    #: Days in a row on which nobody is there, in the quarter.
    absent: int = 0


HABITS = {
    habit.name: habit
    for habit in (
        Habit("prompt", (0.2, 3), (2, 16)),
        Habit("slow", (4, 22), (14, 70), extends=0.2, progress=0.05),
        Habit("forwarding", (0.5, 6), (6, 24), passes=0.45),
        Habit("pasting", (0.5, 5), (4, 22), pastes=0.85),
        Habit("absent", (0.5, 5), (4, 22), absent=9),
        Habit("vague", (0.5, 6), (4, 20), vague=0.7),
        Habit("desk", (0.3, 5), (2, 12), passes=0),
    )
}
_SHARES = {"prompt": 38, "slow": 18, "forwarding": 12, "pasting": 12, "absent": 8, "vague": 12}
#: Whose habit is not left to chance, and the bodies with much to do.
_FIXED = {"VPUB": "desk", INSPECTORATE: "prompt"}
_BUSY, _POLICE = ("KT", "VX", "CAX"), "CAT"
#: Shares of offices: whose lead assigns, in communes those with a second worker and a lead; absent ones that say so.
_ASSIGNS, _SECOND_WORKER, _HAS_LEAD, _SAYS_SO = 0.3, 0.4, 0.5, 0.5
#: What else is done with a case, and how often.
_ASKS, _CALLS, _CORRECTS, _NOTES, _KNOWN, _MERGES, _SPLITS = 0.1, 0.05, 0.05, 0.02, 0.01, 0.5, 0.05
_RETURNS, _DECLINES, _SECOND_LOOK = 0.08, 0.02, 0.6
#: A queue is paged so far; a case is looked at again so often.
_PAGES, _LOOKS = 6, 6
_AFTERWARDS = timedelta(hours=4)
_PAGE = 5


@dataclass
class Office:
    """An agency's people."""

    agency: str
    habit: Habit
    #: The lead gives every case to somebody.
    assigns: bool
    seats: "list[Seat]"
    #: Nobody is there from ... to ...
    away: tuple[datetime, datetime] | None = None
    #: Dissolved: since when, and whose people its people are.
    heir: tuple[datetime, str] | None = None


class Seat(Person):
    """Somebody who works for an agency."""

    def __init__(self, world: World, office: Office, role: Role, name: str) -> None:
        super().__init__(world, Address("telegram", f"{office.agency} {name}"))
        self.office = office
        self.role = role
        self.name = name
        office.seats.append(self)
        #: By case: "watching", "mine" or "busy", and until when one is busy with it as planned.
        self.knows: dict[str, str] = {}
        self._until: dict[str, datetime] = {}
        self.refused = 0
        self._looks: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        self._photos = 0
        self._pages = 0

    def hears(self, heard: Heard) -> None:
        """Do what the buttons of a message allow."""
        for verb, do in _DOES.items():
            if verb in heard.buttons and do(self, heard):
                return

    def posts(self, content: Content, at: datetime) -> None:
        """Send something, once one is back at work."""
        if self.office.away and self.office.away[0] <= at < self.office.away[1]:
            at = self.office.away[1] + timedelta(minutes=self.random.uniform(30, 400))
        super().posts(content, at)

    def at_work(self, hours: tuple[float, float], *, urgent: bool = False) -> datetime:
        """Return a moment after so many working hours; what is urgent a prompt officer does at any hour."""
        if urgent and self.office.habit.name == "prompt":
            return self.soon(3, 25)
        at = self.world.rules.calendar.add_working_hours(self.world.now, self.random.uniform(*hours))
        return at + timedelta(minutes=self.random.uniform(0, 9))

    def _plans(self, number: str, at: datetime, state: str = "busy") -> datetime:
        """Remember what one is about to do with a case; what comes of it should be there a little later."""
        self.knows[number] = state
        self._until[number] = max(at + _AFTERWARDS, self._until.get(number, at))
        return at

    def _about(self, number: str) -> Problem:
        return self.world.problems.get(number, _NOBODY)

    def _does(self, words: str, hours: tuple[float, float] = (0.05, 0.4), *, urgent: bool = False) -> datetime:
        at = self.at_work(hours, urgent=urgent)
        self.posts(Text(words), at)
        return at

    def _presses(self, button: str, hours: tuple[float, float] = (0.02, 0.3), *, urgent: bool = False) -> datetime:
        at = self.at_work(hours, urgent=urgent)
        self.posts(Choice(button), at)
        return at

    # What messages lead to. Each returns whether that is all there is to do about the message.

    def sees_cases(self, heard: Heard) -> bool:
        """Take notice of cases that are named: come to them, look at them again, or leave them to colleagues."""
        named = [rest[0] for rest in heard.buttons["view"]]
        fresh = [number for number in named if number not in self.knows]
        for number in named:
            self._notices(number, urgent=heard.urgent)
        if len(named) == _PAGE and fresh:
            self._reads_on(heard.buttons)
        return True

    def _reads_on(self, buttons: Buttons) -> None:
        """Open the list of new work, or turn to its next page."""
        if "page" not in buttons:
            self._pages = 0
            self._does("/viec moi", (0.05, 0.5))
            return
        onward = [rest for rest in buttons["page"] if rest[-1] == "new" and rest[0].isdecimal() and rest[0] > "0"]
        if onward and self._pages < _PAGES:
            self._pages += 1
            self._presses(f"o:page:{onward[-1][0]}:new")

    def _notices(self, number: str, *, urgent: bool) -> None:
        known = self.knows.get(number)
        if known is None:
            self._first(number, urgent=urgent)
        elif known == "watching" and self.role is not Role.LEAD:
            self._comes(number, urgent=urgent)
        elif known == "watching" and self.random.random() < _SECOND_LOOK:
            self._gives(number)
        elif known != "watching" and self._until[number] < self.world.now and self._looks.get(number, 0) < _LOOKS:
            self._looks[number] = self._looks.get(number, 0) + 1
            self._plans(number, self._presses(f"o:view:{number}", self.office.habit.takes, urgent=urgent))

    def _first(self, number: str, *, urgent: bool) -> None:
        workers = [seat for seat in self.office.seats if seat.role is not Role.LEAD]
        if self.role is Role.LEAD and workers:
            if self.office.assigns:
                self._gives(number)
            else:
                self.knows[number] = "watching"
        elif self.office.assigns and not urgent:
            self.knows[number] = "watching"
        elif not workers or workers[sum(map(ord, number)) % len(workers)] is self:
            self._comes(number, urgent=urgent)
        else:
            self.knows[number] = "watching"

    def _gives(self, number: str) -> None:
        workers = [seat for seat in self.office.seats if seat.role is not Role.LEAD]
        self.knows[number] = "watching"
        if workers:
            self._does(f"/giao {number} {self.random.choice(workers).name}", (0.2, 2))

    def _comes(self, number: str, *, urgent: bool) -> None:
        """Come to a case: pass it on, take it by its number, or look at it first."""
        habit, when = self.office.habit, self.office.habit.takes
        passed = self._passed.get(number, 0)
        if self.random.random() < (habit.passes if not passed else habit.passes / 4):
            self._passed[number] = passed + 1
            at = self._does(f"/chuyen {number}", when, urgent=urgent)
        elif self.random.random() < 0.5 and self.office.habit.name != "desk":  # noqa: PLR2004 - half type it
            at = self._does(f"/nhan {number}", when, urgent=urgent)
        else:
            at = self._presses(f"o:view:{number}", when, urgent=urgent)
        self._plans(number, at)

    def takes(self, heard: Heard) -> bool:
        """Take what can be taken; the desk says whose it is instead."""
        [[number, *_]] = heard.buttons["take"]
        if self.role is Role.LEAD and len(self.office.seats) > 1:
            return True
        if self.office.habit.name == "desk" and "decline" in heard.buttons and self._decides(number):
            return True
        self._plans(number, self._presses(f"o:take:{number}", urgent=heard.urgent))
        return True

    def _decides(self, number: str) -> bool:
        """Say as the desk whose a case is, at most twice; what is nobody's the desk does itself."""
        problem, tried = self._about(number), self._passed.get(number, 0)
        self._passed[number] = tried + 1
        lead = self.world.rules.lead_of(problem.topic, problem.commune)
        if self.random.random() < _DECLINES:
            self._plans(number, self._does(f"/tuchoi {number} việc này đã có kết luận trước đây, không xem lại nữa"))
            return True
        if lead is None or lead.id == self.office.agency or tried > 1:
            return False
        self._plans(number, self._does(f"/chuyen {number} {lead.id} việc này đúng là của cơ quan đồng chí", (0.2, 6)))
        return True

    def works(self, heard: Heard) -> bool:
        """Plan what is done with a case one has."""
        [[number, *_]] = heard.buttons["answer"]
        lead = self.role is Role.LEAD and len(self.office.seats) > 1
        busy = self.knows.get(number) == "mine" and self._until[number] > self.world.now
        if busy or lead or self._joins(number):
            return True
        habit = self.office.habit
        hours = self.random.uniform(*habit.answers)
        chances = {
            f"/hoi {number} {self.random.choice(_WORDS['questions'])}": _ASKS,
            f"/tiendo {number} {self.random.choice(_WORDS['progress'])}": habit.progress,
            f"/giahan {number}": habit.extends,
            f"/ghichu {number} gọi lại trưởng thôn trước khi đi": _NOTES,
            f"/dangsua {number} 17h mai đội đang sửa tại chỗ": _KNOWN,
            f"/chude {number} {self._about(number).topic}": _CORRECTS if self._about(number).topic else 0,
            f"/phoihop {number} {self._partner(number)} 2 ngày xin cho biết chỗ này ai đang quản lý": _CALLS,
        }
        for words, chance in chances.items():
            if self.random.random() < chance:
                self._does(words, (0.1 * hours, 0.8 * hours))
        self._answers(number, (hours, hours), urgent=heard.urgent)
        return True

    def _answers(self, number: str, hours: tuple[float, float], *, urgent: bool = False) -> None:
        at = self._plans(number, self.at_work(hours, urgent=urgent), "mine")
        self.posts(self._answer(number), at)

    def _partner(self, number: str) -> str:
        problem, rules = self._about(number), self.world.rules
        topic = rules.topics.get(problem.topic)
        found = [rules.agency_for(body, problem.commune) for body in topic.watch] if topic else []
        return next((one.id for one in found if one), "SXD")

    def _joins(self, number: str) -> bool:
        """Merge a case into another of the same problem that one has already."""
        problem = self._about(number)
        same = [n for n, known in self.knows.items() if known == "mine" and n != number and self._about(n) is problem]
        if problem is _NOBODY or not same or self.random.random() > _MERGES:
            return False
        self._plans(number, self._does(f"/gop {number} {same[0]}"))
        return True

    def merged(self, heard: Heard) -> bool:
        """Now and then see that it was not the same problem after all."""
        if self.random.random() < _SPLITS:
            number = heard.buttons["split"][0][0]
            self._plans(number, self._presses(f"o:split:{number}", (1, 8)))
        return True

    def _answer(self, number: str) -> Text | Photo:
        """Write an answer as the habit has it; after a refusal or two a proper one."""
        habit, problem = self.office.habit, self._about(number)
        tried = self._tries.get(number, 0)
        self._tries[number] = tried + 1
        day = f"{self.world.now.astimezone(self.world.rules.calendar.zone):%d/%m}"
        deeds = _TOPICS.get(problem.topic, {"deeds": ["trao đổi và ký giấy hẹn gặp"]})["deeds"]
        words = (
            f"Ngày {day} {self.random.choice(_WORDS['who'])} đã {self.random.choice(deeds)} tại {problem.at}."
            f" {self.random.choice(_WORDS['close'])}"
        )
        if tried < 2 and self.random.random() < habit.vague:  # noqa: PLR2004 - twice at most
            words = self.random.choice(_WORDS["vague"])
        elif tried == 0 and self.random.random() < habit.pastes:
            words = _WORDS["pasted"].format(day=day, at=problem.at)
        self._photos += 1
        said = f"/traloi {number} {words}"
        if problem.topic not in self.world.rules.answers.pictures:
            return Text(said)
        picture = f"{self.address.chat} {self._photos}"
        return Photo(f"file {picture}", said, picture)

    def rewrites(self, heard: Heard) -> bool:
        """Write again what was no answer, a while later."""
        number = heard.buttons["template"][0][0]
        self.refused += 1
        self._answers(number, (0.3, 6))
        return True

    def chooses(self, heard: Heard) -> bool:
        """Say whose a case is, and why."""
        offered = [rest for rest in heard.buttons["refer"] if len(rest) > 1]
        if not offered:
            return False
        number = offered[0][0]
        problem = self._about(number)
        lead = self.world.rules.lead_of(problem.topic, problem.commune)
        right = [rest for rest in offered if lead and rest[1] == lead.id]
        to = (right or [self.random.choice(offered)])[0][1]
        at = self._plans(number, self.at_work((0.02, 0.2)))
        self.posts(Choice(f"o:refer:{number}:{to}"), at)
        self.posts(Text(self.random.choice(_WORDS["passing"])), at + timedelta(minutes=3))
        return True

    def postpones(self, heard: Heard) -> bool:
        """Choose a new date, and say why."""
        days = [rest for rest in heard.buttons["extend"] if len(rest) > 1]
        if not days:
            return False
        at = self.at_work((0.02, 0.2))
        self.posts(Choice(f"o:extend:{':'.join(self.random.choice(days))}"), at)
        self.posts(Text(self.random.choice(_WORDS["postponed"])), at + timedelta(minutes=3))
        return True

    def approves(self, heard: Heard) -> bool:
        """Let a proposed answer go out, or give it back."""
        number = heard.buttons["approve"][0][0]
        if self.random.random() < _RETURNS:
            self._does(f"/tralai {number} viết rõ hơn làm xong ngày nào", (0.3, 6))
        else:
            self._presses(f"o:approve:{number}", (0.3, 6))
        return True


#: What is done about the first of these heard.buttons that a message has, if it is done with that.
_DOES: dict[str, Callable[[Seat, Heard], bool]] = {
    "approve": Seat.approves,
    "page": lambda seat, heard: "view" not in heard.buttons or seat.sees_cases(heard),
    "take": Seat.takes,
    "answer": Seat.works,
    "refer": Seat.chooses,
    "extend": Seat.postpones,
    "split": Seat.merged,
    "template": Seat.rewrites,
    "view": Seat.sees_cases,
}


async def hire(world: World, communes: list[str], days: int) -> list[Office]:
    """Give every agency of these communes and of the province its seats, by invitations that are used."""
    chance = random.Random(f"{world.seed} offices")
    agencies = {agency.id: agency for agency in world.rules.agencies.values()}
    here = [agency for agency in agencies.values() if agency.commune is None or agency.commune in communes]
    offices = [_open(world, agency, days, chance) for agency in here]
    async with world.database.begin() as transaction:
        for seat in (seat for office in offices for seat in office.seats):
            code = f"SEAT {seat.address.chat}"
            await officers.invite(transaction, code, seat.office.agency, world.now, role=seat.role, name=seat.name)
            seat.posts(Text(f"/canbo {code}"), world.now)
    return offices


def _open(world: World, agency: Agency, days: int, chance: random.Random) -> Office:
    """Return an agency's office with its people. Those that have much to do have more, and a lead."""
    habit = HABITS[chance.choices(list(_SHARES), list(_SHARES.values()))[0]]
    habit = HABITS[_FIXED.get(agency.body, habit.name)]
    office = Office(agency.id, habit, chance.random() < _ASSIGNS, [])
    if habit.absent:
        left = world.now + timedelta(days=chance.randint(days // 8, days * 3 // 4))
        office.away = (left, left + timedelta(days=habit.absent))
    inspects, busy = agency.body == INSPECTORATE, agency.commune is None or agency.body in _BUSY
    workers = 3 if agency.commune is None else 1 + (busy and chance.random() < _SECOND_WORKER)
    for n in range(workers):
        Seat(world, office, Role.INSPECTOR if inspects else Role.OFFICER, f"Cán bộ {n + 1}")
    if agency.body == _POLICE:
        Seat(world, office, Role.INSPECTOR, "Thanh tra viên")
    if busy and not inspects and (agency.commune is None or chance.random() < _HAS_LEAD):
        Seat(world, office, Role.LEAD, "Lãnh đạo")
    else:
        office.assigns = False
    if office.away and chance.random() < _SAYS_SO:
        for seat in office.seats:
            world.plan(office.away[0], seat.address, Text(f"/nghi {office.away[1]:%d/%m}"))
    return office
