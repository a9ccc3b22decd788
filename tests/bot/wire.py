"""A socket in front of a PostgreSQL server's, which breaks where the test says."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from tests.bot.servers import SOCKET

Way = Literal["there", "back"]


class Wire:
    """`cut`: the next commit is lost on its way there, or its answer on the way back."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.cut: Way | None = None
        self.broken = asyncio.Event()

    def through(self, url: str) -> str:
        """The URL of the same database by this way."""
        return re.sub(r"host=[^&]*", f"host={self._folder}", url)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it or it breaks."""
        answers, server = await asyncio.open_unix_connection(str(self._server / SOCKET))
        ways = [
            asyncio.create_task(self._pass(reader, server, "there")),
            asyncio.create_task(self._pass(answers, writer, "back")),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for one in (writer, server):
            one.close()

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: Way
    ) -> None:
        # Both ends name it: the client as its command, the server as what it has done.
        while data := await source.read(65536):
            if self.cut == way and b"COMMIT" in data:
                self.cut = None
                self.broken.set()
                return
            target.write(data)


@asynccontextmanager
async def laid(server: Path) -> AsyncIterator[Wire]:
    """`server`: the folder of its socket."""
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        wire = Wire(server, Path(folder))
        listening = await asyncio.start_unix_server(wire.serve, str(Path(folder) / SOCKET))
        async with listening:
            yield wire
