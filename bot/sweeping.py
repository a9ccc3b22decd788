"""Lets go of what is too old or forgotten, little by little, beside all else.

By the database, the files and the clock. A kill at any point leaves rows that name what is there,
and at most files that no row names: the next round deletes those.
"""

import asyncio
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import pictures, retention
from bot.database import Database
from bot.fairness import DAY_SECONDS
from bot.files import Files
from bot.gathering import EXPIRY_SECONDS
from bot.retention import SLICE
from bot.room import Room

log = structlog.get_logger(__name__)

HOUR = 3600.0
LOOK_SECONDS = 60.0  # between two looks at the ceiling
LOOKS = 60  # to a round
PAUSE = 0.02  # seconds between two transactions: others have come to their turn
UNNAMED_SECONDS = HOUR  # how old a file is that no row names, and that is not to be named soon


async def keep(database: Database, files: Files, room: Room, hours: int) -> None:
    """A round at once and every hour, and a look at the ceiling every minute; for ever.

    `hours`: how long what is over is kept; 0 is for ever.
    """
    looks = 0
    while True:
        try:
            if looks % LOOKS == 0:
                await sweep(database, files, hours * HOUR, time.time())
            await room.look()
        except (OSError, SQLAlchemyError) as error:
            log.warning("what is old cannot be let go", reason=str(error))
        looks += 1
        await asyncio.sleep(LOOK_SECONDS)


async def sweep(database: Database, files: Files, seconds: float, now: float) -> None:
    """A round. What is over for `seconds` goes; where that is 0, only what is left over."""
    if seconds:
        await _pictures(database, files, now - seconds)
        # The limits of a day count jobs, and for a day Telegram may send an update again.
        await _rows(database, now - max(seconds, DAY_SECONDS))
        await database.run(retention.forget_talk, now - max(seconds, EXPIRY_SECONDS))
    await _drop(database, files, await database.run(retention.let_go_checkpoints))
    for folder in await files.folders():
        await _drop(database, files, await files.old(folder, now - UNNAMED_SECONDS))
        await asyncio.sleep(PAUSE)


async def _pictures(database: Database, files: Files, before: float) -> None:
    jobs = 0
    while True:
        count, names = await database.run(retention.let_go, before)
        await _drop(database, files, names)
        jobs += count
        if count < SLICE:
            break
        await asyncio.sleep(PAUSE)
    if jobs:
        log.info("pictures are not kept any more", jobs=jobs)


async def _rows(database: Database, before: float) -> None:
    for forget in (retention.forget_jobs, retention.forget_updates):
        count = SLICE
        while count == SLICE:
            count = await database.run(forget, before)
            await asyncio.sleep(PAUSE)


async def _drop(database: Database, files: Files, names: set[str]) -> None:
    if names:
        await files.drop(names, lambda marked: database.run(pictures.unneeded, marked))
