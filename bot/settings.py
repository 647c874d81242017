"""Settings: from the environment or a file ``.env``, every name prefixed with HOIAM_. ``.env.example`` lists all."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set. The description of each stands in ``.env.example`` as well."""

    model_config = SettingsConfigDict(env_prefix="HOIAM_", env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: Annotated[
        str, Field(description="sqlite+aiosqlite:///file, or postgresql+asyncpg://user:password@host/name")
    ] = "sqlite+aiosqlite:///var/hoiam.db"
    province: Annotated[str, Field(description="whose rules: thai-nguyen or hung-yen")] = "thai-nguyen"
    http_host: Annotated[str, Field(description="address the web chat listens on")] = "127.0.0.1"
    http_port: Annotated[int, Field(description="port the web chat listens on", ge=0, le=65535)] = 8080
    public_url: Annotated[
        str, Field(description="https address people reach us at; with it Telegram delivers by webhook, else we poll")
    ] = ""
    secret_key: Annotated[
        SecretStr, Field(description="signs web chat sessions: `openssl rand -hex 32`; needed by `hoiam serve`")
    ] = SecretStr("")
    telegram_token: Annotated[SecretStr, Field(description="from @BotFather; empty: no Telegram")] = SecretStr("")
    telegram_api_url: Annotated[str, Field(description="root of the Bot API; /bot<token>/method is appended")] = (
        "https://api.telegram.org"
    )
    model_path: Annotated[Path, Field(description="where the trained reader is kept; `hoiam train` makes it anew")] = (
        Path("var/model.npz")
    )
    batch: Annotated[int, Field(description="conversations decided together", ge=1, le=1000)] = 200
    tick_seconds: Annotated[int, Field(description="seconds between two looks for scheduled work", ge=1)] = 20
    log_level: Annotated[str, Field(description="debug, info, warning or error")] = "info"
