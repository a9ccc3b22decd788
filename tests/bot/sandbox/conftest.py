"""A sandbox of one's own for each test, a person in it, and an unmodified client as the bot."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.sandbox import server
from bot.sandbox.client import SandboxClient


@pytest.fixture
async def sandbox() -> AsyncIterator[server.Sandbox]:
    async with server.running() as running:
        yield running


@pytest.fixture
async def person(sandbox: server.Sandbox) -> AsyncIterator[SandboxClient]:
    async with SandboxClient(sandbox.url) as client:
        yield client


@pytest.fixture
async def bot(sandbox: server.Sandbox) -> AsyncIterator[Bot]:
    client = Bot(
        sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
    )
    async with client:
        yield client
