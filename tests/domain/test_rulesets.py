"""What a deployment may write into its rules, and what it is told when that makes no sense."""

from typing import Any

import pytest

from domain.rulesets import RuleError, parse_reading, read_rules


def row(costs: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    """Return the file as it stands, with something else in it."""
    read = read_rules("reading")
    return {**read, **more, "costs": {**read["costs"], **(costs or {})}}


def test_the_file_as_it_stands_makes_sense() -> None:
    thresholds, costs = parse_reading(row())
    assert 0 < thresholds.choice < thresholds.talk
    assert costs.question < costs.desk < costs.wrong_agency


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (row(route=0.5), "route"),
        (row({"anger": 2}), "anger"),
        ({name: value for name, value in row().items() if name != "legal"}, "legal"),
        ({name: value for name, value in row().items() if name != "costs"}, "costs"),
        (row(talk=60), "talk"),
        (row(urgent=-0.1), "urgent"),
        (row({"question": 5}), "question < desk"),
        (row({"question": 0}), "question"),
        (row({"desk": 10}), "desk < wrong_agency"),
        (row({"wrong_topic": 11}), "wrong_topic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_named(bad: dict[str, Any], named: str) -> None:
    with pytest.raises(RuleError, match=r"rules/reading\.toml: .*" + named):
        parse_reading(bad)
