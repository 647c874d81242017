"""``hoiam programme``: check, import, export."""

import itertools
from pathlib import Path

import pytest

from bot.programme_files import ProgrammeFileError, parse
from domain.rulesets import Ruleset
from tests.bot.test_command_line import ROOT, Run, hoiam
from tests.conftest import MORNING

__all__ = ["hoiam"]

EXAMPLE = ROOT / "examples" / "programme" / "2026-2030.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def test_the_example_holds_and_imported_twice_changes_nothing(hoiam: Run, tmp_path: Path) -> None:
    checked = hoiam("programme", "check", str(EXAMPLE))
    assert checked.code == 0
    assert checked.out == "no contradiction: 1 programmes, 2 contents, 3 activities\n"
    assert not (tmp_path / "var").exists()
    tried = hoiam("programme", "import", str(EXAMPLE))
    assert tried.out.splitlines()[-1] == "nothing is stored yet: the same with --apply stores it"
    assert hoiam("programme", "import", str(EXAMPLE), "--apply").out.splitlines()[-1] == "stored"
    assert hoiam("programme", "import", str(EXAMPLE), "--apply").out == "nothing changes\n"


def test_what_is_exported_changes_nothing_and_makes_the_same_elsewhere(hoiam: Run, tmp_path: Path) -> None:
    assert hoiam("programme", "import", str(EXAMPLE), "--apply").code == 0
    exported = tmp_path / "exported.toml"
    exported.write_text(hoiam("programme", "export").out, encoding="utf-8")
    assert hoiam("programme", "import", str(exported), "--apply").out == "nothing changes\n"
    elsewhere = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'elsewhere.db'}"}
    assert hoiam("programme", "import", str(exported), "--apply", **elsewhere).out.splitlines()[-1] == "stored"
    assert hoiam("programme", "export", **elsewhere).out == exported.read_text(encoding="utf-8")


def test_what_a_later_file_adds_is_said_and_what_it_leaves_out_stays(hoiam: Run, tmp_path: Path) -> None:
    assert hoiam("programme", "import", str(EXAMPLE), "--apply").code == 0
    later = tmp_path / "later.toml"
    first, _, _ = TEXT.partition("[[programmes.contents]]\nn = 2")
    done = 'done = [{ by = "SGDDT", day = 2026-08-19, words = "lời khác" }]\n'
    first = first.replace('title = "Tọa đàm', 'title = "Buổi tọa đàm') + done
    later.write_text(first, encoding="utf-8")
    out = hoiam("programme", "import", str(later), "--apply").out
    assert "~ phoi-hop-238-2026-2030 content 1 activity 2: 2026-10-15 Buổi tọa đàm" in out
    assert "+ phoi-hop-238-2026-2030: done SGDDT 2026-08-19" in out
    assert "! phoi-hop-238-2026-2030 content 2 is in the database and not in the file: it stays" in out
    other = tmp_path / "other.toml"
    other.write_text(first.replace('"HDND", ', "").replace("HDND = 2025-12-22, ", ""), encoding="utf-8")
    refused = hoiam("programme", "import", str(other), "--apply")
    assert refused.code == 2
    assert "begin a new programme for others" in refused.err


@pytest.mark.parametrize(
    ("of", "instead", "says"),
    [
        ('lead = "SGDDT"', 'lead = "SXD"', "line 11, lead: SXD is not one of BTGDV, HDND"),
        ("day = 2026-08-20", 'day = "20/8/2026"', "line 19, day: '20/8/2026' must be a day without quotes"),
        ('bodies = ["BTGDV", "HDND"', 'bodies = ["XYZ", "HDND"', "line 3, bodies: there is no agency XYZ"),
        ("last = 2030-12-31", "last = 2025-12-31", "line 3, last: 2025-12-31 is not after the first day"),
        ('focal = "BTGDV"', 'fokal = "BTGDV"', "line 11, fokal: is not known; contents have title, year"),
        ("day = 2026-08-18", "day = 2027-08-18", "line 19, done: 2027-08-18 is still to come"),
        ("n = 2\nday", "n = 1\nday", "two of them have the same n"),
        ("[[programmes]]", "[[programs]]", "programs is not known; a file holds [[programmes]]"),
        ('title = "Nắm', "title = Nắm", "this is no TOML"),
        ("SGDDT = 2025-12-24", "SYT = 2025-12-24", "signed: SYT is not one of the bodies that sign"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_what_to_do(of: str, instead: str, says: str, rules: Ruleset) -> None:
    assert of in TEXT
    with pytest.raises(ProgrammeFileError) as raised:
        parse({"one.toml": TEXT.replace(of, instead).encode()}, rules, MORNING)
    assert says in str(raised.value)
    assert "one.toml" in str(raised.value)


def test_every_missing_row_is_a_fault_and_never_a_crash(rules: Ruleset) -> None:
    lines = TEXT.splitlines()
    messages = set()
    for n, cut in itertools.product(range(2, len(lines)), (1, 3)):
        broken = "\n".join(lines[:n] + lines[n + cut :])
        try:
            parse({"one.toml": broken.encode()}, rules, MORNING)
        except ProgrammeFileError as error:
            messages.add(str(error))
    assert len(messages) > len(lines)
    assert all(message.startswith("one.toml") for message in messages)


def test_no_key_stands_twice(rules: Ruleset) -> None:
    with pytest.raises(ProgrammeFileError, match="stands twice"):
        parse({"a.toml": TEXT.encode(), "b.toml": TEXT.encode()}, rules, MORNING)
