"""How long a start takes: to the help, and to the first answer by polling and by webhook.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_start.py
Nothing else should compute meanwhile. A first run, with an empty data folder; the worker warms up
behind. The person's message is there before the bot is.
"""

import asyncio
import os
import signal
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot.sandbox.client import SandboxClient
from bot.sandbox.server import running

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

REPEATS = 5
COMMAND = (sys.executable, "-c", "from bot.cli import main; main()")


async def test_starts(tmp_path: Path) -> None:
    console = Console(highlight=False)
    kinds: dict[str, Callable[[Path], Awaitable[float]]] = {
        "atelier --help": help_shown,
        "first answer, by polling": answered,
        "first answer, by webhook": answered_by_webhook,
    }
    for name, once in kinds.items():
        seconds = []
        for number in range(REPEATS):
            folder = tmp_path / f"{name} {number}"
            folder.mkdir()
            seconds.append(await once(folder))
        console.print(
            f"{name:<26}{statistics.median(seconds):5.2f} s, slowest {max(seconds):.2f} s "
            f"of {REPEATS}"
        )
        assert min(seconds) > 0.01


async def help_shown(folder: Path) -> float:
    """Seconds of the whole process."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--help", cwd=folder, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    return time.perf_counter() - began


async def answered_by_webhook(folder: Path) -> float:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return await answered(folder, ATELIER_WEBHOOK_URL=f"http://{address}", ATELIER_LISTEN=address)


async def answered(folder: Path, **settings: str) -> float:
    """Seconds from the process's start until its answer is at Telegram."""
    async with running() as sandbox, SandboxClient(sandbox.url) as person:
        await person.send_text("/start")
        settings |= {"ATELIER_TOKEN": sandbox.token, "ATELIER_API_URL": sandbox.url}
        began = time.time()
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "run",
            cwd=folder,
            env={**os.environ, **settings},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            [call] = await person.wait_for_calls("sendMessage", lambda calls: calls[:1])
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        return float(call["time"]) - began
