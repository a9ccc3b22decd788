"""The part of `bot.gateway` about files: https://core.telegram.org/bots/api#getfile."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx
from telegram.ext import ExtBot

from bot import metrics
from bot.gateway_errors import Refused, TooBig, Unreachable, translated
from bot.pacing import Pacing

MAX_DOWNLOAD = 20_000_000  # bytes
CHUNK = 2**20
DOWNLOAD = "download"  # as what the limits know it: it is no method
RETRY_AFTER = 5.0  # seconds, where a 429 names none


class FileServer:
    """Where the bytes are."""

    def __init__(self, bot: ExtBot[Any], pacing: Pacing) -> None:
        self._bot = bot
        self._pacing = pacing
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(30, connect=10, pool=60))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        """A file, in pieces. `Refused` where it is gone, `TooBig` where it is too large."""
        with translated():
            file = await self._bot.get_file(file_id)
            if not file.file_path:
                raise Refused("Telegram does not give the file.")
            await self._pacing.look(DOWNLOAD)
            async with aclosing(self._pieces(file.file_path)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _pieces(self, url: str) -> AsyncGenerator[bytes, None]:
        # Not by the client's own `File.download…`, which hold it in memory as a whole.
        size = 0
        with metrics.api_call(DOWNLOAD) as call:
            async with self._http.stream("GET", url) as answer:
                if answer.is_error:
                    call.answered(answer.status_code)
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    await self._refused(answer)
                answer.raise_for_status()
                async for chunk in answer.aiter_bytes(CHUNK):
                    size += len(chunk)
                    if size > MAX_DOWNLOAD:
                        raise TooBig("The file is too big.")
                    yield chunk
                call.answered(answer.status_code)  # as a whole

    async def _refused(self, answer: httpx.Response) -> None:
        """By the header, as any server's; by the body, as the Bot API's."""
        try:
            await answer.aread()
            named = answer.headers.get("retry-after") or answer.json()["parameters"]["retry_after"]
            seconds = float(named)
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            seconds = RETRY_AFTER
        self._pacing.refused(DOWNLOAD, seconds)
        raise Unreachable("The file server asks to wait.", seconds)
