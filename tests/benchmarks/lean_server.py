"""A Bot API server that does as little as it can, so that the bot is what is measured.

Long polling, files, and an answer to every method; no chats, no limits, no checks. On loopback.
"""

import asyncio
import itertools
import json
import re
import secrets
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]

BOT = {"id": 7_000_000_003, "is_bot": True, "first_name": "Atelier", "username": "lean_bot"}
PICTURE = b"\xff\xd8\xff" + bytes(20_000)  # nobody decodes it
BATCH = 100

_PART = re.compile(rb'name="(\w+)"\r\n(?:[^\r]+\r\n)*\r\n([^\r]*)\r\n--')


@dataclass(frozen=True)
class Call:
    """What the bot has asked for."""

    method: str
    parameters: Mapping[str, str]
    time: float  # by `time.perf_counter`

    @property
    def chat(self) -> int:
        """Which chat it is about; 0 for none, and for what is no chat's id."""
        id_ = self.parameters.get("chat_id", "")
        return int(id_) if re.fullmatch(r"-?\d+", id_) else 0


@dataclass
class LeanServer:
    """Its state."""

    token: str = field(default_factory=lambda: f"{BOT['id']}:{secrets.token_urlsafe(26)}")
    url: str = ""
    on_call: Callable[[Call], None] = lambda call: None
    confirmed: int = 0  # how many updates
    confirmed_up_to: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    pending: deque[Json] = field(default_factory=deque)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _messages: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, **content: Any) -> int:
        """One more update; its id."""
        number = next(self._ids)
        self.pending.append({"update_id": number, **content})
        self._more.set()
        return number

    def message(self, chat: int, user: int | None = None, **content: Any) -> Json:
        """A message as a person would send it."""
        user = user or chat
        private = chat > 0
        about: Json = {"id": chat, "type": "private" if private else "supergroup"}
        about |= {"first_name": "Ann"} if private else {"title": "Ann's friends"}
        sender = {"id": user, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        number, now = next(self._messages), int(time.time())
        return {"message_id": number, "date": now, "chat": about, "from": sender, **content}

    def photo(self, chat: int) -> Json:
        """A message with a photo that nobody has sent before."""
        name = secrets.token_hex(16)
        size = {"file_id": name, "file_unique_id": name[:12], "width": 1280, "height": 960}
        return self.message(chat, photo=[{**size, "file_size": len(PICTURE) + 16}])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, _, headers = head.partition(b"\r\n")
                path = unquote(line.split()[1].decode())
                length = re.search(rb"(?i)content-length: *(\d+)", headers)
                body = await reader.readexactly(int(length[1])) if length else b""
                status, kind, answer = await self._answer(path, body)
                writer.write(
                    b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
                    % (status, kind, len(answer))
                    + answer
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> tuple[bytes, bytes, bytes]:
        """The status, the content's type, and the content."""
        if path.startswith("/file/"):
            return b"200 OK", b"image/jpeg", PICTURE + path[-16:].encode(errors="replace")
        parts = urlsplit(path)
        parameters = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if b"form-data" in body[:200]:
            parameters |= {n.decode(): v.decode() for n, v in _PART.findall(body)}
        else:
            form = parse_qs(body.decode(errors="replace"))
            parameters |= {name: values[-1] for name, values in form.items()}
        call = Call(parts.path.rpartition("/")[2], parameters, time.perf_counter())
        self.calls[call.method] += 1
        result = await self._result(call)
        self.on_call(call)
        if result is None:
            answer = {"ok": False, "error_code": 400, "description": "Bad Request: invalid file_id"}
            return b"400 Bad Request", b"application/json", json.dumps(answer).encode()
        answer = {"ok": True, "result": result}
        return b"200 OK", b"application/json", json.dumps(answer).encode()

    async def _result(self, call: Call) -> Any:
        """What is answered; None for a call that lacks something, as a file's id of no letters."""
        match call.method:
            case "getMe":
                return BOT
            case "getUpdates":
                return await self._updates(call)
            case "getFile":
                if not (name := call.parameters.get("file_id")):
                    return None
                return {"file_id": name, "file_unique_id": name[:12], "file_path": f"photos/{name}"}
            case "sendMessage" | "sendPhoto" | "sendDocument" | "sendAnimation":
                return self._sent(call)
            case method if method.startswith("editMessage"):
                return self._sent(call)
            case _:
                return True

    def _sent(self, call: Call) -> Json:
        found: Json = {"message_id": next(self._messages), "date": int(time.time()), "from": BOT}
        found["chat"] = {"id": call.chat, "type": "private" if call.chat > 0 else "supergroup"}
        if call.method == "sendPhoto":
            name = secrets.token_hex(16)
            size = {"file_id": name, "file_unique_id": name[:12], "width": 512, "height": 384}
            return {**found, "photo": [size]}
        return {**found, "text": "x"}

    async def _updates(self, call: Call) -> list[Json]:
        offset = int(call.parameters.get("offset", 0))
        while self.pending and self.pending[0]["update_id"] < offset:
            self.pending.popleft()
            self.confirmed += 1
        self.confirmed_up_to = max(self.confirmed_up_to, offset - 1)
        if not self.pending:
            self._more.clear()
            try:
                async with asyncio.timeout(float(call.parameters.get("timeout", 0))):
                    await self._more.wait()
            except TimeoutError:
                return []
        return list(itertools.islice(self.pending, BATCH))


@asynccontextmanager
async def running() -> AsyncIterator[LeanServer]:
    """Serve until the block ends."""
    lean = LeanServer()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(lean.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**20)
    lean.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield lean
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
