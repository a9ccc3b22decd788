"""`atelier check`: is everything there that the service needs? Touches what the service touches."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot import lock
from bot.app import WHERE_TOKENS_COME_FROM
from bot.database import opened
from bot.errors import AtelierError
from bot.files import Files
from bot.gateway import Gateway
from bot.gateway_errors import GatewayError, Unauthorised
from bot.intake import REJECTED
from bot.settings import Settings, load_settings

ENOUGH_DISK = 10**9  # bytes: hundreds of jobs
ENGINE_SECONDS = 120.0
TELEGRAM_SECONDS = 15.0


@dataclass(frozen=True)
class Finding:
    """One line of the report: what is there, or what to do."""

    name: str
    ok: bool
    text: str


async def check() -> AsyncIterator[Finding]:
    """Look at everything, in the order in which it is needed."""
    try:
        settings = load_settings()
    except AtelierError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, "every value is allowed")
    yield await _token(settings)
    async for finding in _data(settings):
        yield finding
    yield await _engine()


async def _token(settings: Settings) -> Finding:
    if settings.token is None:
        return Finding("token", False, WHERE_TOKENS_COME_FROM)
    gateway = Gateway(settings.token.get_secret_value(), settings.api_url)
    try:
        async with asyncio.timeout(TELEGRAM_SECONDS):
            username = await gateway.connect()
    except Unauthorised:
        return Finding("token", False, REJECTED)
    except (GatewayError, TimeoutError) as error:
        return Finding("token", False, f"{settings.api_url} gives no answer: {error or 'too slow'}")
    finally:
        await gateway.close()
    return Finding("token", True, f"@{username}")


async def _data(settings: Settings) -> AsyncIterator[Finding]:
    """The folder and what is in it; a bot that runs on it is left alone."""
    folder = str(settings.data_dir.resolve())
    try:
        with lock.held(settings.data_dir):
            Files(settings.data_dir / "files").prepare()
            yield Finding("data folder", True, folder)
            yield await _database(settings)
    except lock.Taken:
        yield Finding("data folder", True, f"{folder}, which a running bot uses")
    except AtelierError as error:
        yield Finding("data folder", False, str(error))
        return
    yield _disk(settings)


async def _database(settings: Settings) -> Finding:
    try:
        async with opened(settings.database()):
            return Finding("database", True, "can be opened, and is up to date")
    except AtelierError as error:
        return Finding("database", False, str(error))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    text = f"{free / 1e9:.1f} GB are free"
    if free < ENOUGH_DISK:
        return Finding("disk", False, f"{text}: make room, or move ATELIER_DATA_DIR")
    return Finding("disk", True, text)


async def _engine() -> Finding:
    """The library's own account of itself, in another process: TensorFlow stays out of this one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from nst.cli import main; main()",
        "info",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ENGINE_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Finding("engine", False, f"`nst info` takes more than {ENGINE_SECONDS:.0f} s")
    if process.returncode != 0:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        return Finding("engine", False, last[0] if last else "`nst info` fails without a word")
    rows = [" ".join(line.split()) for line in output.decode().splitlines()]
    return Finding("engine", True, "; ".join(rows))
