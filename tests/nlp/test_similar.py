"""Which open reports are found to be of the same problem."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta

import pytest

from bench.similar import judge, written
from nlp.communes import kilometres
from nlp.similar import SAME, Index, Report

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOLE = Report(
    1, "giao_thong.duong_hu_hong", NOW, "ổ gà to trước nhà văn hóa xóm Đông", commune="05500", detail="xóm Đông"
)
AGAIN = dataclasses.replace(HOLE, id=2, at=NOW + timedelta(hours=5), text="duong xom dong o ga to doan nha van hoa")


def index(*reports: Report) -> Index:
    made = Index()
    for report in reports:
        made.add(report)
    return made


def probability(one: Report, two: Report) -> float:
    return next((match.probability for match in index(one).find(two, least=0.0)), 0.0)


def test_the_same_problem_in_other_words_is_found() -> None:
    assert [match.id for match in index(HOLE).find(AGAIN)] == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "duong xom tay o ga to doan tram bom", "detail": "xóm Tây"},
        {"commune": "05503"},
        {"topic": "dien.mat_dien"},
        {"at": NOW + timedelta(days=80)},
        {"commune": None},
    ],
)
def test_another_place_time_or_field_is_not(change: dict[str, object]) -> None:
    assert index(HOLE).find(dataclasses.replace(AGAIN, **change)) == []  # type: ignore[arg-type]


def test_a_likely_other_topic_is_looked_through_too() -> None:
    other = dataclasses.replace(AGAIN, topic="thoat_nuoc.ngap_ung")
    assert index(HOLE).find(other) == []
    assert [match.id for match in index(HOLE).find(dataclasses.replace(other, topics=(HOLE.topic,)))] == [1]


def test_points_tell_near_from_far() -> None:
    here = dataclasses.replace(HOLE, point=(21.470, 105.960), text="đường hỏng", detail=None)
    near = dataclasses.replace(here, id=2, point=(21.4703, 105.9602), text="mặt đường vỡ")
    far = dataclasses.replace(near, point=(21.495, 105.960))
    assert probability(here, near) > probability(here, far)
    assert probability(here, far) < SAME


def test_a_neighbouring_commune_is_reached_by_points() -> None:
    here = dataclasses.replace(HOLE, point=(21.4701, 105.9599))
    there = dataclasses.replace(AGAIN, commune="05503", point=(21.4699, 105.9601))
    assert [match.id for match in index(here).find(there)] == [1]


def test_what_is_removed_is_found_no_more() -> None:
    made = index(HOLE)
    made.remove(1)
    made.remove(1)
    assert (len(made), made.find(AGAIN)) == (0, [])


def test_what_was_put_in_first_is_let_go_first() -> None:
    made = index(*(dataclasses.replace(HOLE, id=number, at=NOW + timedelta(days=number)) for number in range(6)))
    for most, since, left in ((4, NOW, {2, 3, 4, 5}), (9, NOW + timedelta(days=5), {5}), (0, NOW, set())):
        made.trim(most, since)
        assert {match.id for match in made.find(dataclasses.replace(AGAIN, id=99), limit=9, least=0.0)} == left


def test_a_report_is_kept_once_and_never_finds_itself() -> None:
    made = index(HOLE, AGAIN, HOLE)
    assert len(made) == 2
    assert [match.id for match in made.find(HOLE)] == [2]


def test_limit_and_order() -> None:
    made = index(*(dataclasses.replace(HOLE, id=number, at=NOW + timedelta(hours=number)) for number in range(9)))
    found = made.find(dataclasses.replace(AGAIN, id=99), limit=3)
    assert len(found) == 3
    assert [match.probability for match in found] == sorted((match.probability for match in found), reverse=True)


def test_a_search_scores_few_of_many_and_the_named_place_first() -> None:
    others = (
        dataclasses.replace(HOLE, id=number, text=f"đường xóm {number} hỏng", detail=f"xóm {number}")
        for number in range(10, 1_010)
    )
    made = index(HOLE, *others)
    scored = [other for other, _ in made.compare(AGAIN)]
    assert len(scored) <= 160
    assert scored[0] == 1


def test_odd_texts_are_taken() -> None:
    made = index(
        *(dataclasses.replace(HOLE, id=n, text=text) for n, text in enumerate(("", "👍", "a" * 9_000, "\ud800")))
    )
    assert all(0 <= match.probability <= 1 for match in made.find(dataclasses.replace(AGAIN, text=""), least=0.0))


def test_distance_is_in_kilometres() -> None:
    assert math.isclose(kilometres(21.0, 105.0, 22.0, 105.0), 111.2, rel_tol=0.01)
    assert math.isclose(kilometres(21.0, 105.0, 21.0, 106.0), 103.8, rel_tol=0.01)


@pytest.mark.parametrize("points", [True, False])
def test_pairs_never_fitted_on_keep_their_figures(points: bool) -> None:
    # Even blocks: the odd ones were fitted on.
    figures = judge(written(0, points=points))
    assert figures.recall >= 0.9
    assert figures.precision >= 0.8
