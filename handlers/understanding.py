"""From what was found in a text to what we take it to mean: ``understand(text, reading, rules) -> Facts``."""

import re
import unicodedata

from domain.commands import fold
from domain.concerns import LEGAL_KINDS, ConcernKind, Decision, Facts
from domain.rulesets import Ruleset
from nlp.pii import find as find_pii
from nlp.pii import mask
from nlp.reading import Reading

#: More than this of one message is cut off with a mark; a petition of many pages belongs on paper.
MOST_CHARACTERS = 8_000
#: Controls, and what is not seen but changes what is: zero-width characters, soft hyphens, marks of direction.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BETWEEN_DIGITS = re.compile(r"[^0-9+]+")
#: No phone number takes more room in the register.
_LONGEST_PHONE = 24


def clean(text: str) -> str:
    """Return the text in NFC, without control characters, within bounds."""
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + " […]"


def understand(text: str, reading: Reading, rules: Ruleset) -> Facts:
    """Say what a reading means in our categories, and what to do with it."""
    limits, place = rules.thresholds, reading.place
    talk = reading.talk if reading.talk_probability >= limits["talk"] else None
    kind = ConcernKind(reading.kind) if reading.kind else ConcernKind.OTHER
    here = tuple(commune.code for commune in place.candidates if commune.code in rules.communes)
    commune = place.commune.code if place.commune and place.commune.code in rules.communes else None
    return Facts(
        decision=_decision(kind, talk, reading, rules),
        kind=kind,
        topic=reading.topic,
        choices=tuple(topic for topic, probability in reading.topics if probability >= limits["choice"]),
        talk=talk,
        urgent=reading.urgent >= limits["urgent"],
        restricted=reading.restricted >= limits["restricted"],
        accused=accused_body(reading.accused, rules) if reading.accused else None,
        commune=commune,
        communes=() if commune else here,
        old_name=place.old_name,
        outside=place.province if place.province != rules.province and not commune and not here else None,
        detail=place.detail and clean(mask(place.detail, find_pii(place.detail))),
        text=clean(mask(text, reading.pii)),
        phones=tuple(_phone(text[span.start : span.end]) for span in reading.pii if span.type == "phone"),
    )


def _phone(typed: str) -> str:
    """Return a phone number as it was grouped, the signs between left out."""
    grouped = _BETWEEN_DIGITS.sub(" ", typed).strip()
    return grouped if len(grouped) <= _LONGEST_PHONE else grouped.replace(" ", "")


def _decision(kind: ConcernKind, talk: str | None, reading: Reading, rules: Ruleset) -> Decision:
    limits = rules.thresholds
    if kind in LEGAL_KINDS and reading.kind_probability >= limits["legal"] and not talk:
        return Decision.GUIDE
    if reading.confidence >= limits["route"]:
        return Decision.ROUTE
    if sum(probability for _, probability in reading.topics) >= limits["ask"]:
        return Decision.ASK
    return Decision.DESK


def accused_body(words: str, rules: Ruleset) -> str | None:
    """Return the body a citizen accuses: "trưởng công an xã" → "CAX". None when the words name no body we know."""
    accused = fold(words)
    named = ((body, fold(name)) for body, names in rules.called.items() for name in names)
    found = [(len(name), body) for body, name in named if name in accused]
    return max(found)[1] if found else None
