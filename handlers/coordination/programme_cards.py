"""How a programme, a content and what is planned are shown; and what is asked of which of them."""

from dataclasses import dataclass
from datetime import date

from domain.conversation import Step
from domain.messages import Button, Say
from domain.programmes import Activity, Content, Happened, PlanState, Programme, ProgrammeStatus, programme_rules
from handlers.coordination.room import Room

LIST = Button("k:programmes", "k_programmes")
_SHOWN = 8
#: Of contents: what needs somebody first.
_URGENCY = [
    str(state) for state in (PlanState.LATE, PlanState.DUE, PlanState.ON_THE_WAY, PlanState.NOT_BEGUN, PlanState.DONE)
]
_OPEN = (PlanState.NOT_BEGUN, PlanState.ON_THE_WAY, PlanState.DUE, PlanState.LATE)


@dataclass(frozen=True, slots=True)
class At:
    """What was typed, and of which programme, content or activity it is said."""

    room: Room
    one: Programme
    content: Content | None
    activity: Activity | None
    words: str


def way(one: Programme, content: Content | None = None, activity: Activity | None = None) -> str:
    """Return what people call it: "CT3", "CT3.2", "CT3.2.1"."""
    return ".".join([f"CT{one.id}", *(str(part.n) for part in (content, activity) if part)])


def shown(day: date) -> str:
    """Return a day as people write it."""
    return f"{day:%d/%m/%Y}"


def to_sign(one: Programme) -> list[str]:
    """Return the bodies that have not signed the programme or all of its contents."""
    waiting = {*one.unsigned(), *(body for content in one.contents for body in one.unsigned(content.n))}
    return [body for body in one.bodies if body in waiting]


def today(room: Room) -> date:
    """Return the day it is there."""
    return room.now.astimezone(room.rules.calendar.zone).date()


def not_yours(room: Room) -> Step:
    """Say that this is the coordinating office's to do."""
    return room.says(Say("programme_not_yours", {"coordinator": room.rules.coordinator}, (LIST,)))


def back(one: Programme, content: Content | None = None) -> Button:
    """Return the button that opens a programme or a content."""
    where = way(one, content)
    return Button(f"k:programmes:{where}", "k_programme_back", {"where": where})


def card(room: Room, one: Programme, year: int) -> Step:
    """Show a programme with the contents of a year, those that need somebody first."""
    status = one.status(today(room))
    years = sorted({content.year for content in one.contents})
    year = year if year in years else max((of for of in years if of <= year), default=years[0] if years else year)
    lines = [_line(room, one, content) for content in one.contents if content.year == year]
    lines.sort(key=lambda line: _URGENCY.index(str(line["standing"])))
    values = {
        "id": one.id,
        "title": one.title,
        "status": status,
        "first": one.first and shown(one.first),
        "until": one.until and shown(one.until),
        "bodies": [{"agency": body, "signed": body in one.signed()} for body in one.bodies],
        "year": year,
        "contents": lines[:_SHOWN],
        "more": max(0, len(lines) - _SHOWN),
        "ended": next((event.note for event in one.events if event.kind is Happened.ENDED), ""),
    }
    buttons = [
        Button(f"k:programmes:{way(one)}.{line['n']}", "k_programme_content", {"code": f"{way(one)}.{line['n']}"})
        for line in lines[:_SHOWN]
    ]
    if status is not ProgrammeStatus.ENDED and room.agency in to_sign(one):
        buttons.insert(0, Button(f"k:programmes:{way(one)}:ky", "k_programme_ky"))
    buttons += [
        Button(f"k:programmes:{way(one)}:nam:{other}", "k_programme_year", {"year": other})
        for other in years
        if abs(other - year) == 1
    ]
    if room.coordinates and status is not ProgrammeStatus.ENDED:
        deeds = ("gui", "noidung", "giahan", "ketthuc") if to_sign(one) else ("noidung", "giahan", "ketthuc")
        buttons += [Button(f"k:programmes:{way(one)}:{verb}", f"k_programme_{verb}") for verb in deeds]
    return room.replies(Say("programme_card", values, (*buttons, LIST)))


def _line(room: Room, one: Programme, content: Content) -> dict[str, object]:
    why = one.of_content(content, today(room), programme_rules())
    return {
        "n": content.n,
        "title": content.title,
        "year": content.year,
        "lead": content.lead,
        "focal": content.focal,
        "standing": str(why.standing),
        "activity": why.activity.title if why.activity else None,
        "day": why.day and shown(why.day),
        "missing": list(why.missing),
        "done": why.done,
        "of": why.of,
        "unsigned": list(one.unsigned(content.n)) if one.status(today(room)) is not ProgrammeStatus.DRAFT else [],
    }


def content_card(room: Room, one: Programme, content: Content) -> Step:
    """Show a content with its activities, what was done and who is missing."""
    lines = []
    for activity in content.activities:
        done = one.done_by(content, activity)
        lines.append(
            {
                "n": activity.n,
                "title": activity.title,
                "day": shown(one.day_of(content, activity)),
                "moved": one.day_of(content, activity) != activity.day,
                "standing": str(one.of_activity(content, activity, today(room), programme_rules())),
                "missing": list(one.missing(content, activity)),
                "evidence": [
                    {"agency": event.agency, "day": event.day and shown(event.day), "note": event.note}
                    for event in done.values()
                ],
            }
        )
    values = {**_line(room, one, content), "id": one.id, "activities": lines[-_SHOWN:]}
    return room.replies(Say("programme_content", values, (*content_buttons(room, one, content), back(one), LIST)))


def content_buttons(room: Room, one: Programme, content: Content) -> list[Button]:
    """Return what a seat can do about a content."""
    where, status = way(one, content), one.status(today(room))
    if status is ProgrammeStatus.ENDED:
        return []
    if status is ProgrammeStatus.DRAFT:
        return [Button(f"k:programmes:{where}:{verb}", f"k_programme_{verb}") for verb in ("them", "chutri", "daumoi")]
    open_ones = open_activities(room, one, content)
    deeds = ["xong"] if any(room.agency in one.missing(content, activity) for activity in open_ones) else []
    deeds += ["hoan"] if open_ones and may_plan(room, content) else []
    deeds += ["them"] if may_plan(room, content) else []
    sign = [Button(f"k:programmes:{way(one)}:ky", "k_programme_ky")] if room.agency in to_sign(one) else []
    return [*sign, *(Button(f"k:programmes:{where}:{verb}", f"k_programme_{verb}") for verb in deeds)]


def open_activities(room: Room, one: Programme, content: Content) -> list[Activity]:
    """Return what of a content is still to be done."""
    own, day = programme_rules(), today(room)
    return [activity for activity in content.activities if one.of_activity(content, activity, day, own) in _OPEN]


def may_plan(room: Room, content: Content) -> bool:
    """Say whether a seat may plan and put off what belongs to a content."""
    return room.coordinates or room.agency in (content.lead, content.focal)
