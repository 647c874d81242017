"""``hoiam doctor``: is everything in order, and what to do where it is not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot import assembly, deployment, serving, training
from bot.holidays import unconfirmed
from bot.settings import Settings
from channels.telegram import TelegramCallError
from domain.rulesets import Ruleset
from nlp.deep import Deep
from nlp.model import Model, StaleModelError
from storage import corrections, inbox, officers, outbox
from storage.database import Database

#: A message that waits longer than this waits for a worker that is not there.
_LAG = timedelta(minutes=2)

#: Agencies without seats that are named.
_SHOWN = 5
_LAST_MONTH = 12

Print = Callable[[str], None]


async def examine(settings: Settings, print_line: Print, *, retry: bool = False, delete_webhook: bool = False) -> bool:
    """Print a line for each thing looked at. Returns whether all is in order."""
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print_line(line)

    say(f"database   {settings.database_url.partition('://')[0]}")
    rules = deployment.rules_of(settings.province)
    say(f"rules      {rules.province}, version {rules.version}, {len(rules.communes)} communes")
    _days_off(say)
    if Deep.load() is None:
        say("           the deep reader is left out, its file is missing or of another taxonomy: `make reader`")
    if not settings.secret_key.get_secret_value():
        say("!          HOIAM_SECRET_KEY is not set: put the output of `openssl rand -hex 32` into .env")
    if not settings.model_path.exists():
        say("!          the reader is not trained yet: `hoiam train` (or the first `hoiam serve` does it)")
    async with serving.opened(settings) as database:
        try:
            await _register(database, say, retry=retry)
            await _seats(database, say)
            if settings.model_path.exists():
                await _learned(database, settings, rules, say)
        except Exception as error:
            say(f"!          the database does not answer ({type(error).__name__}): is HOIAM_DATABASE_URL right, "
                "and has `hoiam migrate` run?")  # fmt: skip
    await _telegram(settings, say, delete_webhook=delete_webhook)
    return not any(line.startswith("!") for line in lines)


async def _register(database: Database, say: Print, *, retry: bool) -> None:
    now = datetime.now(UTC)
    async with database.begin() as transaction:
        count, since = await inbox.backlog(transaction)
        aside = await inbox.set_aside(transaction)
        waiting = await outbox.unsettled(transaction)
        blocked = await outbox.blocked(transaction)
        again = await inbox.retry_set_aside(transaction, now) if retry else 0
    say(f"inbox      {count} conversations wait")
    if since and now - since > _LAG:
        say(f"!          the oldest since {since:%Y-%m-%d %H:%M} UTC: is `hoiam serve` running?")
    say(f"outbox     {waiting} messages wait to be sent; {blocked} chats cannot be reached")
    for message in aside:
        when = f"{message.at:%Y-%m-%d %H:%M} UTC"
        say(f"!          message {message.id} ({message.channel}) was set aside {when}: {message.error}")
    if aside and not retry:
        say("           mend the cause, then `hoiam doctor --retry` decides them again")
    if retry:
        say(f"           {again} messages will be decided again")


async def _seats(database: Database, say: Print) -> None:
    """Say which agencies have work that nobody sees."""
    async with database.read() as transaction:
        unseen = await officers.without_seats(transaction)
    for agency, count in unseen[:_SHOWN]:
        say(f"!          {agency} has {count} open cases and nobody who sees them: `hoiam invite {agency}`")
    if len(unseen) > _SHOWN:
        say(f"           and {len(unseen) - _SHOWN} more agencies; `hoiam directory invite` makes all codes")


def _days_off(say: Print) -> None:
    """Say whether this year's and the next one's days off are confirmed."""
    now = datetime.now(UTC)
    # The decision on the coming year's days off is made in its last weeks.
    years = unconfirmed([now.year, now.year + 1] if now.month == _LAST_MONTH else [now.year])
    for year in years:
        say(f"!          the days off of {year} are an estimate: put the decision into domain/rules/holidays.toml")


async def _learned(database: Database, settings: Settings, rules: Ruleset, say: Print) -> None:
    """Say how many corrections the reader has learned from, and how many are new or gone."""
    try:
        model = Model.load(settings.model_path, deployment.stamp_of(rules))
    except StaleModelError:
        say("reader     older than its corpus or code: the next start teaches it anew, from the corpus alone")
        return
    async with database.read() as transaction:
        rows = training.rows_of(await corrections.every(transaction), rules.topics)
    new = {row["correction"] for row in training.set_aside(rows)[0]} - model.corrections
    gone = model.corrections - {row["correction"] for row in rows}
    say(f"reader     {model.version}, has learned from {len(model.corrections)} corrections of officers")
    if new:
        say(f"           {len(new)} corrections since the model was trained: run `hoiam train`")
    if gone:
        say(f"           {len(gone)} of these were erased or changed since: `hoiam train --force` forgets them")


async def _telegram(settings: Settings, say: Print, *, delete_webhook: bool) -> None:
    telegram = assembly.telegram_of(settings)
    if telegram is None:
        say("telegram   off (HOIAM_TELEGRAM_TOKEN is empty)")
        return
    try:
        if delete_webhook:
            await telegram.delete_webhook()
            say("telegram   the webhook is removed; `hoiam serve` without HOIAM_PUBLIC_URL polls")
        say(f"telegram   @{await telegram.check()}, {'by webhook' if settings.public_url else 'by polling'}")
    except TelegramCallError as error:
        say(f"!          {error}")
    finally:
        await telegram.close()
