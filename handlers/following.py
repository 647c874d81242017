"""Before a report is sent: is it a problem that is known already? The citizen is asked, once, and decides."""

from dataclasses import replace

from domain.concerns import Concern
from domain.conversation import Step
from domain.messages import Button, Say
from domain.words import fold
from handlers.likeness import Likeness
from handlers.notices import public
from storage import known_problems, notices
from storage.known_problems import KnownProblem
from storage.unit import Unit


async def ask_first(unit: Unit, step: Step, conversation_id: int, likeness: Likeness) -> Step:
    """Put the question whether it is the same problem in the place of a card, where somebody reported it before."""
    says = list(step.says)
    conversation = step.conversation
    for n, say in enumerate(says):
        concern = conversation.concern(_serial(say)) if say.key == "card" else None
        if concern is None or not _may_be_known(concern):
            continue
        number = None
        if question := await _question(unit, concern, conversation_id, likeness):
            says[n] = question
            number = question.buttons[0].id.rpartition(":")[2]
            if conversation.head and question.key != "known_notice":
                behalf = Button(f"same_for:{concern.serial}:{number}", "same_for")
                says[n] = replace(question, buttons=(question.buttons[0], behalf, *question.buttons[1:]))
        conversation = conversation.keep(replace(concern, likeness_asked=True, offered=number))
    return Step(conversation, tuple(says), step.effects)


def _serial(card: Say) -> str:
    return card.buttons[0].id.partition(":")[2]


def _may_be_known(concern: Concern) -> bool:
    """Say whether others may have reported it: nothing about a person, nothing told in confidence."""
    return bool(concern.topic and concern.commune and not concern.restricted and not concern.likeness_asked)


async def _question(unit: Unit, concern: Concern, conversation_id: int, likeness: Likeness) -> Say | None:
    n = concern.serial
    for notice in await notices.live(unit.transaction, concern.topic, concern.commune, unit.now):
        buttons = (Button(f"wait:{n}:{notice.number}", "wait"), Button(f"show:{n}", "still_send"))
        return Say("known_notice", public(notice), buttons)
    for problem in await known_problems.at(unit.transaction, concern.topic or "", concern.commune or "", unit.now):
        own = any(case.number == problem.number for case in unit.cases_of(conversation_id))
        if _there(problem, concern) and not own:
            values: dict[str, object] = {
                "topic": problem.topic, "commune": problem.commune, "place": problem.place, "words": problem.words,
                "until": problem.until.isoformat(), "agency": problem.agency,
            }  # fmt: skip
            return Say("known_problem", values, _buttons(n, problem.number))
    same = await likeness.find(unit.transaction, concern, unit.now, conversation_id)
    if same is None:
        return None
    values = {
        "topic": same.topic, "commune": same.commune, "detail": same.detail, "filed": same.filed_at.isoformat(),
        "agency": same.agency, "status": str(same.status),
    }  # fmt: skip
    return Say("same_problem", values, _buttons(n, same.number))


def _buttons(serial: int, number: str) -> tuple[Button, ...]:
    return (Button(f"same:{serial}:{number}", "same"), Button(f"show:{serial}", "not_same"))


def _there(problem: KnownProblem, concern: Concern) -> bool:
    """Say whether a known problem may be at the concern's place: named in it, or one of them names none."""
    told = fold(f"{concern.detail or ''} {concern.text}")
    return not problem.place or not concern.detail or fold(problem.place) in told
