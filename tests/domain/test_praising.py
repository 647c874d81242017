"""Whose praise it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.concerns import Concern, ConcernKind
from domain.conversation import Conversation
from domain.praising import is_praise, praise_card, praised, told
from domain.rulesets import Ruleset

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
KHA_SON = "05953"
PRAISE = Concern(
    serial=1, text="", kind=ConcernKind.PRAISE, topic=None, choices=(), urgent=False, restricted=False, accused=None,
    commune=KHA_SON, communes=(), old_name=None, detail=None, begun_at=NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "topic", "agency"),
    [
        ("khen các anh công an xã", None, f"CAX-{KHA_SON}"),
        ("khen các anh công an tỉnh", None, "CAT"),
        ("khen cán bộ một cửa", "dien.mat_dien", f"HCC-{KHA_SON}"),
        # Who is named comes before who answers for it; a word that only begins like a name is none.
        ("khen các anh sửa điện, trông công ánh đèn", "dien.mat_dien", "DIENLUC"),
        ("cán bộ lễ phép", "hanh_chinh.thai_do_can_bo", None),
        ("giỏi lắm", None, None),
    ],
)
def test_whose_praise_it_is(text: str, topic: str | None, agency: str | None, rules: Ruleset) -> None:
    unit = praised(replace(PRAISE, text=text, topic=topic), rules)
    assert (unit.id if unit else None) == agency


def test_without_a_place_a_body_of_communes_is_not_known(rules: Ruleset) -> None:
    assert praised(replace(PRAISE, text="khen công an xã", commune=None), rules) is None


def test_danger_is_no_praise() -> None:
    assert is_praise(PRAISE)
    assert not is_praise(replace(PRAISE, urgent=True))
    assert not is_praise(replace(PRAISE, kind=ConcernKind.REPORT))


@pytest.mark.parametrize("secret", [{"restricted": True}, {"accused": "CAX"}])
def test_what_may_be_an_accusation_is_asked_about_with_care(secret: dict[str, object], rules: Ruleset) -> None:
    assert praise_card(replace(PRAISE, **secret), rules).values["unsure"]  # type: ignore[arg-type] # as given
    assert not praise_card(PRAISE, rules).values["unsure"]


def test_the_same_praise_counts_again_after_a_month() -> None:
    conversation, counts = told(Conversation(), "CAT", NOW)
    assert counts
    conversation, counts = told(conversation, "CAT", NOW + timedelta(days=29))
    assert not counts
    conversation, counts = told(conversation, "DIENLUC", NOW + timedelta(days=29))
    assert counts
    conversation, counts = told(conversation, "CAT", NOW + timedelta(days=30))
    assert counts
    assert len(conversation.praised) == 2
