"""What a deployment reads by: the rules of its province and its reader. Light, so that a command answers at once."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from bot.holidays import public_holidays
from bot.settings import Settings
from domain.errors import OperatorError
from domain.rulesets import Ruleset, load_ruleset
from nlp.communes import all_communes
from nlp.corpus import CORPUS
from nlp.deep import Deep
from nlp.model import Model, StaleModelError, make_stamp
from nlp.places import Gazetteer
from nlp.reader import Reader
from nlp.reading import Commune

#: Holidays are loaded for so many years back and ahead.
_YEARS_BACK, _YEARS_AHEAD = 1, 2

Progress = Callable[[str], None]


class SettingError(OperatorError):
    """A setting is missing or wrong; the message names it and says how to mend it."""


def rules_of(province: str) -> Ruleset:
    """Load the rules of a province with the public holidays around this year."""
    year = datetime.now(UTC).year
    off, work = public_holidays(range(year - _YEARS_BACK, year + _YEARS_AHEAD + 1))
    return load_ruleset(province, off=off, work=work, days_off=version("holidays"))


def topic_names(rules: Ruleset) -> Mapping[str, str]:
    """Return slug to name: what the reader is taught besides its corpus."""
    return {topic.slug: topic.name for topic in rules.topics.values()}


def stamp_of(rules: Ruleset) -> str:
    """Return what a model of this corpus and code carries, whatever officers corrected."""
    return make_stamp(CORPUS.glob("*.jsonl"), topic_names(rules))


def train_model(settings: Settings, rules: Ruleset, progress: Progress) -> Model:
    """Train the reader on its corpus alone and keep the model."""
    from nlp.train import train  # noqa: PLC0415 - takes a second to import, and serving needs none of it

    model = train(CORPUS, topic_names(rules), progress)
    keep_model(settings, rules, model)
    return model


def keep_model(settings: Settings, rules: Ruleset, model: Model) -> None:
    """Put a model in the place of the one that runs."""
    settings.model_path.parent.mkdir(parents=True, exist_ok=True)
    # Another process may be reading the old one: the new one takes its place in one go.
    fresh = settings.model_path.with_name(f"{settings.model_path.name}.{os.getpid()}")
    model.save(fresh, stamp_of(rules))
    fresh.replace(settings.model_path)


def model_of(settings: Settings, rules: Ruleset, progress: Progress) -> Model:
    """Load the model that runs; one that is missing or older than its corpus is trained first, from the corpus."""
    try:
        return Model.load(settings.model_path, stamp_of(rules))
    except (FileNotFoundError, StaleModelError):
        progress("teaching the reader from its corpus alone, once, under a minute; `hoiam train` adds corrections")
        return train_model(settings, rules, progress)


def reader_of(settings: Settings, rules: Ruleset, progress: Progress, *, explain: bool = True) -> Reader:
    """Load the reader; a model that is missing or older than its corpus is trained first."""
    return reader_with(model_of(settings, rules, progress), gazetteer_of(rules), explain=explain)


def reader_with(model: Model, gazetteer: Gazetteer, *, explain: bool) -> Reader:
    """Return the reader that reads with this model, and the deep one where there is one."""
    return Reader(model, gazetteer, Deep.load(), explain=explain)


def gazetteer_of(rules: Ruleset) -> Gazetteer:
    """Return the place names of the whole country; those of the deployment are as its rules have them."""
    home = [Commune(area.code, area.name, area.kind, rules.province) for area in rules.communes.values()]
    elsewhere = [commune for commune in all_communes() if commune.province != rules.province]
    return Gazetteer([*home, *elsewhere], home=rules.province)
