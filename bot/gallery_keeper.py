"""Keeps the gallery's pictures in the data folder, and the table of them, up to date.

They are rendered when the code that renders them, or an operator's folder, has changed.
"""

import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import cache, gallery
from bot.database import Database
from bot.disk import insist
from bot.files import Files
from bot.gallery import Style
from bot.gallery_renderer import pictures

log = structlog.get_logger(__name__)


async def keep(database: Database, files: Files, folder: Path | None) -> None:
    """Render what is missing or out of date. Never fails: without a gallery people send their own.

    Each style is offered as soon as it is rendered.
    """
    try:
        made_from = _fingerprint(folder)
        known = await database.run(gallery.offered)
        if known and await _whole(known, made_from, files):
            return
        names: list[str] = []
        async with aclosing(pictures(folder)) as rendered:
            async for picture in rendered:
                sha256 = await insist(partial(files.put, picture.jpeg))
                style = Style(picture.name, picture.title[:64], sha256)
                await database.run(gallery.put, style, len(names))
                names.append(picture.name)
        await database.run(gallery.complete, names, made_from)
        log.info("the gallery is ready", styles=len(names))
    except (OSError, SQLAlchemyError, ValueError) as error:
        log.warning("the gallery cannot be kept", reason=str(error))


async def _whole(known: Sequence[Style], made_from: str, files: Files) -> bool:
    for style in known:
        if style.made_from != made_from or not await files.has(style.sha256):
            return False
    return True


def _fingerprint(folder: Path | None) -> str:
    """What the pictures depend on: the code, and the folder as it is."""
    digest = hashlib.sha256(cache.recipe().encode())
    for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
        about = path.stat()
        digest.update(f"\n{path.name}\0{about.st_size}\0{about.st_mtime_ns}".encode())
    return digest.hexdigest()
