"""A province's own directory: laid over the packaged rules, compared."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from domain.concerns import Concern, Decision, Facts
from domain.directory import (
    EMPTY,
    Directory,
    DirectoryError,
    OfficerRow,
    ReceptionRow,
    apply,
    compare,
    in_force,
    packaged,
)
from domain.directory_files import parse, to_csv, to_toml
from domain.filing import new_concern
from domain.routing import Reason, heir_of, route
from domain.rulesets import Ruleset

RULES = rules_of("thai-nguyen")
ROAD, POWER, WASTE = "giao_thong.duong_hu_hong", "dien.mat_dien", "rac_ve_sinh.rac_khong_thu_gom"
#: One economic office for Phú Bình and Kha Sơn, where there were two.
MERGING = """id;name;body;communes;heir
KT-PB;Phòng Kinh tế liên xã;KT;05908,05953;
KT-05908;Phòng Kinh tế xã Phú Bình;KT;05908;KT-PB
KT-05953;Phòng Kinh tế xã Kha Sơn;KT;05953;KT-PB
"""


def concern(topic: str | None, commune: str | None = "05953", **more: object) -> Concern:
    """Return some concern."""
    facts = Facts(Decision.ROUTE, topic=topic, commune=commune, text="…")
    return replace(new_concern(1, facts, datetime(2026, 11, 18, tzinfo=UTC)), **more)


def read(before: Directory = EMPTY, /, **files: str) -> Directory:
    """Read CSV files given by name: ``read(agencies="id;name;body…")``."""
    return parse({f"{name}.csv": text.encode() for name, text in files.items()}, RULES, before)


MERGED = read(agencies=MERGING)
BASIS = packaged(RULES).agencies[0].basis


# What is in force.


def test_nothing_of_one_s_own_leaves_the_rules_as_they_are() -> None:
    assert apply(EMPTY, RULES) == RULES


@pytest.mark.parametrize("province", ["thai-nguyen", "hung-yen"])
def test_what_is_exported_changes_nothing_when_it_is_imported(province: str) -> None:
    rules = rules_of(province)
    own = replace(
        MERGED if province == "thai-nguyen" else EMPTY,
        officers=(OfficerRow(agency="SXD", name='Nguyễn "Thí"', role="lead"),),
        receptions=(ReceptionRow(place="Nhà A; phòng 2", hours="thứ Ba\\thứ Tư", phone="0208 1"),),
    )
    whole = in_force(own, rules)
    files = {name: text.encode() for name, text in to_csv(whole).items()}
    assert parse({"d.toml": to_toml(whole).encode()}, rules) == own
    assert parse(files, rules) == own
    assert parse({"d.toml": to_toml(own).encode()}, rules) == own
    assert compare(whole, in_force(parse(files, rules), rules)) == []


def test_a_file_replaces_its_kind_and_leaves_the_others() -> None:
    before = read(competences=f"topic;lead\n{ROAD};SXD", officers="agency;name\nSXD;Nguyễn Văn Thí\nSYT;Trần Thị Dụ")
    after = read(before, officers="agency;name\nSYT;Trần Thị Dụ")
    assert after == replace(before, officers=(OfficerRow(agency="SYT", name="Trần Thị Dụ"),))
    assert read(before, officers="agency;name") == replace(before, officers=())


def test_a_row_as_it_is_packaged_is_not_kept_so_that_later_releases_come_through() -> None:
    assert read(agencies=to_csv(packaged(RULES))["agencies.csv"]) == EMPTY


def test_an_agency_in_force_cannot_simply_be_left_out() -> None:
    with pytest.raises(DirectoryError, match=r"agencies\.csv: agency KT-PB .*name its heir"):
        read(MERGED, agencies="id;name;body")
    packaged_one = read(agencies="id;name;body;hotline\nSXD;Sở Xây dựng;SXD;0208 3000 000")
    assert read(packaged_one, agencies="id;name;body") == EMPTY


# Routing.


def test_two_merged_offices_answer_as_one() -> None:
    rules = apply(MERGED, RULES)
    for commune in ("05908", "05953"):
        way = route(concern(ROAD, commune), rules)
        assert (way.agency.id, way.agency.name) == ("KT-PB", "Phòng Kinh tế liên xã")
    assert route(concern(ROAD, "05917"), rules).agency.id == "KT-05917"
    assert rules.agencies["KT-05953"].id == "KT-PB"
    assert rules.heirs == {"KT-05908": "KT-PB", "KT-05953": "KT-PB"}
    old = rules.agency_known("KT-05953")
    assert old
    assert old.name == "Phòng Kinh tế xã Kha Sơn"
    assert rules.version != RULES.version


def test_heirs_are_followed_to_the_last() -> None:
    later = MERGING.replace("05908,05953;", "05908,05953;KT-KV") + "KT-KV;Phòng Kinh tế khu vực;KT;05908|05953;"
    rules = apply(read(MERGED, agencies=later), RULES)
    assert set(rules.heirs.values()) == {"KT-KV"}
    assert rules.dissolved.keys() == rules.heirs.keys()
    assert route(concern(ROAD), rules).agency.id == "KT-KV"


def test_an_heir_of_another_kind_takes_what_the_dissolved_one_served() -> None:
    rules = apply(read(agencies="id;name;body;heir\nDIENLUC;Điện lực cũ;DIENLUC;SCT"), RULES)
    assert route(concern(POWER), rules).agency.id == "SCT"


def test_the_desk_may_move() -> None:
    rules = apply(read(agencies="id;name;body;heir\nVPUB;Văn phòng cũ;VPUB;SNV"), RULES)
    assert rules.desk == "SNV"
    assert route(concern(None), rules).agency.id == "SNV"


def test_a_topic_is_led_otherwise_in_one_commune() -> None:
    own = read(competences=f"topic;commune;lead;watch\n{ROAD};05953;SXD;VP,KT\n{POWER};;SCT;")
    rules = apply(own, RULES)
    here, there = route(concern(ROAD), rules), route(concern(ROAD, "05908"), rules)
    assert (here.agency.id, [one.id for one in here.watch]) == ("SXD", ["VP-05953", "KT-05953"])
    assert (there.agency.id, [one.id for one in there.watch]) == ("KT-05908", ["SXD"])
    assert rules.lead_of(ROAD, "05953") == here.agency
    power = route(concern(POWER), rules)
    assert (power.agency.id, power.watch) == ("SCT", ())


def test_the_commune_s_row_goes_before_the_province_s() -> None:
    own = read(competences=f"topic;commune;lead\n{ROAD};05953;CAX\n{ROAD};05917;KT-05908\n{ROAD};;SXD")
    rules = apply(own, RULES)
    leads = [route(concern(ROAD, commune), rules).agency.id for commune in ("05953", "05917", "05908")]
    assert leads == ["CAX-05953", "KT-05908", "SXD"]


def test_a_utility_may_leave_communes_to_another() -> None:
    own = read(agencies="id;name;body;communes\nCAPNUOC-BK;Cấp nước miền núi;CAPNUOC;01840-02191")
    rules = apply(own, RULES)
    assert route(concern("nuoc_sach.mat_nuoc", "01840"), rules).agency.id == "CAPNUOC-BK"
    assert route(concern("nuoc_sach.mat_nuoc", "05953"), rules).agency.id == "CAPNUOC"


def test_communes_that_nobody_serves_any_more_are_named() -> None:
    hung_yen = rules_of("hung-yen")
    text = "id;name;body;communes\nCAPNUOC-12429;Nước sạch;CAPNUOC;11953-12406"
    with pytest.raises(DirectoryError, match=r"CAPNUOC of 12424, 12427, and nobody would lead nuoc_sach"):
        apply(parse({"agencies.csv": text.encode()}, hung_yen), hung_yen)


# Accusations.

CHANGED = apply(
    read(
        agencies=MERGING
        + "SXD-KV;Ban Hạ tầng khu vực;SXD;05941;\n"
        + "KT-05941;Phòng Kinh tế xã Điềm Thụy;KT;05941;SXD-KV\n",
        competences="topic;commune;lead;watch\n"
        f"{ROAD};05953;KT-05908;KT-05923,SXD\n{POWER};;CAX;KT,VPUB,SCT\n{WASTE};05941;SXD-KV;SXD-KV",
    ),
    RULES,
)


@given(
    st.sampled_from(sorted(RULES.topics)),
    st.sampled_from(["05908", "05917", "05941", "05953"]),
    st.none() | st.sampled_from(sorted(RULES.called)),
)
def test_an_accusation_never_reaches_the_accused_their_neighbours_nor_their_heirs(
    topic: str, commune: str, accused: str | None
) -> None:
    way = route(concern(topic, commune, restricted=True, accused=accused), CHANGED)
    assert way.watch == ()
    assert way.agency.id not in (CHANGED.desk, *CHANGED.heirs)
    if accused:
        assert way.agency.commune is None
        assert way.agency != CHANGED.agency_for(accused, commune)


def test_who_took_the_accused_over_is_accused_as_well() -> None:
    way = route(concern(WASTE, "05941", restricted=True, accused="KT"), CHANGED)
    assert (way.agency.id, way.reason) == ("TTT", Reason.ACCUSED)


def test_what_an_accusation_s_agency_leaves_goes_to_nobody_who_must_not_have_it() -> None:
    own = read(
        agencies="id;name;body;communes;heir\nSNV;Sở cũ;SNV;;VPUB\nSCT;Sở cũ;SCT;;SXD-KV\nSXD-KV;Ban;SXD;05941;\n"
        "KT-05941;Phòng cũ;KT;05941;SXD-KV\nCAX-05953;Công an cũ;CAX;05953;CAX-05908\n"
    )
    rules = apply(own, RULES)

    def heir(agency: str, accused: str | None, commune: str, *, restricted: bool = True) -> str:
        return heir_of(agency, rules, restricted=restricted, accused=accused, commune=commune).id

    assert heir("SNV", None, "05953", restricted=False) == "VPUB"
    assert heir("SNV", None, "05953") == "TTT"  # VPUB is the desk
    assert heir("SCT", "KT", "05941") == "TTT"  # SXD-KV has taken the accused over
    assert heir("SCT", "KT", "05953") == "SXD-KV"
    assert heir("CAX-05953", None, "05953") == "CAX-05908"
    assert heir("CAX-05953", "VP", "05953") == "TTT"


# Reception.


def test_citizens_are_received_by_the_commune_and_the_province() -> None:
    commune, province = RULES.reception("05953")
    assert "xã Kha Sơn" in commune.place
    assert "Thái Nguyên" in province.place
    assert RULES.reception(None) == (province,)
    assert all(one.hours and one.source and one.verify for one in RULES.receptions.values())


def test_a_province_names_its_own_places() -> None:
    own = read(receptions="commune;place;hours;phone\n;Số 1 đường Thí Dụ;thứ Năm;0208 3000 000\n05953;Nhà B;thứ Ba;")
    rules: Ruleset = apply(own, RULES)
    assert [(one.place, one.verify) for one in rules.reception("05953")] == [
        ("Nhà B", False),
        ("Số 1 đường Thí Dụ", False),
    ]
    assert rules.reception("05908")[0] == RULES.reception("05908")[0]


# What changes.


def test_what_changes_is_told_line_by_line() -> None:
    before = read(
        officers="agency;name;role\nSXD;Nguyễn Văn Thí;lead\nSYT;Trần Thị Dụ;",
        competences=f"topic;commune;lead\n{ROAD};05953;SXD",
    )
    after = replace(
        MERGED,
        officers=(OfficerRow(agency="SYT", name="Trần Thị Dụ", role="lead"),),
        receptions=(ReceptionRow(place="Nhà B", hours="thứ Ba", commune="05953"),),
    )
    lines = compare(in_force(before, RULES), in_force(after, RULES))
    assert lines[:5] == [
        "~ agency KT-05908: heir - -> KT-PB",
        "~ agency KT-05953: heir - -> KT-PB",
        f"+ agency KT-PB: name Phòng Kinh tế liên xã; body KT; communes 05908, 05953; basis {BASIS}",
        f"- competence {ROAD} 05953",
        "- officer SXD Nguyễn Văn Thí",
    ]
    assert lines[5] == "~ officer SYT Trần Thị Dụ: role officer -> lead"
    assert lines[6].startswith("~ reception 05953: place Trụ sở Ủy ban nhân dân xã Kha Sơn -> Nhà B; hours ")
    assert len(lines) == 7
