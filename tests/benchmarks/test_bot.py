"""What a user waits for, and what the bot weighs, while the real engine takes both cores.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_bot.py
Nothing else should compute meanwhile. Times are Telegram's: from the server's transcript.
"""

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.sandbox.client import SandboxClient
from bot.sandbox.server import Sandbox, running
from nst.encode import encode_jpeg
from tests.benchmarks import measure

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

QUESTIONS = 10


@asynccontextmanager
async def bot(sandbox: Sandbox, data: Path) -> AsyncIterator[int]:
    """`atelier run` as a process of its own; its id."""
    settings = {
        "ATELIER_TOKEN": sandbox.token,
        "ATELIER_API_URL": sandbox.url,
        "ATELIER_DATA_DIR": str(data),
    }
    command = (sys.executable, "-c", "from bot.cli import main; main()", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **settings}, cwd=data, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_waiting_and_weight(tmp_path: Path) -> None:
    content, style = (encode_jpeg(picture) for picture in measure.pictures())
    async with (
        running() as sandbox,
        bot(sandbox, tmp_path) as process,
        SandboxClient(sandbox.url) as person,
    ):
        await person.wait_for_calls("getUpdates")
        await warm(process)
        await person.send_photo(content)
        await person.wait_for_calls("sendMessage")
        began = time.time()
        await person.send_photo(style)
        sketched = (await person.wait_for_calls("editMessageMedia", first))["time"]
        answers = [await answer(person) for _ in range(QUESTIONS)]
        result = (await person.wait_for_calls("sendPhoto", first, within=300))["time"]
        weights = {"bot": peak_mb(process), "worker": peak_mb(worker_of(process))}
    Console().print(
        f"\nsketch {sketched - began:.2f} s after the second photo, "
        f"result {result - began:.1f} s\n"
        f"answers to /help while painting: median {1000 * statistics.median(answers):.0f} ms, "
        f"slowest {1000 * max(answers):.0f} ms of {len(answers)}\n"
        f"peak memory: bot {weights['bot']} MB, worker {weights['worker']} MB"
    )
    assert began < sketched < result
    assert all(weight > 10 for weight in weights.values())


async def answer(person: SandboxClient) -> float:
    """Seconds from a command's arrival at Telegram to the answer's.

    Asked at most once in two seconds: the bot itself keeps to Telegram's limits for a chat.
    """
    so_far = len(await person.calls("sendMessage"))
    await asyncio.sleep(2)
    began = time.time()
    await person.send_text("/help")
    answered = await person.wait_for_calls("sendMessage", lambda calls: calls[so_far:])
    return float(answered[0]["time"]) - began


def first(calls: list[Any]) -> Any:
    return calls[0] if calls else None


async def warm(process: int) -> None:
    """Wait until the worker has nothing more to do: its processor time stands still."""
    before = -1.0
    while (now := seconds_of(worker_of(process))) != before or now < 3:
        before = now
        await asyncio.sleep(1)


def worker_of(process: int) -> int:
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return int(children.split()[0])


def seconds_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
