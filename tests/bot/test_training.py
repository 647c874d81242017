"""Learning from officers: a new model takes the place of the running one only where it reads better."""

import asyncio
import json
import random
from pathlib import Path
from zlib import crc32

import pytest

from bot import deployment, doctor, training
from bot.settings import Settings
from domain.rulesets import Ruleset
from nlp.corpus import Row, part
from nlp.model import Model
from nlp.places import Gazetteer
from storage import cases, corrections
from storage.corrections import Correction
from storage.database import Database
from tests.conftest import MORNING
from tests.storage.test_corrections import filed

ROAD, LAMP, WATER = "giao_thong.duong_hu_hong", "chieu_sang_cay_xanh.den_duong", "nuoc_sach.mat_nuoc"
#: What the corpus of these tests says, and what nobody but officers can teach: a word of the place.
SAID = {ROAD: "đường ổ gà lầy lội", LAMP: "đèn tối om cột bóng", WATER: "mất nước vòi khô cạn"}
DIALECT = "bóng quả nhót"
KINDS = ("phan_anh", "kien_nghi", "hoi_dap")


def message(topic: str, words: str, author: str, number: int) -> Row:
    """Return a labelled message of somebody."""
    rng = random.Random(f"{author}{number}{words}")
    text = " ".join([*rng.sample(words.split(), 3), f"xóm{rng.randrange(50)}", author])
    return Row(
        text=text,
        topic=topic,
        kind=KINDS[number % 3],
        urgent=number % 5 == 0,
        restricted=number % 7 == 0,
        author=author,
    )


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of three topics; those it is measured with also use the word of the place."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    rows: list[Row] = []
    for author in (f"người{n}" for n in range(30)):
        group = Row(text="", group=f"nho/{author}")
        for number, (topic, words) in enumerate(SAID.items()):
            rows += [message(topic, words, author, number + 3 * n) for n in range(2)]
        if part(group) == "dev":
            rows += [message(LAMP, f"{DIALECT} tịt", author, n) for n in range(3)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "nho.jsonl").write_text(lines, encoding="utf-8")
    monkeypatch.setattr(deployment, "CORPUS", folder)
    monkeypatch.setattr(training, "CORPUS", folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty database and no model yet."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    return Settings(_env_file=None, database_url=url, model_path=tmp_path / "var/model.npz")  # type: ignore[call-arg]


def corrected(topic: str, words: str, count: int, start: int = 1) -> list[Correction]:
    """Return what officers corrected to a topic; of cases that need not exist."""
    return [
        Correction(
            case_id=n, text=message(topic, words, f"hồ{n}", n)["text"], before=None, after=topic, kind="phan_anh",
            urgent=False, agency="KT-05953", at=MORNING, ruleset="1", read_by="linear 1",
        )
        for n in range(start, start + count)
    ]  # fmt: skip


async def register(settings: Settings, rules: Ruleset, found: list[Correction]) -> None:
    """Put corrections into the database, with their cases."""
    database = Database(settings.database_url)
    await database.migrate()
    known = [await filed(database, rules, f"{one.case_id}") for one in found]
    async with database.begin() as transaction:
        for one, case in zip(found, known, strict=True):
            fields = {name: getattr(one, name) for name in ("before", "after", "kind", "urgent", "at", "ruleset")}
            kept = Correction(case_id=case.id, text=one.text, agency=one.agency, read_by=one.read_by, **fields)
            await corrections.put(transaction, kept)
    await database.close()


async def ran(settings: Settings, *, force: bool = False) -> str:
    """Train as the command does, beside the event loop of the test; return what it prints."""
    lines: list[str] = []
    await asyncio.to_thread(training.train, settings, lines.append, lambda _: None, force=force)
    return "\n".join(lines)


def kept_model(settings: Settings, rules: Ruleset) -> Model:
    """Return the model that would run now; it must not be stale."""
    return Model.load(settings.model_path, deployment.stamp_of(rules))


@pytest.mark.usefixtures("corpus")
async def test_what_officers_teach_is_taken_when_it_reads_better(settings: Settings, rules: Ruleset) -> None:
    await register(settings, rules, corrected(LAMP, f"{DIALECT} tịt", 12))
    said = await ran(settings)
    assert "the new model is better" in said
    assert "running" in said
    model = kept_model(settings, rules)
    assert len(model.corrections) == 12
    reader = deployment.reader_with(model, Gazetteer([], rules.province), explain=False)
    assert reader.read(["nhót quả bóng"])[0].topic == LAMP
    assert len(deployment.model_of(settings, rules, print).corrections) == 12, "the next start keeps it"


@pytest.mark.usefixtures("corpus")
async def test_what_makes_it_worse_changes_nothing_unless_forced(settings: Settings, rules: Ruleset) -> None:
    await register(settings, rules, corrected(ROAD, SAID[WATER], 12))
    said = await ran(settings)
    assert "kept the running model: " in said
    model = kept_model(settings, rules)
    assert model.corrections == frozenset()
    assert "took the new model by --force, although" in await ran(settings, force=True)
    assert len(kept_model(settings, rules).corrections) == 12


@pytest.mark.usefixtures("corpus")
async def test_what_it_has_learned_already_changes_nothing(settings: Settings, rules: Ruleset) -> None:
    assert "kept the running model: topic (71): right in first does not rise" in await ran(settings)
    assert kept_model(settings, rules).corrections == frozenset()


async def test_a_model_of_another_corpus_is_no_longer_run(settings: Settings, rules: Ruleset, corpus: Path) -> None:
    await register(settings, rules, corrected(LAMP, f"{DIALECT} tịt", 12))
    await ran(settings)
    with (corpus / "nho.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(message(ROAD, SAID[ROAD], "mới", 1), ensure_ascii=False) + "\n")
    said: list[str] = []
    assert deployment.model_of(settings, rules, said.append).corrections == frozenset()
    assert "from its corpus alone" in said[0]


@pytest.mark.usefixtures("corpus")
async def test_the_doctor_tells_of_corrections_since_and_of_those_erased(settings: Settings, rules: Ruleset) -> None:
    found = corrected(LAMP, f"{DIALECT} tịt", 12)
    await register(settings, rules, found)
    deployment.train_model(settings, rules, lambda _: None)

    async def told() -> str:
        lines: list[str] = []
        await doctor.examine(settings, lines.append)
        return "\n".join(lines)

    assert "12 corrections since the model was trained: run `hoiam train`" in await told()
    await ran(settings)
    assert "has learned from 12 corrections" in await told()
    assert "since" not in (await told()).partition("reader")[2]
    database = Database(settings.database_url)
    async with database.begin() as transaction:
        [first, *_] = await corrections.every(transaction)
        await cases.erase(transaction, first.case_id)  # the citizens of these tests have one case each
    await database.close()
    assert "1 of these were erased or changed since" in await told()


def test_rows_say_where_they_come_from_and_hold_no_masks() -> None:
    one = corrected(LAMP, DIALECT, 1)[0]
    masked = Correction(
        **{name: getattr(one, name) for name in Correction.__slots__}
        | {"text": "gọi [số điện thoại] đèn [tên riêng] hỏng"}
    )
    [row] = training.rows_of([masked], [LAMP])
    assert row == Row(
        text="gọi đèn hỏng", topic=LAMP, kind="phan_anh", urgent=False, group="officers/KT-05953",
        correction=row["correction"],
    )  # fmt: skip
    assert training.rows_of([masked], [ROAD]) == [], "a topic there is no more"
    bare = Correction(**{name: getattr(one, name) for name in Correction.__slots__} | {"text": "[số điện thoại]"})
    assert training.rows_of([bare], [LAMP]) == []


def test_a_fifth_of_many_corrections_is_ever_the_same_and_never_learned_from() -> None:
    rows = training.rows_of(corrected(LAMP, SAID[LAMP], 200), [LAMP])
    assert training.set_aside(rows[:19]) == (rows[:19], [])
    learned, kept = training.set_aside(rows)
    assert 20 <= len(kept) <= 60
    assert sorted(map(str, learned + kept)) == sorted(map(str, rows))
    assert all(crc32(row["text"].encode()) % 5 == 0 for row in kept)
    more = training.set_aside([*rows, *training.rows_of(corrected(ROAD, SAID[ROAD], 50, start=500), [ROAD])])[1]
    assert all(row in more for row in kept)


FIGURES = {"topic_top1": 0.6, "urgent_recall": 0.8, "restricted_recall": 0.7, "field_macro_f1": 0.65}


@pytest.mark.parametrize(
    ("change", "better"),
    [
        ({}, False),
        ({"topic_top1": 0.6001}, True),
        ({"topic_top1": 0.59}, False),
        ({"topic_top1": 0.7, "urgent_recall": 0.795}, True),
        ({"topic_top1": 0.7, "urgent_recall": 0.7949}, False),
        ({"topic_top1": 0.7, "restricted_recall": 0.6}, False),
        ({"topic_top1": 0.7, "field_macro_f1": 0.6}, False),
        ({"topic_top1": 0.7, "kind_macro_f1": 0.1}, True),
    ],
)
def test_better_is_more_topics_right_and_nothing_overlooked(change: dict[str, float], *, better: bool) -> None:
    against = training.objections(FIGURES, FIGURES | change)
    assert (against == []) is better


def test_a_figure_nobody_could_measure_is_no_objection() -> None:
    assert training.objections({"topic_top1": 0.5}, {"topic_top1": 0.6}) == []
    assert training.objections({}, {}) != []
