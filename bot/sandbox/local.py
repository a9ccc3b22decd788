"""The bot, pointed at a sandbox in this process. Used by `atelier sandbox` and `atelier demo`."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.app import App
from bot.app import running as bot_running
from bot.executors.base import Executor
from bot.sandbox import server
from bot.settings import Settings, load_settings


@dataclass(frozen=True)
class Local:
    """A running pair: the server, and the bot on it."""

    sandbox: server.Sandbox
    app: App


@asynccontextmanager
async def running(port: int = 0, executor: Executor | None = None) -> AsyncIterator[Local]:
    """Start both; stop both, and forget everything, when the block ends.

    The settings are the environment's, except those that would lead to Telegram, to data that
    is kept, or to a port of the bot's own. Raises `OSError` where the port is taken, and
    `AtelierError` where the bot cannot start.
    """
    _bypass_proxies()
    async with server.running(port) as sandbox:
        with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
            async with bot_running(_settings(sandbox, Path(folder)), executor) as app:
                yield Local(sandbox, app)


def _settings(sandbox: server.Sandbox, folder: Path) -> Settings:
    return load_settings().model_copy(
        update={
            "token": SecretStr(sandbox.token),
            "api_url": sandbox.url,
            "webhook_url": None,
            "listen": None,
            "data_dir": folder,
            "database_url": None,
        }
    )


def _bypass_proxies() -> None:
    """A proxy for the internet must not get to see what is said on this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        known = os.environ.get(name, "")
        os.environ[name] = f"{known},{server.HOST}" if known else server.HOST
