"""`atelier run`: the service until a signal stops it."""

from contextlib import suppress

import structlog

from bot.app import running
from bot.settings import Settings
from bot.signals import Stopped, until_signal

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly. Raises `AtelierError`."""
    with suppress(Stopped):
        await until_signal(_serve(settings))
    log.info("the bot has stopped")


async def _serve(settings: Settings) -> None:
    async with running(settings) as app:
        await app.failed()
