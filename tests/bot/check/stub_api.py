"""A Bot API server that says what a test wants, its clock's time too."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

ME = {
    "id": 7,
    "is_bot": True,
    "first_name": "Atelier",
    "username": "atelier_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
}
WEBHOOK = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


@dataclass
class StubApi:
    """What it answers. Nothing at all where `silent`."""

    url: str = ""
    drift: float = 0.0  # seconds that its clock is behind ours
    me: dict[str, Any] = field(default_factory=lambda: {**ME})
    webhook: dict[str, Any] = field(default_factory=lambda: {**WEBHOOK})
    silent: bool = False
    calls: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        while line := await reader.readline():
            self.calls.append(line.split()[1].decode().rpartition("/")[2])
            length = 0
            while (header := await reader.readline()).strip():
                name, _, value = header.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            await reader.readexactly(length)
            if self.silent:
                await reader.read()
                break
            result = self.me if self.calls[-1] == "getMe" else self.webhook
            body = json.dumps({"ok": True, "result": result}).encode()
            date = formatdate(time.time() - self.drift, usegmt=True)
            head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[StubApi]:
    """Serve on loopback until the block ends."""
    stub = StubApi()
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stub
    finally:
        server.close()
