"""The bot of a scene: `python -m tests.faults.subject`.

It is `atelier run`, but for what would make a scene long, or different every time: the engine asks
the test before every step, chats may be written to as fast as one likes, the gallery holds two
pictures, and no menus are published. `SUBJECT_RENDERS=1` renders the whole gallery nevertheless.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from bot.executors.base import Executor
from bot.executors.process import ProcessExecutor
from bot.gallery_renderer import Picture
from bot.gateway_profile import Profile
from bot.logs import configure
from bot.rate_limits import Limit
from bot.run import serve
from bot.settings import Settings, load_settings
from tests.bot.sandbox.pictures import jpeg

ENGINE = "tests.faults.engine"
NO_LIMIT = Limit(1000.0, 1000.0)


def _executor(settings: Settings) -> Executor:
    if settings.executor == "ray":
        from bot.executors.ray_executor import RayExecutor

        return RayExecutor(settings.ray_address, slots=settings.workers, engine=ENGINE)
    return ProcessExecutor(settings.workers, engine=ENGINE)


async def _publish(profile: Profile, owners: Sequence[int]) -> None:
    """Nothing."""


async def _pictures(folder: Path | None) -> AsyncIterator[Picture]:
    for number, name in enumerate(("mosaic", "neon")):
        yield Picture(name, name.capitalize(), jpeg(64, 48, seed=500 + number))


def main() -> None:
    """Serve until a signal."""
    settings = load_settings()
    configure(settings.log_format)
    with ExitStack() as stack:
        instead = {
            "bot.app._default_executor": _executor,
            "bot.app.menu.publish": _publish,
            "bot.status_message.PRIVATE_SECONDS": 0.0,
            "bot.status_message.GROUP_SECONDS": 0.0,
            "bot.pacing.LIMIT_IN_ALL": NO_LIMIT,
            "bot.pacing.CHAT_LIMIT": NO_LIMIT,
            "bot.pacing.GROUP_LIMIT": NO_LIMIT,
        }
        if os.environ.get("SUBJECT_RENDERS") != "1":
            instead["bot.gallery_keeper.pictures"] = _pictures
        for name, value in instead.items():
            stack.enter_context(patch(name, value))
        asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
