"""`atelier sandbox`: server, page and bot until a signal stops them. Touches stdout."""

import asyncio
import errno
import logging
from contextlib import suppress

from rich.console import Console

from bot.errors import AtelierError
from bot.logs import configure
from bot.sandbox import local
from bot.signals import Stopped, until_signal

USUAL_PORT = 8081


def sandbox(port: int | None) -> int:
    """Serve until Ctrl-C and return the exit code.

    Without a port: 8081, or a free one where that is taken. Raises `AtelierError`.
    """
    configure("auto", logging.WARNING)
    try:
        asyncio.run(_until_stopped(USUAL_PORT if port is None else port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        if port is None:
            asyncio.run(_until_stopped(0))
        else:
            raise AtelierError(
                f"Port {port} cannot be used: {error.strerror}. Choose another with --port."
            ) from None
    return 0


async def _until_stopped(port: int) -> None:
    with suppress(Stopped):
        await until_signal(_serve(port))


async def _serve(port: int) -> None:
    console = Console(highlight=False)
    async with local.running(port) as running:
        console.print(f"\nOpen [bold]{running.sandbox.url}[/bold] in a browser.")
        console.print("Everything stays on this computer, and is gone after Ctrl-C.\n")
        try:
            await running.app.failed()
        finally:
            console.print("Stopping…")
