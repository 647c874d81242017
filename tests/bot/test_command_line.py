"""The command line: plain words, one line for what an operator can mend, and no stack trace."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import __main__ as command_line
from bot.settings import Settings
from domain.concerns import ConcernKind, Decision
from domain.rulesets import Ruleset, provinces
from handlers.classifying import classify
from nlp.reader import Reader

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "demo", "serve", "migrate", "train", "evaluate", "classify", "invite", "agencies", "check-rules", "tick", "doctor",
)  # fmt: skip
KEYS = {
    "field", "topic", "topics", "kind", "urgent", "restricted", "register", "place", "lead", "watch", "accused", "pii",
    "confidence", "decision", "why", "versions",
}  # fmt: skip
ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command went."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def hoiam(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder with nothing set but the place of the model; ``given`` is its standard input."""
    for name in [name for name in os.environ if name.startswith("HOIAM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOIAM_MODEL_PATH", str(ROOT / Settings.model_fields["model_path"].default))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, given: bytes = b"", **settings: str) -> Ran:
        for name, value in settings.items():
            monkeypatch.setenv(f"HOIAM_{name}", value)
        monkeypatch.setattr(sys, "argv", ["hoiam", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        capsys.readouterr()
        code: object = 0
        try:
            command_line.main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            structlog.reset_defaults()
        assert isinstance(code, int)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def assert_one_line(ran: Ran, *words: str) -> None:
    """The command failed with one line that has these words."""
    assert ran.code == 2, ran
    assert ran.out == ""
    [line] = ran.err.splitlines()
    assert line.startswith("hoiam: ")
    for word in words:
        assert word in line


# Help.


def test_help_says_what_each_command_does_in_plain_words(hoiam: Run) -> None:
    ran = hoiam("--help")
    assert ran.code == 0
    for command in COMMANDS:
        [line] = [line for line in ran.out.splitlines() if f" {command} " in line]
        assert len(line.split(command, 1)[1].strip(" │").split()) >= 4, line


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_each_of_its_options(hoiam: Run, command: str) -> None:
    ran = hoiam(command, "--help")
    assert ran.code == 0
    for line in ran.out.splitlines():
        if line.startswith("│") and "--" in line and "--help" not in line:
            assert len(line.strip("│ ").split()) >= 4, line
    for jargon in ("Traceback", "TODO", "asyncio", "None"):
        assert jargon not in ran.out


def test_nothing_at_all_shows_the_help(hoiam: Run) -> None:
    ran = hoiam()
    assert "Usage" in ran.out + ran.err


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("invite",), ("evaluate", "missing.jsonl"), ("tick", "--at", "tomorrow"), ("demo", "--port", "x")],
)
def test_a_command_that_is_not_understood_is_explained(hoiam: Run, arguments: tuple[str, ...]) -> None:
    ran = hoiam(*arguments)
    assert ran.code == 2
    assert "Error" in ran.err
    assert "Traceback" not in ran.err


# Settings.


def test_serving_without_a_key_names_the_setting_in_one_line(hoiam: Run) -> None:
    assert_one_line(hoiam("serve"), "HOIAM_SECRET_KEY", "openssl rand -hex 32")


def test_a_real_process_says_so_too() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOIAM_")}
    command = [sys.executable, "-m", "bot", "serve"]
    ran = subprocess.run(
        command,
        env=environment | {"HOIAM_SECRET_KEY": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert_one_line(Ran(ran.returncode, ran.stdout, ran.stderr), "HOIAM_SECRET_KEY")


@pytest.mark.parametrize("command", [("serve",), ("agencies",), ("doctor",), ("classify",), ("invite", "SXD")])
def test_an_unknown_province_names_the_setting_and_the_provinces(hoiam: Run, command: tuple[str, ...]) -> None:
    ran = hoiam(*command, PROVINCE="ha-noi", SECRET_KEY="k")
    assert ran.code == 2
    [line] = [line for line in ran.err.splitlines() if line.startswith("hoiam: ")]
    assert "HOIAM_PROVINCE" in line
    for province in provinces():
        assert province in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "eighty"),
        ("HTTP_PORT", "-1"),
        ("HTTP_PORT", "65536"),
        ("BATCH", "0"),
        ("TICK_SECONDS", "0"),
    ],
)
def test_a_setting_with_a_wrong_value_is_named_in_one_line(hoiam: Run, name: str, value: str) -> None:
    for command in ("serve", "doctor"):
        assert_one_line(hoiam(command, SECRET_KEY="k", **{name: value}), f"HOIAM_{name} is not right")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://bot@host/hoiam",
        "postgresql://bot:hunter2@host/hoiam",
        "postgres://bot:hunter2@host/hoiam",
        "sqlite:///hoiam.db",
        "postgresql+asyncpg://bot:hunter2@host:port/hoiam",
        "postgresql+psycopg2://bot:hunter2@host/hoiam",
    ],
)
def test_a_wrong_database_address_names_the_setting_and_keeps_the_password(hoiam: Run, url: str) -> None:
    for command in (("migrate",), ("invite", "SXD")):
        ran = hoiam(*command, DATABASE_URL=url)
        assert_one_line(ran, "HOIAM_DATABASE_URL")
        assert "hunter2" not in ran.err


def test_a_database_that_cannot_be_reached_is_one_line(hoiam: Run, tmp_path: Path) -> None:
    for url in (
        f"postgresql+asyncpg://bot:hunter2@/hoiam?host={tmp_path}",
        "postgresql+asyncpg://bot:hunter2@127.0.0.1:9/hoiam",
        "sqlite+aiosqlite:////proc/nothing/hoiam.db",
    ):
        for command in (("migrate",), ("invite", "SXD")):
            ran = hoiam(*command, DATABASE_URL=url)
            assert_one_line(ran, "HOIAM_DATABASE_URL")
            assert "hunter2" not in ran.err


# What needs no database.


def test_agencies_are_listed_and_found_by_words(hoiam: Run) -> None:
    lines = hoiam("agencies").out.splitlines()
    assert len(lines) > 500
    assert len({line.split()[0] for line in lines}) == len(lines)
    [road] = hoiam("agencies", "kinh tế", "xã", "kha", "sơn").out.splitlines()
    assert road.split()[0] == "KT-05953"
    assert hoiam("agencies", "nonesuch") == Ran(0, "", "")


def test_checking_the_rules_lists_what_nobody_has_confirmed(hoiam: Run) -> None:
    ran = hoiam("check-rules")
    assert ran.code == 0
    for province in provinces():
        assert any(line.startswith(f"{province}: ") and "no contradiction" in line for line in ran.out.splitlines())
    asked = [line for line in ran.out.splitlines() if "to confirm:" in line]
    assert asked
    assert len(set(asked)) == len(asked)


# Classifying.


def assert_as_designed(line: str) -> None:
    """A line of `hoiam classify` has exactly the keys and kinds of values that were promised."""
    found = json.loads(line)
    assert set(found) == KEYS
    assert set(found["place"]) == {"province", "commune", "code", "candidates"}
    assert set(found["lead"]) == {"body", "agency"}
    assert found["decision"] in set(Decision)
    assert found["kind"] is None or found["kind"] in set(ConcernKind)
    assert isinstance(found["urgent"], bool)
    assert isinstance(found["restricted"], bool)
    assert 0 <= found["confidence"] <= 1
    assert len(found["topics"]) in (0, 3)
    assert all(isinstance(slug, str) and 0 <= probability <= 1 for slug, probability in found["topics"])
    assert all(0 <= start < end and kind for start, end, kind in found["pii"])
    assert all(isinstance(word, str) for word in (*found["why"], *found["watch"]))


@pytest.mark.usefixtures("reader")
def test_classify_prints_one_json_a_line_whatever_the_line(hoiam: Run) -> None:
    odd = [
        ROAD.encode(), b"", b" ", b"\t", b"\xff\xfe\x00\x80", b"\xed\xa0\x80", b"\x00", b"a" * 1_000_000,
        "ổ gà 0912345678 ".encode() * 60_000, "😭".encode() * 1_000, b'{"text": "json"}', b"\r", "\u2028\x85".encode(),
        "TN26-٠٠٠٠-٠١٩".encode(), b"- ", b"--help",
    ]  # fmt: skip
    ran = hoiam("classify", given=b"\n".join(odd))
    assert ran.code == 0
    lines = ran.out.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(odd)
    for line in lines:
        assert_as_designed(line)
    road, empty = json.loads(lines[0]), json.loads(lines[1])
    assert (road["topic"], road["lead"]) == ("giao_thong.duong_hu_hong", {"body": "KT", "agency": "KT-05953"})
    assert (road["place"]["code"], road["field"]) == ("05953", "giao_thong")
    assert (empty["topic"], empty["kind"], empty["register"], empty["topics"]) == (None, None, None, [])


@pytest.mark.usefixtures("reader")
def test_classify_of_nothing_prints_nothing(hoiam: Run) -> None:
    assert hoiam("classify", given=b"").out == ""


@pytest.mark.usefixtures("reader")
def test_classify_forgives_windows_line_ends(hoiam: Run) -> None:
    plain = hoiam("classify", given=f"{ROAD}\n{ROAD}\n".encode()).out
    assert hoiam("classify", given=f"{ROAD}\r\n{ROAD}\r\n".encode()).out == plain


@given(text=st.text(st.characters(exclude_characters="\n"), max_size=80))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_has_the_designed_keys(reader: Reader, rules: Ruleset, text: str) -> None:
    assert_as_designed(json.dumps(classify(text, reader.read([text])[0], rules)))


# What needs a database.


def test_an_invitation_for_an_unknown_agency_names_the_command_that_lists_them(hoiam: Run, tmp_path: Path) -> None:
    assert_one_line(hoiam("invite", "NONESUCH"), "NONESUCH", "hoiam agencies")
    assert not (tmp_path / "var").exists()


def test_an_invitation_is_printed_once_and_kept_as_a_hash_only(hoiam: Run, tmp_path: Path) -> None:
    ran = hoiam("invite", "kt-05953")
    assert ran.code == 0
    assert "Phòng Kinh tế xã Kha Sơn" in ran.out
    code = ran.out.split("/canbo ")[1].split()[0]
    assert len(code) == 10
    assert code.encode() not in (tmp_path / "var/hoiam.db").read_bytes()


@pytest.mark.usefixtures("reader")
def test_a_tick_on_a_fresh_database_finds_nothing_due(hoiam: Run) -> None:
    ran = hoiam("tick", "--at", "2030-01-01", SECRET_KEY="k")
    assert ran.code == 0
    lines = dict(line.split(": ") for line in ran.out.splitlines())
    assert lines.keys() >= {"announce", "update_citizens", "remind_agencies", "nudge", "forget", "sent"}
    assert set(lines.values()) == {"0"}


def test_the_doctor_tells_of_a_fresh_database_what_to_do(hoiam: Run) -> None:
    ran = hoiam("doctor")
    assert "hoiam migrate" in ran.out
    assert "HOIAM_SECRET_KEY" in ran.out
    assert hoiam("migrate").code == 0
    ran = hoiam("doctor", SECRET_KEY="k")
    assert ran.code == 0
    assert "0 conversations wait" in ran.out
    assert "telegram   off" in ran.out
    assert "!" not in ran.out


def test_the_doctor_tells_of_a_database_that_cannot_be_reached(hoiam: Run, tmp_path: Path) -> None:
    ran = hoiam("doctor", SECRET_KEY="k", DATABASE_URL=f"postgresql+asyncpg://bot:hunter2@/hoiam?host={tmp_path}")
    assert "!          the database does not answer" in ran.out
    assert "HOIAM_DATABASE_URL" in ran.out
    assert "hunter2" not in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err
