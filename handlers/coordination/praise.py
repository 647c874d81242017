"""Commendation: who is praised, who does well by fair measures, and what people decided."""

import re
from datetime import timedelta

from domain.conversation import Awaiting, Step
from domain.messages import Button, Say
from domain.wall import at_least
from domain.words import fold
from handlers.coordination.room import HOME, Room
from handlers.understanding import clean
from storage import praise as store
from storage.praise import Nomination, NominationStatus

#: Praise of so many days is shown, and of so many agencies.
_LATELY, _MOST = timedelta(days=90), 5
_NUMBER = re.compile(r"(?:kn)?[\s-]*(\d{1,9})\b", re.IGNORECASE)
_AWARD, _DECLINE = ("khen", "duyet"), ("khong", "thoi", "tuchoi")
#: Fewer words do not say why.
_LEAST_WORDS = 2
_LONGEST_DECISION, _LONGEST_REASON = 160, 500
#: A decision has a number: "125/QĐ-UBND ngày 20/11/2026".
_DECISION = re.compile(r"\d+\s*/")


async def praise(room: Room, rest: str) -> Step:
    """Show who is praised and nominated; with a number that nomination; with more, record what was decided."""
    typed = (rest if " " in rest else rest.replace(":", " ")).strip()
    found = _NUMBER.match(typed)
    one = await store.nomination(room.transaction, int(found[1])) if found else None
    if one is None or not _may_see(room, one):
        return await _overview(room, unknown=bool(typed))
    verb, _, words = typed[found.end() if found else 0 :].strip(" :,").partition(" ")
    if not verb:
        return room.replies(_shown(room, one))
    if not room.coordinates or one.status is not NominationStatus.PROPOSED:
        return room.says(_shown(room, one))
    if fold(verb) in _AWARD:
        return await _award(room, one, clean(words))
    if fold(verb) in _DECLINE:
        return await _decline(room, one, clean(words))
    return room.says(_shown(room, one))


def _may_see(room: Room, one: Nomination) -> bool:
    return room.coordinates or one.agency == room.agency


async def _overview(room: Room, *, unknown: bool) -> Step:
    """Show praise of late and nominations: all to a coordinator, in steps of five; to a lead those of the agency."""
    counted = await store.counts(room.transaction, room.now - _LATELY, room.now)
    own = None if room.coordinates else room.agency
    found = await store.nominated(room.transaction, own)
    if room.coordinates:
        stepped = {agency: at_least(count) for agency, count in counted.items()}
        most = sorted(stepped.items(), key=lambda one: (-one[1], one[0]))[:_MOST]
        praised = [{"agency": agency, "count": count} for agency, count in most if count]
    else:
        praised = [{"agency": room.agency, "count": counted.get(room.agency, 0)}]
    values = {
        "coordinates": room.coordinates, "praised": praised, "days": _LATELY.days, "unknown": unknown,
        "nominations": [_values(room, one) for one in found],
    }  # fmt: skip
    buttons = tuple(Button(f"k:praise:{one.number}", "nomination", _values(room, one)) for one in found[:_MOST])
    return room.replies(Say("praise_overview", values, (*buttons, *HOME)))


def _values(room: Room, one: Nomination) -> dict[str, object]:
    """Return what is shown of a nomination: shares, and how many answers in steps of five."""
    measures = one.measures
    answers = int(measures.get("answers", 0))
    return {
        "number": one.number,
        "agency": one.agency,
        "from": f"{one.starts:%d/%m/%Y}",
        "to": f"{one.ends - timedelta(days=1):%d/%m/%Y}",
        "answers": at_least(answers) if room.coordinates else answers,
        # Shares of so few would tell the coordinating office how many were not content.
        "percents": {
            name: round(100 * measures[name])
            for name in ("share", "low", "high", "usual")
            if name in measures and not room.coordinates
        },
        "status": str(one.status),
        "decision": one.decision,
        "reason": one.reason,
        "coordinates": room.coordinates,
    }


def _shown(room: Room, one: Nomination) -> Say:
    open_one = room.coordinates and one.status is NominationStatus.PROPOSED
    award = Button(f"k:praise:{one.number}:khen", "award")
    decline = Button(f"k:praise:{one.number}:khong", "award_not")
    back = Button("k:praise", "k_praise")
    return Say("nomination_card", _values(room, one), ((award, decline) if open_one else ()) + (back,))


async def _award(room: Room, one: Nomination, words: str) -> Step:
    if not _DECISION.search(words):
        waiting = Awaiting("k:praise", one.number, "khen")
        return room.says(Say("write_decision", {**_values(room, one), "typed": words[:60] or None}), awaiting=waiting)
    return await _decided(room, one, NominationStatus.AWARDED, words[:_LONGEST_DECISION])


async def _decline(room: Room, one: Nomination, words: str) -> Step:
    if len(words.split()) < _LEAST_WORDS:
        waiting = Awaiting("k:praise", one.number, "khong")
        return room.says(Say("write_why_not", {**_values(room, one), "typed": words[:60] or None}), awaiting=waiting)
    return await _decided(room, one, NominationStatus.DECLINED, words[:_LONGEST_REASON])


async def _decided(room: Room, one: Nomination, status: NominationStatus, words: str) -> Step:
    """Record the decision; an award is told to the agency's leads."""
    await store.decide(room.transaction, one.id, status, words, room.actor, room.now)
    decided = await store.nomination(room.transaction, one.id) or one
    if status is NominationStatus.AWARDED:
        say = Say("agency_awarded", _values(room, decided), (Button(f"k:praise:{one.number}", "k_praise"),))
        await room.tell(one.agency, say, key=one.number)
    return room.says(_shown(room, decided))
