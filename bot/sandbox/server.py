"""The sandbox's HTTP server, in this process and on this loop, on loopback only."""

import asyncio
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.api import BotApi
from bot.sandbox.control import Control
from bot.sandbox.faults import Faults
from bot.sandbox.files import FileStore
from bot.sandbox.guard import Guard
from bot.sandbox.samples import Samples
from bot.sandbox.service import Service
from bot.sandbox.state import User, World
from bot.sandbox.transcript import Transcript
from bot.sandbox.updates import UpdateQueue

HOST = "127.0.0.1"
BOT_ID = 7_000_000_001
PAGE = Path(__file__).parent / "page"
CLOSING_SECONDS = 2
KEEP_SECONDS = 60  # longer than any client: none is hung up on while it begins to ask


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its root (`http://127.0.0.1:8081`) and its bot's token."""

    url: str
    token: str


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to whoever owns the loop, and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[Sandbox]:
    """Serve until the block ends; port 0 takes a free one. Raises `OSError` where it is taken."""
    listening = _listen(port)
    bot = User(BOT_ID, "Atelier", "atelier_sandbox_bot", is_bot=True)
    token = f"{BOT_ID}:{secrets.token_urlsafe(26)}"
    with tempfile.TemporaryDirectory(prefix="atelier-sandbox-") as folder:
        faults = Faults()
        service = Service(World(bot), FileStore(Path(folder)), UpdateQueue(faults), token)
        transcript = Transcript()
        async with Samples() as samples:
            server = _Server(_config(_app(service, transcript, samples, faults)))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                await server.up.wait()
                yield Sandbox(f"http://{HOST}:{listening.getsockname()[1]}", token)
            finally:
                service.world.bell.close()
                transcript.bell.close()
                samples.bell.close()
                await service.updates.close()
                server.should_exit = True
                await serving


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=CLOSING_SECONDS,
        timeout_keep_alive=KEEP_SECONDS,
    )


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


def _app(service: Service, transcript: Transcript, samples: Samples, faults: Faults) -> Starlette:
    guest = service.world.add_user("Guest", "guest", "en")
    api = BotApi(service, transcript, faults)
    control = Control(service, guest, samples, transcript, faults)
    return Starlette(
        routes=[
            Route("/bot{token}/{method}", api.method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", api.file),
            *control.routes(),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ],
        middleware=[Middleware(Guard)],
    )
