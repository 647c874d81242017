"""From what was found in a text to what we take it to mean: ``understand(text, reading, rules) -> Facts``."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from domain.concerns import LEGAL_KINDS, ConcernKind, Decision, Facts
from domain.rulesets import Ruleset
from domain.words import fold
from nlp.detail import find_detail
from nlp.normalize import normalize, split
from nlp.pii import find as find_pii
from nlp.pii import mask
from nlp.reading import Commune, Pii, Reading

#: More than this of one message is cut off with a mark; a petition of many pages belongs on paper.
MOST_CHARACTERS = 8_000
#: Controls, and what is not seen but changes what is: zero-width characters, soft hyphens, marks of direction.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BETWEEN_DIGITS = re.compile(r"[^0-9+]+")
#: Topics a question offers; more are a list to search.
_MOST_CHOICES = 4
#: Private data without which a case cannot be found or settled; masked wherever the text goes beyond its agency.
_NEEDED = ("name", "plate")
#: The name of a body may go on so far behind what was found of it.
_LONGEST_NAME = 30
#: No phone number takes more room in the register.
_LONGEST_PHONE = 24


def clean(text: str) -> str:
    """Return the text in NFC, without control characters, within bounds."""
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " […]"


def understand(text: str, reading: Reading, rules: Ruleset) -> Facts:
    """Say what a reading means in our categories, and what to do with it."""
    limits, place = rules.thresholds, reading.place
    talk = reading.talk if reading.talk_probability >= limits.talk else None
    kind = ConcernKind(reading.kind) if reading.kind else ConcernKind.OTHER
    here = tuple(commune.code for commune in place.candidates if commune.code in rules.communes)
    commune = place.commune.code if place.commune and place.commune.code in rules.communes else None
    legal = kind in LEGAL_KINDS and reading.kind_probability >= limits.legal and not talk
    whole = Facts(
        decision=Decision.GUIDE if legal else cheapest(reading.topics, rules),
        kind=kind,
        topic=reading.topic,
        choices=tuple(topic for topic, _ in offered(reading.topics, rules)),
        talk=talk,
        urgent=reading.urgent >= limits.urgent,
        restricted=reading.restricted >= limits.restricted,
        accused=accused_body(reading.accused, text, rules) if reading.accused else None,
        commune=commune,
        communes=() if commune else here,
        old_name=place.old_name,
        outside=place.province if place.province != rules.province and not commune and not here else None,
        detail=place.detail and clean(mask(place.detail, _sealed(find_pii(place.detail)))),
        text=clean(mask(text, _sealed(reading.pii))),
        read_by=reading.read_by,
        phones=tuple(_phone(text[span.start : span.end]) for span in reading.pii if span.type == "phone"),
    )
    return replace(whole, parts=_parts(whole, text, reading))


def _sealed(spans: Sequence[Pii]) -> list[Pii]:
    """Return what nobody at work on a case needs. Names and plates stay: they say whose gate, which lorry."""
    return [span for span in spans if span.type not in _NEEDED]


def _phone(typed: str) -> str:
    """Return a phone number as it was grouped, the signs between left out."""
    grouped = _BETWEEN_DIGITS.sub(" ", typed).strip()
    return grouped if len(grouped) <= _LONGEST_PHONE else grouped.replace(" ", "")


def cheapest(topics: Sequence[tuple[str, float]], rules: Ruleset) -> Decision:
    """Return what is expected to cost least: to route by the best topic, to ask one question, to leave it to the desk.

    ``topics`` are the likeliest with their probabilities, best first; what is missing to 1 is something else. With p
    the probability of the best topic, A that of all topics its lead answers for, O that of all that are offered::

        route = wrong_agency * (1 - A) + wrong_topic * (A - p)
        ask   = question + desk * (1 - O)
        desk  = desk

    What is not among those offered is found in lists or by the desk, so it costs as much as the desk.
    """
    if not topics:
        return Decision.DESK
    costs, (best, likely) = rules.costs, topics[0]
    lead = rules.topics[best].lead
    right = sum(probability for topic, probability in topics if rules.topics[topic].lead == lead)
    among = sum(probability for _, probability in offered(topics, rules))
    expected = {
        Decision.ROUTE: costs.wrong_agency * (1 - right) + costs.wrong_topic * (right - likely),
        Decision.ASK: costs.question + costs.desk * (1 - among),
        Decision.DESK: costs.desk,
    }
    return min(expected, key=lambda decision: expected[decision])


def offered(topics: Sequence[tuple[str, float]], rules: Ruleset) -> list[tuple[str, float]]:
    """Return the topics a question offers, best first: the two that it is to tell apart are always the first."""
    return [(topic, likely) for topic, likely in topics if likely >= rules.thresholds.choice][:_MOST_CHOICES]


def _parts(whole: Facts, text: str, reading: Reading) -> tuple[Facts, ...]:
    """Return the facts of each issue. Their topics are put to the citizen by name, so nothing more is to be asked."""
    apart = len({part.topic for part in reading.parts}) > 1
    if whole.decision is Decision.GUIDE or whole.talk or not apart:
        return ()
    parts = [(clean(_masked(part.text, text, _sealed(reading.pii))), part.topic) for part in reading.parts]
    # A finer place holds for the part that names it; for all when that cannot be told.
    naming = [bool(whole.detail) and fold(whole.detail or "") in fold(words) for words, _ in parts]
    return tuple(
        replace(
            whole,
            decision=Decision.ROUTE,
            topic=topic,
            choices=(),
            text=words,
            detail=whole.detail if names or not any(naming) else None,
        )
        for (words, topic), names in zip(parts, naming, strict=True)
    )


def _masked(words: str, text: str, pii: Sequence[Pii]) -> str:
    """Mask a part of a text: also what only the whole text gave away."""
    words = mask(words, _sealed(find_pii(words)))
    for span in pii:
        typed = " ".join(text[span.start : span.end].split())
        stands = re.compile(rf"(?<!\w){re.escape(typed)}(?!\w)")
        words = mask(words, [Pii(*found.span(), span.type) for found in stands.finditer(words)])
    return words


def public_place(place: str | None) -> str | None:
    """Return what others may read of a place in a citizen's words: xóm, tổ, a road; not before whose house."""
    found = find_detail(place, split(normalize(place)), (), ()) if place else None
    return mask(found, find_pii(found)) if found else None


def locate(found: tuple[Commune, float] | None, rules: Ruleset) -> Facts:
    """Say what a shared position means: the commune it seems to lie in, or the other province."""
    if found is None:
        return Facts(Decision.DESK)
    commune, kilometres = found
    if commune.code not in rules.communes:
        return Facts(Decision.DESK, outside=commune.province)
    return Facts(Decision.DESK, nearest=(commune.code, kilometres))


def accused_body(words: str, text: str, rules: Ruleset) -> str | None:
    """Return the body a citizen accuses: "trưởng công an xã" → "CAX". None when the words name no body we know.

    ``words`` of the ``text`` may end in the middle of a name: it is read on where a name begins in them. Of names that
    fit the longest counts: "công an tỉnh" is not "công an".
    """
    at = text.find(words)
    accused = fold(words)
    read_on = fold(text[at : at + len(words) + _LONGEST_NAME]) if at >= 0 else accused
    named = ((body, fold(name)) for body, names in rules.called.items() for name in names)
    found = [(len(name), body) for body, name in named if 0 <= read_on.find(name) < len(accused)]
    return max(found)[1] if found else None
