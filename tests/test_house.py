"""The house rules that a machine can check."""

import re
import subprocess
import sys
from pathlib import Path

from dotenv import dotenv_values

from bot.deployment import rules_of
from bot.settings import Settings
from domain.messages import Button, Say
from handlers.coordination import commands as coordination
from handlers.officers import COMMANDS
from handlers.texts import Texts, buttons, spoken

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "web", "channels", "documents", "handlers", "storage", "nlp", "domain")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


def test_arrows_point_down() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_env_example_lists_every_setting_with_its_default_and_meaning() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^# (HOIAM_\w+)=(.*)$", text, re.MULTILINE))
    assert set(listed) == {f"HOIAM_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
        assert listed[f"HOIAM_{name.upper()}"] == str(default)
        assert f"# {field.description}\n" in text
    assert dotenv_values(ROOT / ".env.example") == {}, "nothing is set until somebody sets it"


def test_every_text_that_is_used_exists_and_every_text_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    texts = set(spoken())
    used = set(re.findall(r'Say\(\s*"(\w+)"', code))
    assert used <= texts, "a text that is said must exist"
    built = ("talk_", "guidance_", "flaw_", "help_")  # f"talk_{...}"
    said = "\n".join(spoken().values())
    included = set(re.findall(r'include \\?"(\w+)\\?"', said))
    assert included <= texts
    # A report's texts are said by their names without "report_", some built: f"head_{...}", f"signer_{layout}".
    parts = ("row", "head", "section", "missing", "motto", "number", "addressees", "recipients", "signer", "annex")
    of_reports = {key for key in texts if f'"{key.removeprefix("report_")}"' in code}
    of_reports |= {key for key in texts if key.startswith(tuple(f"report_{part}_" for part in parts))}
    spare = [key for key in texts - included - of_reports if f'"{key}"' not in code and not key.startswith(built)]
    assert not spare
    assert {f"help_{command.verb}" for command in (*COMMANDS, *coordination.COMMANDS)} == {
        key for key in texts if key.startswith("help_")
    }
    assert set(re.findall(r'Button\(\s*f?"[^"]*",\s*"(\w+)"', code)) <= set(buttons())


def test_every_text_is_a_template() -> None:
    texts = Texts(rules_of("thai-nguyen"))
    for key in spoken():
        texts.compiled(key)
    for key in buttons():
        texts.compiled(f"button.{key}")


def test_no_vietnamese_outside_the_texts() -> None:
    for path in SOURCES:
        if path.parts[-2] == "nlp" or path.name in ("samples.py", "serving.py"):
            continue  # the reader's business is Vietnamese; the demo speaks of its samples
        for number, line in enumerate(_strings(path), 1):
            assert not VIETNAMESE.search(line), f"{path.name}:{number}: {line}"


def _strings(path: Path) -> list[str]:
    """Return the string literals of a file that are no docstrings."""
    import ast  # noqa: PLC0415

    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value.replace("Hồi Âm", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documents
        and len(node.value) > 1
    ]


def test_buttons_fit_a_telegram_callback(rules: "object") -> None:
    from domain.rulesets import Ruleset  # noqa: PLC0415

    assert isinstance(rules, Ruleset)
    for slug in rules.topics:
        assert len(f"topic:999999:{slug}".encode()) <= 64
    assert Say("x", {}, (Button("y", "z"),)).buttons[0].values == {}
