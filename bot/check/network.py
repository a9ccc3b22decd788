"""The address where the bot is to be reached. Takes it for an instant, if no bot is at work."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from functools import partial

from bot.check.apart import apart
from bot.check.finding import Finding, fail, ok
from bot.settings import Settings

SECONDS = 15.0  # for a host's name


async def look(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    """Nothing where nothing is served, or a running bot has the address already."""
    address = settings.address()
    if address is None or running:
        return
    try:
        async with asyncio.timeout(SECONDS):
            finding = await apart(partial(_taken, *address))
    except TimeoutError:
        finding = fail("listen", f"{address[0]} is not found: set ATELIER_LISTEN to an address")
    yield finding


def _taken(host: str, port: int) -> Finding:
    what = f"{host}, port {port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        todo = "stop the program that has it, or " if taken else ""
        return fail("listen", f"{what}: {error.strerror}: {todo}set ATELIER_LISTEN to another")
    return ok("listen", what)
