"""The sandbox's HTTP server, in this process and on this loop, on loopback only."""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
from bot.serving import listen, serving

HOST = "127.0.0.1"
BOT_ID = 7_000_000_001
PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its root (`http://127.0.0.1:8081`) and its bot's token."""

    url: str
    token: str


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[Sandbox]:
    """Serve until the block ends; port 0 takes a free one. Raises `OSError` where it is taken."""
    listening = listen(HOST, port)
    bot = User(BOT_ID, "Atelier", "atelier_sandbox_bot", is_bot=True)
    token = f"{BOT_ID}:{secrets.token_urlsafe(26)}"
    with tempfile.TemporaryDirectory(prefix="atelier-sandbox-") as folder:
        faults = Faults()
        service = Service(World(bot), FileStore(Path(folder)), UpdateQueue(faults), token)
        transcript = Transcript()
        async with Samples() as samples:
            app = _app(service, transcript, samples, faults)
            async with serving(app, listening):
                try:
                    yield Sandbox(f"http://{HOST}:{listening.getsockname()[1]}", token)
                finally:
                    service.world.bell.close()
                    transcript.bell.close()
                    samples.bell.close()
                    await service.updates.close()


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
