"""`atelier run`, as an operator runs it: a process, signals, a worker that warms up behind."""

import asyncio
import resource
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from tests.bot.chats import said

MOST_MEMORY = 150 * 2**20
ROOT = Path(__file__).parents[2]


class Process:
    """A running `atelier run`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def stopped(self, within: float) -> tuple[int, str]:
        """Its exit code, and all that it logged."""
        async with asyncio.timeout(within):
            _, errors = await self.process.communicate()
        return self.process.returncode or 0, errors.decode()


@pytest.fixture
async def atelier(sandbox: server.Sandbox, tmp_path: Path) -> AsyncIterator[Process]:
    process = await start(tmp_path, sandbox.url, sandbox.token)
    yield Process(process)
    if process.returncode is None:
        process.kill()
        await process.communicate()


async def start(folder: Path, url: str, token: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", "run"),
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ATELIER_TOKEN": token,
            "ATELIER_API_URL": url,
            "ATELIER_LOG_FORMAT": "json",
        },
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_answers_stays_small_and_stops_cleanly_at_a_signal(
    atelier: Process, person: SandboxClient, sandbox: server.Sandbox
) -> None:
    await person.send_text("/start")
    await person.wait_for(said("Hello"), within=60)
    assert resident(atelier.process.pid) <= MOST_MEMORY
    await person.wait_for_calls("setMyCommands")
    commands = {command["command"] for command in await person.commands()}
    assert {"start", "help", "cancel", "settings"} <= commands

    began = time.monotonic()
    atelier.process.send_signal(signal.SIGTERM)
    code, log = await atelier.stopped(within=20)
    assert time.monotonic() - began < 10
    assert code == 0, log
    assert "the bot has stopped" in log
    assert "Traceback" not in log
    assert sandbox.token not in log


async def test_a_token_that_telegram_rejects_is_one_line(
    sandbox: server.Sandbox, tmp_path: Path
) -> None:
    wrong = "1234567:this-is-a-token-of-nobody-at-all"
    code, log = await Process(await start(tmp_path, sandbox.url, wrong)).stopped(within=60)
    assert code == 1
    assert log.splitlines()[-1].startswith("atelier: Telegram rejects the token")
    assert wrong not in log
    assert "Traceback" not in log


def resident(pid: int) -> int:
    """The process's memory, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()
