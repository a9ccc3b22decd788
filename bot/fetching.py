"""Photos from Telegram into the data folder. By the gateway."""

from contextlib import aclosing
from dataclasses import replace

import structlog

from bot import metrics
from bot.decision import Facts, Unfetchable
from bot.files import Files
from bot.gateway import Gateway
from bot.gateway_errors import FileDelayed, Refused, TooBig
from bot.gateway_files import MAX_DOWNLOAD
from bot.incoming import Command, Incoming, Photo
from bot.room import Room
from bot.texts import Texts

log = structlog.get_logger(__name__)

MAX_DELAYS = 20  # tries: a quarter of an hour
MAX_KNOWN = 1000


class Fetcher:
    """Raises `Unreachable` where another try is worth it; all else is said in words."""

    def __init__(self, files: Files, gateway: Gateway, room: Room) -> None:
        self._files = files
        self._gateway = gateway
        self._room = room
        self._known: dict[str, str] = {}  # SHA-256 by file_id: of the latest photos
        self._delays: dict[str, int] = {}

    async def own(self, incoming: Incoming, texts: Texts) -> str | Unfetchable | None:
        """The SHA-256 of the photo that an update brings; None where it brings none."""
        what = incoming.what
        photo = what.photo if isinstance(what, Command) else what
        return await self._fetch(photo, texts) if isinstance(photo, Photo) else None

    async def base(self, incoming: Incoming, facts: Facts, texts: Texts) -> Facts:
        """The facts, with the photo that `/style` replies to, unless that is a result."""
        base = incoming.what.base if isinstance(incoming.what, Command) else None
        if base is None or facts.repaints is not None:
            return facts
        return replace(facts, base=await self._fetch(base, texts))

    async def there(self, facts: Facts) -> frozenset[str]:
        """Which of the files that a button's job names are still kept."""
        job = facts.job
        if job is None:
            return frozenset()
        named = {job.content, *job.styles, job.file, job.pair, job.film}
        return frozenset([one for one in named if one and await self._files.has(one)])

    async def _fetch(self, photo: Photo, texts: Texts) -> str | Unfetchable:
        if (photo.size or 0) > MAX_DOWNLOAD:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        if not await self._room.there_is():
            return Unfetchable(texts.house_full())
        try:
            return await self._once(photo.file_id)
        except TooBig:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        except FileDelayed as error:
            # All else in this chat waits behind it: not for ever.
            self._delays[photo.file_id] = self._delays.get(photo.file_id, 0) + 1
            if self._delays[photo.file_id] < MAX_DELAYS:
                raise
            log.warning("a photo is given up", reason=str(error))
            return Unfetchable(texts.file_gone())
        except Refused as error:
            log.info("a photo could not be fetched", reason=str(error))
            return Unfetchable(texts.file_gone())

    async def _once(self, file_id: str) -> str:
        """An update that has to be handled again has its photo already."""
        known = self._known.get(file_id)
        if known is not None and await self._files.has(known):
            return known
        with metrics.phase("fetching"):
            async with aclosing(self._gateway.download(file_id)) as chunks:
                sha256 = await self._files.put_stream(chunks)
        for kept in (self._known, self._delays):
            while len(kept) >= MAX_KNOWN:
                kept.pop(next(iter(kept)))
        self._known[file_id] = sha256
        return sha256
