"""The bot as a process of its own, with an executor for measurements.

`python -m tests.benchmarks.lean_bot instant|burning|waiting|ray|nst [--unpaced]`; the settings by
environment. `ray` is `waiting` on a Ray cluster.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import pytest

from bot import app, gateway
from bot.executors.base import Event, Executor, Finished, Request, Snapshot, Started
from bot.executors.process import ProcessExecutor
from bot.logs import configure
from bot.pacing import Pacing
from bot.run import serve
from bot.settings import Settings, load_settings

JPEG = b"\xff\xd8\xff" + bytes(60_000)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200_000)


class Instant:
    """Has every result at once, with one snapshot on the way, and keeps nothing."""

    async def start(self) -> None:
        """Nothing to do."""

    async def run(self, request: Request) -> AsyncGenerator[Event, None]:
        """The contract's events."""
        number = request.job_id.to_bytes(8, "big")
        yield Started()
        yield Snapshot(JPEG, 1, 2, 1.0, bytes(100_000) + number)
        yield Finished(JPEG + number, PNG + number, {"seconds": 0.0, "finished": True})

    async def cancel(self, job_id: int) -> None:
        """Too late."""

    async def finish(self, job_id: int) -> None:
        """Too late."""

    async def close(self) -> None:
        """Nothing to do."""


class Unpaced(Pacing):
    """As if Telegram had no limits, since here it has none."""

    async def turn(self, *_: Any, **__: Any) -> None:
        """It is anybody's."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        *_: Any,
        **__: Any,
    ) -> Any:
        """Call."""
        return await callback(*args, **kwargs)


def on_ray(settings: Settings) -> Executor:
    """The engine that waits, on the cluster of the settings."""
    from bot.executors.ray_executor import RayExecutor

    return RayExecutor(
        settings.ray_address, slots=settings.workers, engine="tests.benchmarks.waiting"
    )


def main() -> None:
    """Serve until SIGTERM."""
    kind, patch = sys.argv[1], pytest.MonkeyPatch()
    if "--unpaced" in sys.argv:
        patch.setattr(gateway, "Pacing", Unpaced)
    executors: dict[str, Callable[[Settings], Executor]] = {
        "instant": lambda settings: Instant(),
        "burning": lambda settings: ProcessExecutor(
            settings.workers, engine="tests.benchmarks.burning"
        ),
        "waiting": lambda settings: ProcessExecutor(
            settings.workers, engine="tests.benchmarks.waiting"
        ),
        "ray": on_ray,
        "nst": lambda settings: ProcessExecutor(settings.workers),
    }
    patch.setattr(app, "_default_executor", executors[kind])
    settings = load_settings()
    configure(settings.log_format)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
