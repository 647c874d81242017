"""A directory as files: what Excel and people write, and what they are told when it can't be read."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import AgencyRow, Directory, DirectoryError, OfficerRow, apply
from domain.directory_files import parse, to_csv, to_toml
from tests.domain.test_directory import BASIS, ROAD, RULES, read


def faults(**files: str) -> str:
    """Return what is said of these CSV files, read and laid over the rules."""
    with pytest.raises(DirectoryError) as caught:
        apply(read(**files), RULES)
    return str(caught.value)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_is_read_as_excel_writes_it(mark: str, separator: str, end: str) -> None:
    rows = (
        ("ID", "name", "body", "communes", "hotline", ""),
        ("KT-05953", '"Phòng Kinh tế, xã Kha Sơn"', "kt", "5953", "0208 3867 000", ""),
        ("", "", "", "", "", ""),
        ("capnuoc-pb", "Nước sạch", "CAPNUOC", '"xã Phú Bình, 05917-05941"', "", ""),
    )
    text = mark + end.join(separator.join(row) for row in rows)
    assert read(agencies=text).agencies == (
        AgencyRow(
            id="CAPNUOC-PB", name="Nước sạch", body="CAPNUOC", communes=("05908", "05917", "05923", "05941"),
            basis="Nghị định 117/2007/NĐ-CP",
        ),
        AgencyRow(
            id="KT-05953", name="Phòng Kinh tế, xã Kha Sơn", body="KT", communes=("05953",), hotline="0208 3867 000",
            basis=BASIS,
        ),
    )  # fmt: skip


def test_letters_of_a_mac_are_those_of_windows() -> None:
    [row] = read(agencies="id;name;body;communes\nKT-PB;Pho\u0300ng Kinh te\u0302\u0301;KT;xa\u0303 Kha Sơn").agencies
    assert (row.name, row.communes) == ("Phòng Kinh tế", ("05953",))


def test_a_row_for_several_communes_is_a_row_for_each() -> None:
    rows = read(competences=f"topic;commune;lead;watch\n{ROAD};05908, 05953;SXD;KT, CAX").competences
    assert [(row.commune, row.lead, row.watch) for row in rows] == [
        ("05908", "SXD", ("KT", "CAX")),
        ("05953", "SXD", ("KT", "CAX")),
    ]


def test_toml_says_the_same_as_csv() -> None:
    text = f"""
    [[agencies]]
    id = "KT-PB"
    name = "Phòng Kinh tế liên xã"
    body = "KT"
    communes = ["05908", "xã Kha Sơn"]
    hotline = 19001234
    verify = true
    [[competences]]
    topic = "{ROAD}"
    commune = "05953"
    lead = "KT-PB"
    [[receptions]]
    place = "Nhà A"
    hours = "thứ Ba"
    """
    csv = read(
        agencies="id;name;body;communes;hotline;verify\nKT-PB;Phòng Kinh tế liên xã;KT;05908,05953;19001234;x",
        competences=f"topic;commune;lead\n{ROAD};05953;KT-PB",
        receptions="place;hours\nNhà A;thứ Ba",
    )
    assert parse({"x.toml": text.encode()}, RULES) == csv
    assert csv.agencies[0].verify


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("agencies", "id;name\nKT-05953;x", ["line 2", "column body", "empty"]),
        ("agencies", "id;name;body\n\nKT 5;x;KT", ["line 3", "column id", "KT-05953"]),
        ("agencies", "id;name;body;communes\nA1;x;PKT;05953", ["line 2", "column body", "PKT", "SXD"]),
        ("agencies", "id;name;body;communes\nA1;x;KT;", ["line 2", "column communes", "body of communes"]),
        ("agencies", "id;name;body;communes\nA1;x;KT;xã Nào", ["line 2", "column communes", "xã Nào"]),
        ("agencies", "id;name;body;communes\nA1;x;KT;00001", ["line 2", "column communes", "00001"]),
        ("agencies", "id;name;body;communes\nA1;x;KT;00001-00002", ["line 2", "column communes", "00001-00002"]),
        ("agencies", "id;name;body;hotline\nA1;x;SXD;gọi tổ trưởng", ["line 2", "column hotline", "gọi tổ trưởng"]),
        ("agencies", "id;name;body;verify\nA1;x;SXD;maybe", ["line 2", "column verify", "maybe"]),
        ("agencies", "id;name;body\nA1;x;SXD;more", ["line 2", "column 4", "more cells"]),
        ("agencies", 'id;name;body\nA1;"x;SXD', ["line 2", "quote"]),
        ("agencies", f"id;name;body\nA1;{'x' * 121};SXD", ["line 2", "column name", "120"]),
        ("agencies", "id;name;body;colour\nA1;x;SXD;red", ["line 1", "column colour", "hotline"]),
        ("agencies", "id;name;body;name\nA1;x;SXD;y", ["line 1", "column name", "once"]),
        ("agencies", "name;body\nx;SXD", ["line 1", "id (agencies)"]),
        ("agencies", "", ["line 1", "id (agencies)"]),
        ("agencies", "id;name;body\nSXD;x;SXD\nsxd;y;SXD", ["line 3", "column id", "line 2"]),
        ("agencies", "id;name;body;heir\nSXD;x;SXD;NOBODY", ["line 2", "column heir", "NOBODY"]),
        ("agencies", "id;name;body;heir\nSXD;x;SXD;SXD", ["line 2", "column heir", "circle"]),
        ("agencies", "id;name;body;heir\nSXD;x;SXD;SYT\nSYT;y;SYT;SXD", ["line 2", "line 3", "column heir", "circle"]),
        ("agencies", "id;name;body;communes\nSXD;x;SXD;05953", ["line 2", "column id", "whole province"]),
        ("agencies", "id;name;body\nSXD;x;SYT", ["line 2", "column id", "SXD"]),
        ("agencies", "id;name;body;communes\nKT-05953;x;KT;05908", ["line 2", "column id", "xã Kha Sơn"]),
        ("agencies", "id;name;body;communes\nKT-PB;x;KT;05953", ["line 2", "column communes", "KT-05953", "heir"]),
        ("agencies", "id;name;body\nDIEN-2;x;DIENLUC", ["line 2", "column communes", "DIENLUC of the province"]),
        ("agencies", "id;name;body;heir\nTTT;x;TTT;VPUB", ["agency TTT", "column heir", "accusations"]),
        ("agencies", "id;name;body;communes;heir\nTTT;x;TTT;;KT-05953", ["column heir", "accusations"]),
        ("competences", "topic;lead\ngiao_thong.bay;KT", ["line 2", "column topic", "giao_thong.bay"]),
        ("competences", f"topic;lead\n{ROAD};KTT", ["line 2", "column lead", "KTT"]),
        ("competences", f"topic;lead;watch\n{ROAD};KT;SXD,SXX", ["line 2", "column watch", "SXX"]),
        ("competences", f"topic;lead;commune\n{ROAD};KT;05953\n{ROAD};SXD;xã Kha Sơn", ["line 3", "topic", "line 2"]),
        ("officers", "agency;name\nKT-00000;Nguyễn Văn Thí", ["line 2", "column agency", "KT-00000"]),
        ("officers", "agency;name;role\nSXD;Nguyễn Văn Thí;boss", ["line 2", "column role", "officer, lead"]),
        ("officers", "agency;name;role\nSXD;Nguyễn Văn Thí;head", ["line 2", "column agency", "SXD"]),
        ("receptions", "place;commune\nNhà A;05953", ["line 2", "column hours", "empty"]),
    ],
)  # fmt: skip
def test_every_fault_says_where_it_is_and_what_to_do(kind: str, text: str, said: list[str]) -> None:
    message = faults(**{kind: text})
    for words in said:
        assert words in message


def test_a_file_of_another_encoding_says_how_to_save_it() -> None:
    with pytest.raises(DirectoryError, match=r"agencies\.csv, line 2: .*CSV UTF-8"):
        parse({"agencies.csv": b"id;name;body\nSXD;S\xf5 X\xe2y d\xf1ng;SXD"}, RULES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[agencies]\n", r"d\.toml: .*line 1, column"),
        ("# x\n[agencies]\nid = 'A'\n", r"d\.toml, line 2: agencies is not one of \[\[agencies\]\]"),
        ("\n[[agents]]\nid = 'A'\n", r"d\.toml, line 2: agents"),
        ("[[officers]]\nagency = 'SXD'\nname = 'x'\n\n[[officers]]\nagency = 'SXD'\n", r"d\.toml, line 5, column name"),
        ("agencies = [{id = 'SXD', name = 'x', body = 'SXX'}]\n", r"d\.toml, line 1, column body: .*SXX"),
    ],
)
def test_a_fault_in_toml_says_where_it_is(text: str, said: str) -> None:
    with pytest.raises(DirectoryError, match=said):
        parse({"d.toml": text.encode()}, RULES)


def test_all_faults_are_told_at_once_up_to_twenty() -> None:
    rows = "\n".join(f"A{n};x;SXX" for n in range(25))
    with pytest.raises(DirectoryError) as caught:
        read(agencies=f"id;name;body\n{rows}", officers="agency;name;role\nSXD;x;boss")
    lines = str(caught.value).split("\n")
    assert len(caught.value.faults) == 26
    assert (len(lines), lines[-1]) == (21, "and 6 more")


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)


@given(st.sets(words.map(lambda word: unicodedata.normalize("NFC", word)), max_size=4))
@settings(deadline=None)
def test_any_words_survive_both_kinds_of_files(names: set[str]) -> None:
    own = Directory(officers=tuple(OfficerRow(agency="SXD", name=name) for name in sorted(names)))
    assert parse({"d.toml": to_toml(own).encode()}, RULES) == own
    assert parse({"officers.csv": to_csv(own)["officers.csv"].encode()}, RULES) == own
