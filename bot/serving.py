"""Running: ``hoiam serve``, and ``hoiam demo`` with its sample cases."""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import structlog
import typer
import uvicorn

from bot import assembly, samples
from bot.settings import Settings
from channels.telegram import TelegramCallError
from domain.errors import OperatorError
from storage import officers
from storage.database import Database

log = structlog.get_logger()

DEMO = Path("var/demo")
#: Two agencies whose work the demo shows: a commune's and the province's desk.
DEMO_AGENCIES = ("KT-05953", "VPUB", "BTGDV")
#: Open streams are cut so many seconds after a stop is asked for.
_GRACE = 3
#: Whether to stop is looked at so often, in seconds.
_LOOK = 0.1


class ServingError(OperatorError):
    """The process cannot run; the message says what to change."""


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database alone."""
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


async def serve(settings: Settings, *, pretty: bool) -> None:
    """Run everything until a signal to stop."""
    assembly.configure_logging(settings.log_level, pretty=pretty)
    async with assembly.assemble(settings, lambda line: log.info("preparing", step=line)) as app:
        await announce_webhook(app)
        await run(app)


async def announce_webhook(app: assembly.App) -> None:
    """Tell Telegram where to deliver, when we are reached from outside."""
    if app.telegram and app.settings.public_url:
        url = f"{app.settings.public_url.rstrip('/')}/telegram/webhook"
        try:
            await app.telegram.check()
            await app.telegram.set_webhook(url, assembly.telegram_secret(app.settings))
        except TelegramCallError as error:
            # The web chat must not wait for Telegram; `hoiam doctor` says the same, and a restart tries again.
            log.error("webhook_not_set", why=str(error))  # noqa: TRY400 - the message says it all


async def run(app: assembly.App) -> None:
    """Serve HTTP and work, until a signal to stop; what is in hand is finished or left for the next start."""
    config = uvicorn.Config(
        app.web.app(),
        host=app.settings.http_host,
        port=app.settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    streams = asyncio.create_task(end_streams(server, app))
    workers = asyncio.create_task(app.workers.run())
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.wait({workers, serving}, return_when=asyncio.FIRST_COMPLETED)
        if workers.done():  # workers outlive failures; if they end, the process must not look alive
            server.should_exit = True
            await serving
            workers.result()
        else:
            serving.result()
    except SystemExit as error:
        where = f"{app.settings.http_host}:{app.settings.http_port}"
        raise ServingError(
            f"cannot listen on {where}; if something else does, set HOIAM_HTTP_PORT (or `hoiam demo --port`)"
        ) from error
    finally:
        for task in (workers, streams):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def end_streams(server: uvicorn.Server, app: assembly.App) -> None:
    """Let open streams end when the server wants to stop: it waits for them."""
    while not server.should_exit:  # noqa: ASYNC110 - uvicorn tells by this flag alone
        await asyncio.sleep(_LOOK)
    app.web.stopping = True


async def demo(port: int, *, fresh: bool) -> None:
    """Run on SQLite with the Thái Nguyên rules, the web chat and sample cases; a second run goes on from the first."""
    assembly.configure_logging("warning", pretty=True)
    if fresh:
        shutil.rmtree(DEMO, ignore_errors=True)
    settings = demo_settings(port)
    async with assembly.assemble(settings, lambda line: typer.echo(f"  · {line}")) as app:
        await samples.prepare(app)
        codes = await demo_codes(app)
        _welcome(app, codes)
        await run(app)
    typer.echo("\n  Stopped. What came in is kept: `make demo` goes on from here.")


def demo_settings(port: int) -> Settings:
    """Return settings that need nothing from outside; what the environment says of databases and tokens is left out."""
    DEMO.mkdir(parents=True, exist_ok=True)
    key = DEMO / "secret"
    if not key.exists():
        key.write_text(secrets.token_hex(32), encoding="ascii")
        key.chmod(0o600)
    return Settings(
        _env_file=None,  # type: ignore[call-arg] # pydantic-settings takes it, its types do not say so
        database_url=f"sqlite+aiosqlite:///{DEMO / 'hoiam.db'}",
        province="thai-nguyen",
        http_host="127.0.0.1",
        http_port=port,
        public_url="",
        secret_key=key.read_text(encoding="ascii"),  # type: ignore[arg-type] # pydantic wraps it
        telegram_token="",  # type: ignore[arg-type] # none
        tick_seconds=3,
    )


async def demo_codes(app: assembly.App) -> dict[str, str]:
    """Return a fresh invitation for each of the demo's agencies."""
    codes = {agency: secrets.token_hex(3).upper() for agency in DEMO_AGENCIES}
    async with app.database.begin() as transaction:
        for agency, code in codes.items():
            await officers.invite(transaction, code, agency, datetime.now(UTC))
    return codes


def _welcome(app: assembly.App, codes: dict[str, str]) -> None:
    url = f"http://{app.settings.http_host}:{app.settings.http_port}"
    typer.echo("\n  Hồi Âm is running with the rules of Thái Nguyên. No token, no network.\n")
    typer.echo(f"  As a citizen   {url}/")
    typer.echo('                 write: "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"')
    typer.echo(f"  As an officer  {url}/can-bo")
    for agency, code in codes.items():
        typer.echo(f"                 /canbo {code}   {app.rules.agencies[agency].name}")
    typer.echo("\n  Ctrl-C stops it.\n")
