"""An unmodified client as the bot; the sandbox and the person are those of all bot tests."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.sandbox import server


@pytest.fixture
async def bot(sandbox: server.Sandbox) -> AsyncIterator[Bot]:
    client = Bot(
        sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
    )
    async with client:
        yield client
