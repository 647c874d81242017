"""The composition root: the only place that reads settings and builds things."""

import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.deployment import Progress, SettingError, reader_of, rules_of
from bot.directory import Renewal
from bot.settings import Settings
from bot.workers import Workers
from channels.telegram import Telegram, parse_webhook, secret_of, webhook_reply
from channels.webchat import WebChat
from documents import rendering
from domain.messages import InboundMessage
from domain.rulesets import Ruleset
from handlers.deciding import Decider
from handlers.ports import Channel
from handlers.reporting import Reporter
from handlers.sending import Sender
from handlers.texts import Texts
from storage.database import Database
from web.app import Web


@dataclass(frozen=True, slots=True)
class App:
    """Everything a running process is made of."""

    settings: Settings
    database: Database
    rules: Ruleset
    web: Web
    workers: Workers
    telegram: Telegram | None


@asynccontextmanager
async def assemble(settings: Settings, progress: Progress = lambda _: None) -> AsyncIterator[App]:
    """Build a process, its database migrated. Raises SettingError when a setting is missing."""
    secret = settings.secret_key.get_secret_value()
    if not secret:
        raise SettingError("HOIAM_SECRET_KEY is not set: put the output of `openssl rand -hex 32` into .env")
    reader = reader_of(settings, rules_of(settings.province), progress, explain=False)
    database = Database(settings.database_url)
    telegram = telegram_of(settings)
    try:
        await database.migrate()
        renew = Renewal(database, settings.province)
        rules = await renew() or rules_of(settings.province)
        webchat = WebChat(database, secret)
        channels: dict[str, Channel] = {webchat.name: webchat}
        if telegram:
            channels[telegram.name] = telegram
        workers = Workers(
            database=database,
            rules=rules,
            decider=Decider(database, reader, rules, batch=settings.batch),
            sender=Sender(database, rules, Texts(rules), channels),
            reporter=Reporter(database, rules, Texts(rules), rendering),
            # By webhook when people can reach us, else by polling.
            telegram=telegram if not settings.public_url else None,
            # The same after a restart, so that a process that was killed takes its polling up at once.
            # The end of the name tells pods apart; the register has room for so much.
            process=f"{socket.gethostname()}:{settings.http_port}"[-64:],
            tick_seconds=settings.tick_seconds,
            renew=renew,
        )
        web = Web(
            database=database,
            webchat=webchat,
            wake=workers.wake,
            parse_telegram=_webhook_parser(telegram) if telegram and settings.public_url else None,
            reply_telegram=webhook_reply,
            telegram_secret=telegram_secret(settings),
            ready=workers.ready,
        )
        yield App(settings, database, rules, web, workers, telegram)
    finally:
        if telegram:
            await telegram.close()
        await database.close()


def _webhook_parser(telegram: Telegram) -> Callable[[bytes], InboundMessage | None]:
    return lambda body: parse_webhook(body, telegram.username)


def telegram_of(settings: Settings) -> Telegram | None:
    """Return the Telegram channel, None without a token."""
    token = settings.telegram_token.get_secret_value()
    return Telegram(token, settings.telegram_api_url) if token else None


def telegram_secret(settings: Settings) -> str:
    """Return what Telegram must show with every update it delivers."""
    return secret_of(settings.telegram_token.get_secret_value(), settings.secret_key.get_secret_value())


def configure_logging(level: str, *, pretty: bool) -> None:
    """Log events with ids, one line each; JSON for machines, columns for people."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold URLs, and those the bot's token
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the edge logs its own faults, without their words
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a tick says itself when it fails
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if not pretty else "%H:%M:%S", utc=not pretty),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info if not pretty else _no_change,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if pretty
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        cache_logger_on_first_use=False,
    )


def _no_change(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
