"""How matters are shown, to whom, and who may do what to them.

The coordinator and the desk's lead see to all; an agency's lead to those it leads, and sees those it is a member of.
For everybody else there is no such matter.
"""

from dataclasses import dataclass

from domain.conversation import Step
from domain.matters import Matter, MatterEventKind, MatterState, begins
from domain.messages import Button, Say
from handlers import matters as work
from handlers.coordination.room import HOME, Room
from handlers.understanding import clean
from storage import matters as rows

#: Matters of one list; characters repeated of what was not understood.
_LISTED, _REPEATED = 8, 40
LIST = (Button("k:matters", "matter_list"), *HOME)


@dataclass(frozen=True, slots=True)
class Right:
    """Who may do something to a matter, and when."""

    #: Key of its button's label; empty: it has none.
    label: str
    states: tuple[MatterState, ...]
    #: Who sees to all matters may; the lead of the agency that leads it may.
    manager: bool = True
    lead: bool = False


_PROPOSED, _OPEN, _LIVE = (MatterState.PROPOSED,), (MatterState.OPEN,), (MatterState.PROPOSED, MatterState.OPEN)
#: What is done to matters, in the order of its buttons.
RIGHTS: dict[str, Right] = {
    "mo": Right("matter_open", _PROPOSED),
    "ten": Right("matter_rename", _LIVE),
    "phamvi": Right("matter_scope", _PROPOSED),
    "congbo": Right("matter_inform", _OPEN, lead=True),
    "tiendo": Right("matter_progress", _OPEN, manager=False, lead=True),
    "quyetdinh": Right("matter_decide", _OPEN, lead=True),
    "thanhvien": Right("matter_member", _LIVE, lead=True),
    "chutri": Right("matter_lead", _LIVE),
    "hoso": Right("matter_own_cases", _OPEN, manager=False, lead=True),
    "them": Right("", _OPEN, manager=False, lead=True),
    "bot": Right("", _OPEN, manager=False, lead=True),
    "ketthuc": Right("matter_end", _OPEN),
    "bo": Right("matter_drop", _PROPOSED),
}
#: What of the history stands on the card, by the name of the value.
_TOLD = {
    "decision": MatterEventKind.DECIDED,
    "progress": MatterEventKind.PROGRESSED,
    "public": MatterEventKind.INFORMED,
    "end": MatterEventKind.ENDED,
    "drop": MatterEventKind.DROPPED,
}


def manages(room: Room) -> bool:
    """Say whether the seat sees to all matters: the coordinator's, and that of the desk's lead."""
    return room.coordinates or room.agency == room.rules.desk


async def sees(room: Room, matter: Matter) -> bool:
    """Say whether the matter exists for the seat."""
    if manages(room):
        return True
    if matter.state in (MatterState.PROPOSED, MatterState.DROPPED):
        return False
    members = await rows.members(room.transaction, matter)
    return room.agency in (matter.lead, *(member.agency for member in members))


def refusal(room: Room, matter: Matter, action: str) -> str:
    """Return why the seat cannot do this to the matter now: "state", "lead" or "manager"; empty when it can."""
    right = RIGHTS[action]
    leads = not room.coordinates and matter.lead == room.agency
    if matter.state not in right.states:
        return "state"
    if (right.manager and manages(room)) or (right.lead and leads):
        return ""
    return "manager" if right.manager else "lead"


async def show_list(room: Room, typed: str) -> Step:
    """Show what is open, latest first, one line each; for who sees to all what is proposed as well."""
    found = await rows.live(room.transaction, None if manages(room) else room.agency)
    shown = found[:_LISTED]
    sizes = await work.sizes(work.register(room), shown)
    lines = [{**line(room, matter), "people": sizes.get(matter.id, (0, 0))[1]} for matter in shown]
    buttons = tuple(Button(f"k:matters:VD{matter.id}", "matter", {"id": matter.id}) for matter in shown)
    if manages(room):
        buttons += (Button("k:matters:moi", "matter_new"),)
    values = {
        "matters": lines,
        "more": len(found) - len(shown),
        "unknown": clean(typed)[:_REPEATED],
        "manages": manages(room),
    }
    return room.replies(Say("matters", values, (*buttons, *HOME)))


def line(room: Room, matter: Matter) -> dict[str, object]:
    """Return a matter as one line of a list, in values."""
    return {
        "id": matter.id,
        "state": str(matter.state),
        "name": matter.name,
        "topic": matter.topic,
        "communes": list(matter.communes),
        "lead": matter.lead,
        **work.inform_clock(matter, work.register(room)),
    }


async def card(room: Room, matter: Matter, *, refused: str = "", unknown: str = "") -> Step:
    """Show a matter, with what the seat can do with it."""
    history = await rows.history(room.transaction, matter.id)
    task = await rows.lead_task(room.transaction, matter)
    sizes = await work.sizes(work.register(room), [matter])
    latest = {event.kind: event for event in history}
    count, people = sizes.get(matter.id, (0, 0))
    values = {
        **line(room, matter),
        "refused": refused,
        "unknown": clean(unknown)[:_REPEATED],
        "since": begins(matter, room.rules.calendar).isoformat(),
        "task": task and {"status": str(task[0]), "due": task[1].isoformat()},
        "members": [
            {"agency": member.agency, "status": work.status_of(member), "due": member.due_at.isoformat()}
            for member in await rows.members(room.transaction, matter)
        ],
        "count": count,
        "people": people,
        **{
            kind: {"note": event.note, "at": event.at.isoformat()} if (event := latest.get(of)) else None
            for kind, of in _TOLD.items()
        },
    }
    return room.replies(Say("matter_card", values, _buttons(room, matter)))


def _buttons(room: Room, matter: Matter) -> tuple[Button, ...]:
    """Return what the seat can do with a matter, as buttons."""
    way = f"k:matters:VD{matter.id}"
    shown = [Button(f"{way}:{name}", right.label) for name, right in RIGHTS.items() if right.label]
    shown = [button for button in shown if not refusal(room, matter, button.id.rpartition(":")[2])]
    if matter.number and not room.coordinates and matter.state is MatterState.OPEN:
        shown.append(Button(f"o:view:{matter.number}", "matter_task"))
    return (*shown, *LIST)
