"""The service over HTTP, one Starlette app: webhook, `/healthz`, `/readyz` and `/metrics`.

All but the webhook is for the operator: a reverse proxy passes on `bot.addresses.FOLDER` alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics
from bot.addresses import FOLDER
from bot.errors import AtelierError
from bot.health import Health
from bot.serving import listen, serving
from bot.webhook import Webhook

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(
    address: tuple[str, int], health: Health, webhook: Webhook | None
) -> AsyncIterator[None]:
    """Serve until the block ends. Raises `AtelierError` where the address cannot be had."""
    host, port = address
    try:
        listening = listen(host, port)
    except OSError as error:
        raise AtelierError(
            f"ATELIER_LISTEN: {host}, port {port}, cannot be used ({error.strerror}). Choose "
            "another, or stop the program that has it."
        ) from None
    async with serving(app(health, webhook), listening):
        log.info("HTTP is served", host=host, port=port)
        yield


def app(health: Health, webhook: Webhook | None) -> Starlette:
    """The routes. Whatever is not there, or not by this method, is the same 404."""

    async def readyz(request: Request) -> Response:
        problem = await health.problem()
        return PlainTextResponse(problem or "ready", 503 if problem else 200)

    routes = [
        Route("/healthz", _healthz),
        Route("/readyz", readyz),
        Route("/metrics", _metrics),
    ]
    if webhook is not None:
        routes.append(Route(f"{FOLDER}{{rest}}", webhook.call, methods=["POST"]))
    site = Starlette(routes=routes, exception_handlers={404: _nothing, 405: _nothing})
    site.router.redirect_slashes = False
    return site


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("alive")


async def _metrics(request: Request) -> Response:
    body, kind = metrics.exposition()
    return Response(body, headers={"content-type": kind})


async def _nothing(request: Request, error: Exception) -> Response:
    return PlainTextResponse("Not Found", 404)
