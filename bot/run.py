"""`atelier run`: the service until a signal stops it. Touches the process's signals."""

import asyncio
import signal
from contextlib import suppress

import structlog

from bot.app import running
from bot.settings import Settings

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly. Raises `AtelierError`."""
    task = asyncio.ensure_future(_serve(settings))
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    log.info("the bot has stopped")


async def _serve(settings: Settings) -> None:
    async with running(settings) as app:
        await app.failed()
