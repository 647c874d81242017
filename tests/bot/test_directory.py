"""``hoiam directory``: check, import, export, invite; and the rules that are then in force."""

import asyncio
import csv
from pathlib import Path

import pytest

from bot.deployment import rules_of
from bot.directory import bring_in, export, rules_in_force
from domain.directory import DirectoryError
from domain.messages import Address, InboundMessage, Text
from storage import directory, inbox, officers
from storage.database import Database
from tests.bot.test_command_line import ROOT, Run, hoiam
from tests.conftest import MORNING
from tests.storage.test_corrections import filed

__all__ = ["hoiam"]

EXAMPLES = ROOT / "examples" / "directory"
CSVS = tuple(str(path) for path in sorted(EXAMPLES.glob("*.csv")))
PROVINCE = "thai-nguyen"
MERGING = (EXAMPLES / "agencies.csv").read_bytes()
COMMANDS = ("check", "import", "export", "invite")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(hoiam: Run, command: str) -> None:
    ran = hoiam("directory", command, "--help")
    assert ran.code == 0
    for line in ran.out.splitlines():
        if line.startswith("│") and "--" in line and "--help" not in line:
            assert len(line.strip("│ ").split()) >= 4, line


def test_the_examples_hold_and_say_the_same_as_csv_and_as_toml(hoiam: Run, tmp_path: Path) -> None:
    of_csv, of_toml = hoiam("directory", "check", *CSVS), hoiam("directory", "check", str(EXAMPLES / "directory.toml"))
    assert (of_csv.code, of_toml.code) == (0, 0)
    assert of_csv.out == of_toml.out
    assert "no contradiction" in of_csv.out
    assert not (tmp_path / "var").exists()
    assert hoiam("directory", "import", *CSVS, "--apply").code == 0
    assert hoiam("directory", "import", str(EXAMPLES / "directory.toml")).out == "nothing changes\n"


def test_a_fault_names_file_line_and_column_and_nothing_is_stored(hoiam: Run, tmp_path: Path) -> None:
    file = tmp_path / "co quan.csv"
    file.write_text("id;name;body\nSXD;Sở Xây dựng;SXX\n", encoding="utf-8")
    for command in (("check",), ("import", "--apply")):
        ran = hoiam("directory", *command, str(file))
        assert (ran.code, ran.out) == (2, "")
        assert f"{file}, line 2, column body: there is no body SXX" in ran.err
        assert "Traceback" not in ran.err
    assert hoiam("directory", "check", str(tmp_path / "none.csv")).code == 2


def test_an_import_is_tried_first_and_then_in_force_everywhere(hoiam: Run) -> None:
    tried = hoiam("directory", "import", *CSVS)
    assert tried.code == 0
    assert "~ agency KT-05953: heir - -> KT-PB" in tried.out
    assert "! 0 open cases of KT-05953 go to KT-PB" in tried.out
    assert "--apply" in tried.out.splitlines()[-1]
    assert "KT-PB" not in hoiam("agencies").out
    applied = hoiam("directory", "import", *CSVS, "--apply", "--by", "ada")
    assert applied.out.splitlines()[:-1] == tried.out.splitlines()[:-1]
    assert applied.out.splitlines()[-1] == "stored as version 1"
    lines = hoiam("agencies").out.splitlines()
    assert [line.split()[0] for line in lines if "KT-PB" in line or "KT-05953" in line] == ["KT-PB"]
    assert "/canbo" in hoiam("invite", "kt-pb").out
    assert hoiam("directory", "import", *CSVS, "--apply").out == "nothing changes\n"


def test_what_is_exported_changes_nothing(hoiam: Run, tmp_path: Path) -> None:
    assert hoiam("directory", "import", *CSVS, "--apply").code == 0
    exported = tmp_path / "exported.toml"
    exported.write_text(hoiam("directory", "export").out, encoding="utf-8")
    assert "KT-PB" in exported.read_text(encoding="utf-8")
    assert hoiam("directory", "import", str(exported)).out == "nothing changes\n"
    own = hoiam("directory", "export", "--own").out
    assert "KT-PB" in own
    assert "KT-05917" not in own
    assert hoiam("directory", "export", "--csv", "out").code == 0
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["agencies.csv", "competences.csv", "officers.csv", "receptions.csv"]
    assert all(file.read_bytes().startswith(b"\xef\xbb\xbf") for file in files)
    assert hoiam("directory", "import", *map(str, files)).out == "nothing changes\n"


def test_everybody_without_a_seat_gets_a_code(hoiam: Run, tmp_path: Path) -> None:
    assert hoiam("directory", "invite").out.splitlines() == ["agency;agency_name;name;role;code;valid_until"]
    imported = hoiam("directory", "import", *CSVS, "--apply")
    rows = list(csv.DictReader(hoiam("directory", "invite").out.splitlines(), delimiter=";"))
    assert [row["name"] for row in rows] == ["Trưởng xóm Thí Dụ", "Nguyễn Văn Thí", "Trần Thị Dụ", "Lê Văn Mẫu"]
    assert [row["role"] for row in rows] == ["head", "officer", "lead", "inspector"]
    assert [row["agency_name"] for row in rows][:2] == ["xã Kha Sơn", "Phòng Kinh tế khu vực Phú Bình"]
    kept = b"".join(file.read_bytes() for file in (tmp_path / "var").iterdir())
    assert not any(row["code"] in imported.out or row["code"].encode() in kept for row in rows)
    asyncio.run(_take_seat(tmp_path, rows[1]["code"]))
    again = list(csv.DictReader(hoiam("directory", "invite").out.splitlines(), delimiter=";"))
    assert [row["name"] for row in again] == ["Trưởng xóm Thí Dụ", "Trần Thị Dụ", "Lê Văn Mẫu"]


async def _take_seat(folder: Path, code: str) -> None:
    database, somebody = Database(f"sqlite+aiosqlite:///{folder}/var/hoiam.db"), Address("web", "somebody")
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(somebody, "1", Text("x"))], MORNING)
        [conversation] = (await inbox.conversation_ids(transaction, [somebody])).values()
        assert await officers.bind(transaction, conversation, code, MORNING)
    await database.close()


# Several processes on one database.


async def bring(database: Database, text: bytes, *, store: bool = True) -> list[str]:
    """Import agencies."""
    return await bring_in(database, PROVINCE, {"agencies.csv": text}, store=store, by="ada", now=MORNING)


async def test_every_process_takes_up_what_one_applied(database: Database) -> None:
    assert await rules_in_force(database, PROVINCE) == rules_of(PROVINCE)
    await bring(database, MERGING)
    rules = await rules_in_force(database, PROVINCE)
    assert rules.heirs == {"KT-05908": "KT-PB", "KT-05953": "KT-PB"}
    async with database.read() as transaction:
        assert await directory.version(transaction) == 1
    assert (await rules_in_force(database, PROVINCE)).version == rules.version


async def test_open_cases_of_a_dissolved_agency_are_announced_once(database: Database) -> None:
    await filed(database, rules_of(PROVINCE), "a")
    told = "! 1 open cases of KT-05953 go to KT-PB (Phòng Kinh tế khu vực Phú Bình)"
    assert told in await bring(database, MERGING, store=False)
    assert told in await bring(database, MERGING)
    assert told not in await bring(database, MERGING + "SXD;Sở Xây dựng;SXD;;0208 3000 000;;;\n".encode())


async def test_an_agency_is_not_forgotten_with_its_cases(database: Database) -> None:
    await bring(database, MERGING)
    with pytest.raises(DirectoryError, match=r"KT-PB .* name its heir"):
        await bring(database, b"id;name;body\n")


async def test_a_directory_that_a_new_release_no_longer_fits_says_so_and_can_be_mended(database: Database) -> None:
    text = '[[competences]]\ntopic = "no.more"\nlead = "KT"\n'
    async with database.begin() as transaction:
        await directory.store(transaction, text, after=0, by="ada", now=MORNING)
    with pytest.raises(DirectoryError, match=r"directory in the database, line 1, column topic: .*no\.more"):
        await rules_in_force(database, PROVINCE)
    assert await export(database, PROVINCE, own=True) == {"directory.toml": text}
    lines = await bring(database, MERGING)
    assert "no.more" in lines[0]
    assert "all of it goes" in lines[1]
    assert (await rules_in_force(database, PROVINCE)).agencies["KT-05953"].id == "KT-PB"
