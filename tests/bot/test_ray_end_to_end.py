"""From two photos to a painting, over HTTP, painted on a Ray cluster.

Needs Ray, and takes half a minute: `uv run --extra ray pytest -m ray tests/bot`.
"""

import pytest

from bot.app import running
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import RESULT, said
from tests.bot.executors.clusters import on_this_machine
from tests.bot.sandbox.pictures import decoded, jpeg


@pytest.mark.ray
async def test_two_photos_become_a_painting(settings: Settings, person: SandboxClient) -> None:
    with on_this_machine():
        from bot.executors.ray_executor import RayExecutor

        executor = RayExecutor(engine="tests.bot.executors.decoder")
        async with running(settings, executor):
            await person.send_album([jpeg(320, 240, seed=1), jpeg(240, 320, seed=2)])
            result = await person.wait_for(said(RESULT), within=60)
            assert result
            assert result.photo
            assert decoded(await person.file(result.photo)).size == (320, 240)
