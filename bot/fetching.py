"""Photos from Telegram into the data folder. By the gateway."""

from contextlib import aclosing
from dataclasses import replace

import structlog

from bot.decision import Facts, Unfetchable
from bot.files import Files
from bot.gateway import MAX_DOWNLOAD, Gateway
from bot.gateway_errors import Refused, TooBig
from bot.incoming import Command, Incoming, Photo
from bot.texts import Texts

log = structlog.get_logger(__name__)


class Fetcher:
    """Raises `Unreachable` where another try is worth it; all else is said in words."""

    def __init__(self, files: Files, gateway: Gateway) -> None:
        self._files = files
        self._gateway = gateway

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
        named = {job.content, *job.styles, job.file or ""} - {""} if job else set[str]()
        return frozenset([sha256 for sha256 in named if await self._files.has(sha256)])

    async def _fetch(self, photo: Photo, texts: Texts) -> str | Unfetchable:
        if (photo.size or 0) > MAX_DOWNLOAD:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        try:
            async with aclosing(self._gateway.download(photo.file_id)) as chunks:
                return await self._files.put_stream(chunks)
        except TooBig:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        except Refused as error:
            log.info("a photo could not be fetched", reason=str(error))
            return Unfetchable(texts.file_gone())
