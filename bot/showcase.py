"""Shows styles in a chat: uploaded once, and sent by their file ids from then on."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import gallery
from bot.database import Database
from bot.files import Files
from bot.gallery import Style
from bot.gateway import Chat, Gateway
from bot.gateway_errors import Refused

Album = Sequence[tuple[Style, str]]  # styles and captions

log = structlog.get_logger(__name__)


class Showcase:
    """Albums of styles."""

    def __init__(self, database: Database, files: Files, gateway: Gateway) -> None:
        self._database = database
        self._files = files
        self._gateway = gateway

    async def show(self, chat: Chat, album: Album) -> None:
        """Send an album. Raises `Unreachable`; what Telegram or the disk refuses is left out."""
        try:
            if any(style.file_id for style, _ in album):
                try:
                    return await self._send(chat, album)
                except Refused as error:
                    # The ids are those of another bot, or of another server.
                    log.info("the gallery is uploaded again", reason=str(error))
                    album = [(replace(style, file_id=None), caption) for style, caption in album]
            await self._send(chat, album)
        except Refused as error:
            log.warning("the gallery is refused", reason=str(error))

    async def _send(self, chat: Chat, album: Album) -> None:
        pictures: list[tuple[bytes | str, str]] = []
        shown: list[Style] = []
        for style, caption in album:
            try:
                pictures.append((style.file_id or await self._files.get(style.sha256), caption))
                shown.append(style)
            except FileNotFoundError:
                log.warning("a style's picture is gone", style=style.name)
        if not pictures:
            return
        sent = await self._gateway.send_album(chat, pictures)
        new = {
            style.sha256: one
            for style, one in zip(shown, sent, strict=True)
            if style.file_id is None
        }
        await self._database.run(gallery.note_file_ids, new)
