"""Citizens and village heads of the simulated quarter: what they tell, and what they do about what they hear."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.quarter.world import TEXTS, Buttons, Heard, Person, Problem, World
from domain.messages import Address, Choice, Text
from domain.words import fold

_TOPICS = TEXTS["topics"]
_WORDS = TEXTS["citizens"]
#: The line a village head copies for whom he wrote for.
_LINE = re.compile(r"/nhanlai \S+ \S+")
#: What is on people's minds by the hour: so many of a thousand.
_HOURS = (6, 3, 2, 2, 4, 12, 30, 60, 75, 70, 65, 55, 45, 45, 50, 55, 60, 65, 65, 75, 70, 50, 25, 11)
#: Nobody presses more often about one matter.
_PATIENCE = 14
#: Shares of people and of what they do.
_NO_MARKS, _ERASES, _ADDS, _WANTS_HUMAN, _BLOCKS = 0.4, 0.01, 0.05, 0.004, 0.003
_REPLIES, _SAME, _TAKES_OVER, _RATES, _LATER_UNDONE = 0.65, 0.8, 0.4, 0.4, 0.04
#: Silent about an answer: between these, by person.
_SILENT = (0.28, 0.65)


class Citizen(Person):
    """Somebody who tells of what is the matter."""

    def __init__(self, world: World, address: Address, *, head: bool = False) -> None:
        super().__init__(world, address)
        self.silent = self.random.uniform(*_SILENT)
        #: How often one says "not done" at most.
        self.stubborn = self.random.choice((1, 1, 2))
        self.head = head
        self.problem: Problem | None = None
        self._disputed: dict[str, int] = {}
        self._pressed = 0

    def tells(self, problem: Problem, at: datetime) -> None:
        """Write about something, in one's own way."""
        words = self.random.choice(_TOPICS[problem.topic]["tells"]).format(at=problem.at)
        text = Text(fold(words) if self.random.random() < _NO_MARKS else words)
        self.world.plan(at, self.address, text, problem)

    def begins(self, problem: Problem) -> None:
        """Have something on one's mind from here on."""
        self.problem, self._pressed = problem, 0

    def hears(self, heard: Heard) -> None:
        """Press what leads on, and judge what was answered."""
        if self.head and (line := _LINE.search(heard.text)):
            self._passes_on(line[0])
        for verb, do in _DOES.items():
            if verb in heard.buttons:
                if self._pressed < _PATIENCE:
                    do(self, heard.buttons)
                return

    def _press(self, *parts: str, at: datetime | None = None) -> None:
        self._pressed += 1
        self.posts(Choice(":".join(parts)), at or self.soon())

    def _passes_on(self, line: str) -> None:
        """Give the line to whom it was written for, who may go on by himself."""
        if self.random.random() < _TAKES_OVER:
            other = Citizen(self.world, Address("web", f"citizen of {line.split()[1]}"))
            other.problem = self.problem
            other.posts(Text(line), self.soon(60, 3000))

    def agree(self, _buttons: Buttons) -> None:
        """Agree with the notice."""
        self._press("agree")

    def send(self, buttons: Buttons) -> None:
        """Send what is understood; a head for somebody else."""
        verb = "behalf" if "behalf" in buttons else "send"
        self._press(verb, buttons[verb][0][0])

    def same(self, buttons: Buttons) -> None:
        """Say whether it is the problem somebody told of."""
        serial, number = buttons["same"][0]
        theirs = self.world.problems.get(number)
        same = self.problem and theirs and theirs.id == self.problem.id
        if same and self.random.random() < _SAME:
            self._press("same", serial, number)
        else:
            self._press("show", serial)

    def topic(self, buttons: Buttons) -> None:
        """Choose what it is about, by way of the fields if need be."""
        serial, offered = buttons["topic"][0][0], [rest[1] for rest in buttons["topic"]]
        if self.problem and self.problem.topic in offered:
            self._press("topic", serial, self.problem.topic)
        elif "fields" in buttons:
            self._press("fields", serial)

    def field(self, buttons: Buttons) -> None:
        """Choose the field, or say that one is not sure."""
        serial = buttons["field"][0][0]
        if self.problem:
            self._press("field", serial, self.problem.topic.partition(".")[0])
        else:
            self._press("unsure", serial)

    def commune(self, buttons: Buttons) -> None:
        """Choose where it is."""
        serial, offered = buttons["commune"][0][0], [rest[1] for rest in buttons["commune"]]
        if self.problem and self.problem.commune in offered:
            self._press("commune", serial, self.problem.commune)
        else:
            self._press("place", serial)

    def place(self, buttons: Buttons) -> None:
        """Say where it is."""
        if self.problem and self.random.random() < 0.9:  # noqa: PLR2004 - some do not know what to write
            self._pressed += 1
            self.posts(Text(self.problem.at), self.soon())
        else:
            self._press("noplace", buttons["noplace"][0][0])

    def whole(self, buttons: Buttons) -> None:
        """Say that it is one matter."""
        self._press("whole", buttons["whole"][0][0])

    def inside(self, buttons: Buttons) -> None:
        """Say that it is in this province."""
        self._press("inside", buttons["inside"][0][0])

    def join(self, buttons: Buttons) -> None:
        """Say whether it belongs to what one sent."""
        serial, number = buttons["join"][0]
        theirs = self.world.problems.get(number)
        if self.problem and theirs and theirs.id == self.problem.id:
            self._press("join", serial, number)
        else:
            self._press("new", serial)

    def again(self, buttons: Buttons) -> None:
        """Say whether it is what had ended."""
        serial, number = buttons["reopen"][0]
        theirs = self.world.problems.get(number)
        if self.problem and theirs and theirs.id == self.problem.id:
            self._press("reopen", serial, number)
        else:
            self._press("new", serial)

    def show(self, buttons: Buttons) -> None:
        """Go on with what was not sent."""
        self._press("show", buttons["show"][0][0])

    def human(self, _buttons: Buttons) -> None:
        """Ask for somebody."""
        self._press("human")

    def erase(self, _buttons: Buttons) -> None:
        """Erase all."""
        self._press("erase")

    def reply(self, buttons: Buttons) -> None:
        """Reply to a question, or not."""
        if self.random.random() < _REPLIES:
            at = self.soon(20, 2000)
            self._press("reply", buttons["reply"][0][0], at=at)
            self.posts(Text(self.random.choice(_WORDS["replies"])), at + timedelta(minutes=2))

    def judges(self, buttons: Buttons) -> None:
        """Judge an answer, or stay silent."""
        number = buttons["done"][0][0]
        if self.random.random() < self.silent:
            return
        at = self.soon(30, 60 * 24 * self.random.choice((1, 2, 5)))
        verdict = self.random.choices(("done", "partly", "undone"), (60, 12, 28))[0]
        if verdict == "undone" and self._disputed.get(number, 0) >= self.stubborn:
            verdict = "done"
        self._press(verdict, number, at=at)
        if verdict == "undone":
            self._disputes(number, at)

    def _disputes(self, number: str, at: datetime) -> None:
        self._disputed[number] = self._disputed.get(number, 0) + 1
        self._pressed = 0
        self.posts(Text(self.random.choice(_WORDS["disputes"])), at + timedelta(minutes=2))

    def rests(self, buttons: Buttons) -> None:
        """Let it rest, or say what is left to do."""
        number = buttons["rest"][0][0]
        if self.random.random() < 0.5:  # noqa: PLR2004 - half let it rest, half say what is left
            self._press("rest", number)
        else:
            self._disputes(number, self.soon())

    def closed(self, buttons: Buttons) -> None:
        """Now and then wake up when a case was closed."""
        number = buttons["undone"][0][0]
        if self.random.random() < _LATER_UNDONE and self._disputed.get(number, 0) < self.stubborn:
            at = self.soon(60, 3000)
            self._press("undone", number, at=at)
            self._disputes(number, at)

    def rate(self, buttons: Buttons) -> None:
        """Rate how it was handled, or not."""
        if self.random.random() < _RATES:
            self._press("rate", buttons["rate"][0][0], self.random.choice("1233"))

    def case(self, buttons: Buttons) -> None:
        """Keep the number of what was sent; later some add something, some erase all."""
        number = buttons["case"][0][0]
        if number in self.world.problems or self.problem is None:
            return
        self.world.problems[number] = self.problem
        self._pressed = 0
        chance = self.random.random()
        if chance < _ERASES:
            self.posts(Text("/xoadulieu"), self.soon(600, 40000))
        elif chance < _ERASES + _ADDS:
            self.posts(Text(f"{self.random.choice(_WORDS['additions'])} {self.problem.at}"), self.soon(60, 4000))
        elif chance < _ERASES + _ADDS + _WANTS_HUMAN:
            self.posts(Text("cho tôi gặp cán bộ"), self.soon(600, 6000))
        elif chance < _ERASES + _ADDS + _WANTS_HUMAN + _BLOCKS:
            self.world.blocked.add(self.address)


#: What is done about the first of these buttons that a message has.
_DOES: dict[str, Callable[[Citizen, Buttons], None]] = {
    "agree": Citizen.agree,
    "send": Citizen.send,
    "same": Citizen.same,
    "whole": Citizen.whole,
    "inside": Citizen.inside,
    "join": Citizen.join,
    "reopen": Citizen.again,
    "commune": Citizen.commune,
    "topic": Citizen.topic,
    "field": Citizen.field,
    "noplace": Citizen.place,
    "erase": Citizen.erase,
    "reply": Citizen.reply,
    "done": Citizen.judges,
    "rest": Citizen.rests,
    "undone": Citizen.closed,
    "rate": Citizen.rate,
    "show": Citizen.show,
    "human": Citizen.human,
    "case": Citizen.case,
}


@dataclass(frozen=True, slots=True)
class Flood:
    """A day on which many tell of one thing."""

    day: int
    topic: str
    reports: int


class Worries:
    """What is the matter in a province, day by day."""

    def __init__(self, world: World, communes: list[str], concerns: int, days: int) -> None:
        self._world = world
        self._communes = communes
        self._random = random.Random(f"{world.seed} worries")
        self._topics = list(_TOPICS)
        self._shares = [_TOPICS[slug]["share"] for slug in self._topics]
        size = max(concerns // 300, 4)
        self._floods = [
            Flood(days * n // 5, topic, size)
            for n, topic in enumerate(("thoat_nuoc.ngap_ung", "dien.mat_dien", "nuoc_sach.mat_nuoc"), 1)
        ]
        self._daily = (concerns - sum(flood.reports for flood in self._floods)) / days
        self._recent: list[Problem] = []
        self._citizens: list[Citizen] = []
        self.heads: dict[str, list[Citizen]] = {}
        self._count = 0

    def arise(self, day: int, midnight: datetime) -> None:
        """Let a day's worth of people have something to tell."""
        for flood in self._floods:
            if flood.day == day:
                problem = self._new(flood.topic)
                for _ in range(flood.reports):
                    self._someone(problem).tells(problem, self._moment(midnight))
        for _ in range(round(self._daily * (day + 1)) - round(self._daily * day)):
            problem = self._problem()
            self._someone(problem).tells(problem, self._moment(midnight))
        self._recent = self._recent[-max(int(3 * self._daily), 5) :]

    def _moment(self, midnight: datetime) -> datetime:
        hour = self._random.choices(range(24), _HOURS)[0]
        return midnight + timedelta(hours=hour, minutes=self._random.uniform(0, 60))

    def _problem(self) -> Problem:
        if self._recent and self._random.random() < 0.1:  # noqa: PLR2004 - of what is told somebody told already
            return self._random.choice(self._recent)
        problem = self._new(self._random.choices(self._topics, self._shares)[0])
        if not self._world.rules.topics[problem.topic].personal:
            self._recent.append(problem)
        return problem

    def _new(self, topic: str) -> Problem:
        self._count += 1
        commune = self._random.choice(self._communes)
        area = self._world.rules.communes[commune]
        part = self._random.choice(("xóm", "thôn") if area.kind == "xã" else ("tổ", "ngõ"))
        return Problem(self._count, topic, commune, f"{part} {self._random.randint(1, 30)} {area.full_name}")

    def _someone(self, problem: Problem) -> Citizen:
        """Return somebody new, or somebody who told something before, or now and then a village head."""
        chance = self._random.random()
        if chance < 0.03 and self.heads.get(problem.commune):  # noqa: PLR2004 - shares
            return self._random.choice(self.heads[problem.commune])
        if chance < 0.25 and self._citizens:  # noqa: PLR2004 - shares
            return self._random.choice(self._citizens)
        channel = self._random.choice(("web", "telegram"))
        citizen = Citizen(self._world, Address(channel, f"citizen {len(self._citizens)}"))
        self._citizens.append(citizen)
        return citizen
