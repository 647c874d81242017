"""What correcting a topic changes, and what it leaves."""

from dataclasses import replace

import pytest

from bot.deployment import rules_of
from domain.cases import Case, CaseEvent, NotAllowedError
from domain.concerns import Decision, Facts
from domain.correcting import correct, find_topics, text_as_filed
from domain.filing import file_case, new_concern
from domain.numbers import case_number
from domain.transitions import OPEN, CaseStatus, EventKind
from tests.conftest import MORNING

RULES = rules_of("thai-nguyen")
ROAD, LAMP, ABUSE = "giao_thong.duong_hu_hong", "chieu_sang_cay_xanh.den_duong", "an_ninh.bao_luc_gia_dinh"


def case(topic: str | None = ROAD, commune: str | None = "05953") -> Case:
    """Return a case as it is filed."""
    facts = Facts(Decision.ROUTE, topic=topic, commune=commune, text="đường hỏng", read_by="linear 1")
    return file_case(new_concern(1, facts, MORNING), 1, 1, RULES, MORNING)[0]


def corrected(before: Case, topic: str) -> tuple[Case, CaseEvent]:
    """Correct it as an officer does."""
    return correct(before, RULES.topics[topic], RULES, now=MORNING, actor="officer:1")


@pytest.mark.parametrize("status", [*sorted(OPEN), CaseStatus.ANSWERED])
@pytest.mark.parametrize("topic", sorted(RULES.topics))
def test_agency_status_and_clock_stay_whatever_the_topic(status: CaseStatus, topic: str) -> None:
    before = replace(case(), status=status)
    after, event = corrected(before, topic)
    assert after.topic == topic
    fixed = ("agency", "status", "tier", "due_at", "next_update_at", "text", "read_by")
    assert [getattr(after, name) for name in fixed] == [getattr(before, name) for name in fixed]
    assert after.agency not in after.watch
    assert (event.kind, event.actor, event.note) == (EventKind.CORRECTED, "officer:1", f"{ROAD} {topic}")


def test_who_watches_over_it_changes_with_the_topic() -> None:
    assert case().watch == ("SXD",)
    assert corrected(case(), "moi_truong.dot_rac_rom_ra")[0].watch == ("CAX-05953",)


def test_what_becomes_restricted_is_watched_by_nobody_and_stays_restricted() -> None:
    after, _ = corrected(case(), ABUSE)
    assert (after.restricted, after.watch) == (True, ())
    assert corrected(after, ROAD)[0].restricted


def test_a_closed_case_keeps_its_topic() -> None:
    with pytest.raises(NotAllowedError):
        corrected(replace(case(), status=CaseStatus.CLOSED), LAMP)


def test_a_case_whose_lead_has_it_is_where_it_belongs() -> None:
    triaged = case(topic=None)
    assert (triaged.agency, triaged.reason) == ("VPUB", "no_topic")
    assert corrected(triaged, "hanh_chinh.quy_dinh_hanh_chinh")[0].reason == "competent"
    assert corrected(triaged, LAMP)[0].reason == "no_topic"
    assert corrected(triaged, LAMP)[1].note == f"- {LAMP}"


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("đèn đường", LAMP),
        ("DEN DUONG", LAMP),
        ("mất điện", "dien.mat_dien"),
        ("tiếng ồn, karaoke", "an_ninh.tieng_on"),
        ("chó thả rông", "nong_nghiep.vat_nuoi_dich_benh"),
    ],
)
def test_topics_are_found_by_the_words_of_their_names(words: str, topic: str) -> None:
    assert topic in [found.slug for found in find_topics(words, RULES)]


@pytest.mark.parametrize("words", ["", " ", "zzz", "…", "%", "' OR 1=1"])
def test_other_words_find_no_topic(words: str) -> None:
    assert find_topics(words, RULES) == []


def test_only_what_was_filed_is_learned_from() -> None:
    def event(kind: EventKind, note: str) -> CaseEvent:
        return CaseEvent(1, kind, MORNING, "citizen", "KT-05953", note)

    said = [
        event(EventKind.FILED, "competent"), event(EventKind.ADDED, "thêm ảnh đây"), event(EventKind.ADDED, ""),
        event(EventKind.CITIZEN_ASKED, "Nhà ai?"), event(EventKind.CITIZEN_REPLIED, "nhà ông Tư"),
        event(EventKind.DISPUTED, "vẫn chưa được"),
    ]  # fmt: skip
    talked = replace(case(), text="đường hỏng\nthêm ảnh đây\nnhà ông Tư\nvẫn chưa được")
    assert text_as_filed(talked, said) == "đường hỏng"
    assert text_as_filed(case(), said[:1]) == "đường hỏng"
    photo = replace(case(), text="đèn này hỏng")
    assert text_as_filed(photo, [said[0], event(EventKind.ADDED, "đèn này hỏng")]) == "đèn này hỏng"


def test_the_reader_is_named_from_the_facts_to_the_case() -> None:
    assert case().read_by == "linear 1"
    unread = new_concern(1, Facts(Decision.DESK), MORNING)
    assert file_case(unread, 1, 1, RULES, MORNING)[0].read_by is None


def test_buttons_to_every_topic_fit_a_telegram_callback() -> None:
    number = case_number("TN", 2026, 9_999_999)
    assert all(len(f"o:topic:{number}:{slug}".encode()) <= 64 for slug in RULES.topics)
    assert all(
        len(f"o:topic:{number}:{slug}:sure".encode()) <= 64 for slug, it in RULES.topics.items() if it.restricted
    )
