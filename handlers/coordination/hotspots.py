"""Early warnings in the chat: which are open, what each rests on and why it may be nothing; who decides, and how.

What is shown of people is in steps of five, of whole weeks, of communes: see `domain.warnings.Told`.
"""

import re
from datetime import date, datetime, time, timedelta

from domain.conversation import Awaiting, Step
from domain.correcting import find_topics
from domain.messages import Button, Say
from domain.rises import Recent, expect, figures_of, usual_most
from domain.rulesets import Ruleset
from domain.usual import Usual, ground_of, usual_rules
from domain.warnings import EarlyWarning, Told, Warned, WarningKind, WarningStatus, still_stands, touches
from domain.words import fold
from handlers.coordination import matters
from handlers.coordination.room import Room
from handlers.coordination.words import masked, names_a_case, stops
from handlers.warning import as_line, learn, open_buttons
from storage import warnings

_NUMBER = re.compile(r"(?:cb)?[\s-]*(\d{1,9})\b", re.IGNORECASE)
#: Fewer words give no reason.
_LEAST_WORDS = 3
#: So many warnings are listed; so many topics offered; so many communes of an area named.
_LISTED, _OFFERED, _NAMED = 8, 6, 6
_CONFIRM, _DISMISS = ("xacnhan", "xac nhan", "co"), ("bo", "boqua", "bo qua", "khong")
_LIST = (Button("k:hotspots", "k_hotspots"),)


async def hotspots(room: Room, rest: str) -> Step:
    """List what is open; open one; say why there is no warning of a topic in a commune."""
    words = rest.strip()
    if not words:
        return await _list(room)
    if found := _NUMBER.match(words):
        more = words[found.end() :].strip()
        for verbs, do in ((_CONFIRM, confirm), (_DISMISS, dismiss)):
            for verb in sorted(verbs, key=len, reverse=True):
                if fold(more) == verb or fold(more).startswith(f"{verb} "):
                    said = more.split(None, len(verb.split()))[len(verb.split()) :]
                    return await do(room, f"{found[1]} {' '.join(said)}")
        return await show(room, found[1])
    return await _why_none(room, words)


async def _list(room: Room) -> Step:
    mine = [one for one in await warnings.raised(room.transaction) if sees(room, one)]
    # The least likely first; silent agencies, of which nothing is said about chance, last.
    mine.sort(key=lambda one: (one.warned.figures.chance, one.id))
    values = {"warnings": [as_line(one) for one in mine[:_LISTED]], "more": max(0, len(mine) - _LISTED)}
    return room.replies(Say("hotspots", values, open_buttons(mine[:_LISTED])))


def sees(room: Room, one: EarlyWarning) -> bool:
    """Say whether a warning exists for the seat: all for who decides, else what its own agency leads, or is."""
    if decides(room):
        return True
    warned, rules = one.warned, room.rules
    if warned.kind is WarningKind.SILENT:
        return warned.agency == room.agency
    return any(_leads(room.agency, warned.topic, commune, rules) for commune in warned.area)


def _leads(agency: str, topic: str, commune: str, rules: Ruleset) -> bool:
    lead = rules.lead_of(topic, commune)
    return lead is not None and lead.id == agency


def decides(room: Room) -> bool:
    """Say whether the seat confirms and dismisses: the coordinating office's, or that of the desk's lead."""
    return room.coordinates or room.agency == room.rules.desk


async def show(room: Room, rest: str) -> Step:
    """Open a warning: what, what would be usual, why it is believed, and why it may be nothing."""
    one = await _find(room, rest)
    return room.replies(_card(room, one)) if one else _none(room)


async def _find(room: Room, rest: str) -> EarlyWarning | None:
    found = _NUMBER.match(rest.strip())
    one = await warnings.by_id(room.transaction, int(found[1])) if found else None
    return one if one and sees(room, one) else None


def _none(room: Room) -> Step:
    return room.says(Say("hotspot_none", {}, _LIST))


def _card(room: Room, one: EarlyWarning) -> Say:
    told, figures = Told.of(one.warned.figures), one.warned.figures
    values = {
        **as_line(one),
        "status": str(one.status),
        "last_day": _noon(one.last_day, room.rules),
        "area": one.warned.area[1 : _NAMED + 1],
        "unnamed": max(0, len(one.warned.area) - 1 - _NAMED),
        "rarity": _thousands(10**told.rarity) if told.rarity else "",
        "looks": _thousands(figures.looks),
        "doubts": figures.doubts,
        "reason": one.reason,
        "matter": one.matter,
        "untaken_days": usual_rules()["silent"]["offered_days"],
        "idle_days": usual_rules()["silent"]["open_days"],
    }
    buttons: tuple[Button, ...] = ()
    if one.status is WarningStatus.RAISED and decides(room):
        yes = "k_hotspot_seen" if one.warned.kind is WarningKind.SILENT else "k_hotspot_yes"
        buttons = (Button(f"k:hotspot_yes:{one.id}", yes), Button(f"k:hotspot_no:{one.id}", "k_hotspot_no"))
    key = "hotspot_silent" if one.warned.kind is WarningKind.SILENT else "hotspot"
    return Say(key, values, buttons + _LIST)


async def confirm(room: Room, rest: str) -> Step:
    """Confirm a warning: it becomes a matter with a task group; of a silent agency nothing more."""
    one = await _find(room, rest)
    if one is None:
        return _none(room)
    if not decides(room) or one.status is not WarningStatus.RAISED:
        return room.replies(_card(room, one))
    warned = one.warned
    if warned.kind is not WarningKind.SILENT:
        # Who wrote first raised it too: the matter begins where the warning began to count.
        since = one.first_day - timedelta(days=max(usual_rules()["rise"]["windows"]) - 1)
        return await matters.begin(room, topic=warned.topic, communes=warned.area, since=since, warning=one.id)
    await warnings.confirm(room.transaction, one.id, None, room.actor, room.now)
    return room.replies(_card(room, await warnings.by_id(room.transaction, one.id) or one))


async def dismiss(room: Room, rest: str) -> Step:
    """Dismiss a warning, with a reason that is kept."""
    one = await _find(room, rest)
    if one is None:
        return _none(room)
    if not decides(room) or one.status is not WarningStatus.RAISED:
        return room.replies(_card(room, one))
    number = str(one.id)
    typed = rest.strip().partition(" ")[2]
    if stops(typed):
        return room.says(_card(room, one))
    reason, waiting = masked(typed), Awaiting("k:hotspot_no", number)
    if names_a_case(typed, room.rules, room.now):
        return room.says(Say("hotspot_no_number", {"id": one.id}, _LIST), awaiting=waiting)
    if len(reason.split()) < _LEAST_WORDS:
        return room.says(Say("hotspot_why", {"id": one.id, "short": bool(reason)}, _LIST), awaiting=waiting)
    await warnings.dismiss(room.transaction, one.id, reason, room.actor, room.now)
    return room.says(_card(room, await warnings.by_id(room.transaction, one.id) or one))


async def why(room: Room, rest: str) -> Step:
    """Say why there is no warning of a topic in a commune (a button: code and slug), or that there is one."""
    commune, _, slug = rest.replace(" ", ":").partition(":")
    if commune not in room.rules.communes or slug not in room.rules.topics:
        return _unclear(room)
    return await _explain(room, commune, slug)


async def _why_none(room: Room, words: str) -> Step:
    """Find the commune and the topic in what was typed."""
    commune, others = _place(words, room.rules)
    topics = find_topics(others, room.rules) if others else []
    if commune is None or not topics:
        return _unclear(room)
    if len(topics) == 1:
        return await _explain(room, commune, topics[0].slug)
    buttons = tuple(
        Button(f"k:hotspot_why:{commune}:{topic.slug}", "k_hotspot_topic", {"topic": topic.slug})
        for topic in topics[:_OFFERED]
    )
    return room.says(Say("hotspot_which", {"commune": commune}, buttons + _LIST))


def _unclear(room: Room) -> Step:
    return room.says(Say("hotspot_unclear", {}, _LIST))


def _place(words: str, rules: Ruleset) -> tuple[str | None, str]:
    """Return the commune that is named, the longest name first, and the words that are left."""
    folded = f" {re.sub(r'[^a-z0-9]+', ' ', fold(words))} "
    names = [
        (fold(name), code) for code, area in rules.communes.items() for name in (area.full_name, area.name)
    ]  # fmt: skip
    for name, code in sorted(names, key=lambda one: -len(one[0])):
        if f" {name} " in folded:
            return code, folded.replace(f" {name} ", " ", 1).strip()
    return None, folded.strip()


async def _explain(room: Room, commune: str, topic: str) -> Step:
    rules, values = room.rules, {"commune": commune, "topic": topic}
    if not decides(room) and not _leads(room.agency, topic, commune, rules):
        return room.says(Say("hotspot_not_yours", values, _LIST))
    if topic not in ground_of(rules).topics:
        return room.says(Say("hotspot_uncounted", values, _LIST))
    day = await warnings.last_closed(room.transaction)
    first = await warnings.first_closed(room.transaction)
    least = int(usual_rules()["usual"]["lately"])
    if day is None or first is None or (day - first).days < least + max(usual_rules()["rise"]["windows"]):
        return room.says(Say("hotspot_young", {**values, "least": least}, _LIST))
    known = await warnings.known(room.transaction, history_of(day))
    usual, recent = await learn(room.transaction, rules, day, known)
    near = [one for one in known if _is_here(one, commune, topic, room)]
    return room.says(_explained(room, usual, recent, (commune, topic), near))


def _is_here(one: EarlyWarning, commune: str, topic: str, room: Room) -> bool:
    """Say whether a warning is open where somebody asks, or was dismissed there."""
    here = Warned(WarningKind.RISE, one.warned.figures, (commune,), topic)
    return one.status in (WarningStatus.RAISED, WarningStatus.DISMISSED) and touches(
        one.warned, here, ground_of(room.rules)
    )


def _explained(room: Room, usual: Usual, recent: Recent, cell: tuple[str, str], near: list[EarlyWarning]) -> Say:
    """Return why there is no warning: what there is, what is usual at most, and what is missing."""
    commune, topic = cell
    figures = figures_of(usual, recent, (commune,), topic)
    still = usual_rules()["still"]["dismissed_days"]
    day = date.fromordinal(recent.day)
    raised = [one for one in near if one.status is WarningStatus.RAISED]
    dismissed = [
        one for one in near if one.status is WarningStatus.DISMISSED and (day - one.last_day).days < still
    ]  # fmt: skip
    because = "few" if figures.people < usual_rules()["rise"]["least"] else "usual"
    because = "chance" if still_stands(figures) else because
    because = "dismissed" if dismissed else because
    because = "raised" if raised else because
    values = {
        "commune": commune,
        "topic": topic,
        "last_day": _noon(day, room.rules),
        "people": Told.of(figures).people,
        "most": usual_most(expect(usual, recent, (commune,), topic, recent.days)),
        "because": because,
        "looks": _thousands(figures.looks),
        "least": usual_rules()["rise"]["least"],
        "days": still,
        "reason": dismissed[-1].reason if dismissed else "",
        "doubts": [one for one in figures.doubts if one in ("no_season", "season", "topic", "commune", "holiday")],
    }
    return Say("hotspot_explained", values, open_buttons(raised[:1]) + _LIST)


def history_of(day: date) -> date:
    """Return since when warnings that were decided matter on a day."""
    return date.fromordinal(day.toordinal() - 2 * int(usual_rules()["usual"]["days"]))


def _noon(day: date, rules: Ruleset) -> str:
    """Return a day as a moment in it, for texts."""
    return datetime.combine(day, time(12), rules.calendar.zone).isoformat()


def _thousands(count: int) -> str:
    return f"{count:,}".replace(",", ".")
