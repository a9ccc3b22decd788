"""A line to a server that can be cut: a TCP proxy on loopback, which knows nothing of what passes.

While it is cut, its port refuses connections, and those that were open are reset.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

HOST = "127.0.0.1"
CHUNK = 2**16


class Line:
    """Use with `async with`; `url` takes the server's place."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = parts.hostname, parts.port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The root of the server, by this line."""
        return f"http://{HOST}:{self._port}"

    async def __aenter__(self) -> "Line":
        await self.mend()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Let connections through, by the same port as before."""
        self._server = await asyncio.start_server(self._serve, HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> int:
        """No network, until `mend`. Returns how many connections were open.

        Each of them may have lost one answer.
        """
        if self._server is None:
            return 0
        open_now = len(self._writers) // 2
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None
        return open_now

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(*self._to)
            self._writers.add(there)
            await asyncio.gather(_pass_on(reader, there), _pass_on(answers, writer))
        except OSError:
            pass  # the server is gone
        finally:
            for one in (writer, there):
                if one is not None:
                    self._writers.discard(one)
                    one.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
