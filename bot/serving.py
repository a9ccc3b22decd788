"""HTTP on this process's loop, by uvicorn. Leaves signals alone, and logs no request."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

CLOSING_SECONDS = 2
KEEP_SECONDS = 60  # longer than any client: none is hung up on while it begins to ask


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


def listen(host: str, port: int) -> socket.socket:
    """Take a port of an address; 0 is a free one. Raises `OSError` where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[None]:
    """Serve until the block ends; then take no more, and finish what is in hand, within seconds."""
    config = uvicorn.Config(
        _patient(app),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # whatever strangers send, it fills no log
        access_log=False,  # paths are secrets
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        timeout_keep_alive=KEEP_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await server.up.wait()
        yield
    finally:
        server.should_exit = True
        await task


def _patient(app: ASGIApp) -> ASGIApp:
    """To hang up while one asks, as a client does that is stopped, is no error of the server's."""

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await app(scope, receive, send)

    return patient
