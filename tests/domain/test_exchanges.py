"""Finding bodies, the figure taken apart, replies in time, and the written rule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.exchanges import (
    CountingRule,
    Exchange,
    ExchangeKind,
    Recipient,
    counting_rule,
    exchange_rules,
    explain,
    find_bodies,
    flow,
    next_look,
)
from domain.rulesets import RuleError, Ruleset, read_rules

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def exchange(*recipients: Recipient, sent: datetime | None = NOW, due: datetime | None = NOW + 5 * DAY) -> Exchange:
    return Exchange(1, ExchangeKind.ASK, "S", "officer:1", "Câu đầu. Câu sau.", due, recipients, sent_at=sent)


@pytest.mark.parametrize(
    ("typed", "first", "many"),
    [
        ("sxd", "SXD", False),
        ("sở xây dựng", "SXD", False),
        ("Xây dựng", "SXD", False),
        ("phòng kinh tế xã Kha Sơn", "KT-05953", False),
        ("hội đồng nhân dân tỉnh", "HDND", False),
        ("công an", "CAT", True),
        ("kha sơn", "", True),
        ("sở vũ trụ", "", False),
        ("", "", False),
    ],
)
def test_bodies_are_found_by_id_and_by_words_those_of_the_province_first(
    rules: Ruleset, typed: str, first: str, *, many: bool
) -> None:
    found = find_bodies(typed, rules)
    assert (len(found) > 1) is many
    if first:
        assert found[0].id == first
    assert len({one.id for one in found}) == len(found)


def test_a_subject_is_the_first_sentence_and_never_long() -> None:
    assert exchange().subject == "Câu đầu"
    assert len(Exchange(1, ExchangeKind.ASK, "S", "o", "dài " * 100, None).subject) <= 90


def test_a_figure_is_taken_apart_and_casework_names_no_body() -> None:
    pairs = [("A", "exchange:1"), ("B", "exchange:1"), ("A", "exchange:1"), ("A", "activity:3.2.1"), ("C", "case:9:C")]
    found = explain(pairs)
    assert (found.total, found.actions, found.bodies) == (4, 3, 3)
    assert found.by_kind == {"exchange": 2, "activity": 1, "case": 1}
    assert found.by_body == {"A": 2, "B": 1}
    assert sum(found.by_kind.values()) == found.total


def test_replies_are_in_time_late_or_missing_and_add_up() -> None:
    replied = [NOW + 4 * DAY, NOW + 6 * DAY, None]
    one = exchange(*(Recipient(str(n), replied_at=at) for n, at in enumerate(replied)))
    assert flow([one], NOW, NOW + 30 * DAY) == flow([one], NOW, NOW + 7 * DAY)
    found = flow([one], NOW, NOW + 30 * DAY)
    assert (found.sent, found.due, found.in_time, found.late, found.missing) == (1, 3, 1, 1, 1)
    assert flow([one], NOW, NOW + 5 * DAY + timedelta.resolution).late == 0, "not told what came later"
    assert flow([one], NOW + DAY, NOW + 2 * DAY).sent == 0


def test_nobody_is_reminded_of_a_draft_or_of_what_is_closed(rules: Ruleset) -> None:
    assert next_look(exchange(sent=None), rules, NOW) is None
    assert next_look(exchange(due=None), rules, NOW) is None
    assert next_look(exchange(), rules, NOW)


def test_the_rule_in_force_is_in_words_and_nonsense_is_refused(rules: Ruleset) -> None:
    rule, rows = counting_rule(rules), read_rules("coordination")["counting"]
    assert len(rule.wording) == len(rule.counts) + 2
    assert set(exchange_rules().days) == set(ExchangeKind)
    for nonsense in ({**rows, "counts": ["meeting"]}, {**rows, "wording": {"unit": "", "once": ""}}):
        with pytest.raises(RuleError, match="coordination"):
            CountingRule.parse(nonsense, ZoneInfo("UTC"))
