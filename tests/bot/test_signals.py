"""SIGTERM and SIGINT: a clean end, whenever they come, and when they come twice.

`uv run pytest -m slow tests/bot/test_signals.py` sends them at instants all over a life, from the
first import to the last thread's end.
"""

import asyncio
import os
import random
import re
import signal
import sys
from pathlib import Path

import pytest

from bot.entry import SIGNALS
from bot.sandbox import server
from bot.signals import Stopped, until_signal

ROOT = Path(__file__).parents[2]
READY, SIGNALLED = re.compile(r"in a browser|the bot is ready"), "a signal\n"
SERVICES = {"sandbox": ("sandbox", "--port", "0"), "run": ("run",)}
INSTANTS = 24
STOP_SECONDS = 10.0
PATIENCE = 120.0


@pytest.mark.parametrize("number", SIGNALS)
async def test_the_first_cancels_and_the_next_lets_it_end(number: signal.Signals) -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            os.kill(os.getpid(), number)
            await asyncio.get_running_loop().create_future()
        finally:
            os.kill(os.getpid(), number)
            for _ in range(10):
                await asyncio.sleep(0)
            ended = True

    before = signal.getsignal(number)
    with pytest.raises(Stopped) as stopped:
        await until_signal(work())
    assert ended
    assert stopped.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


async def test_without_one_it_is_the_work_that_counts() -> None:
    async def work() -> int:
        return 7

    async def cancelled() -> None:
        raise asyncio.CancelledError

    assert await until_signal(work()) == 7
    with pytest.raises(asyncio.CancelledError):
        await until_signal(cancelled())


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("call", [50, 50_000])
async def test_before_anything_has_begun_it_is_gone_without_a_word(
    number: signal.Signals, call: int, tmp_path: Path
) -> None:
    code, output, _ = await life(tmp_path, number, [call], *SERVICES["run"])
    assert (code, output) == (0, SIGNALLED)


@pytest.mark.parametrize("number", SIGNALS)
async def test_what_is_no_service_is_interrupted(number: signal.Signals, tmp_path: Path) -> None:
    code, output, _ = await life(tmp_path, number, [100], "check")
    assert code == 130, output
    assert "Traceback" not in output


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("command", SERVICES)
async def test_whenever_it_comes(command: str, sandbox: server.Sandbox, tmp_path: Path) -> None:
    known = {"ATELIER_TOKEN": sandbox.token, "ATELIER_API_URL": sandbox.url}
    _, output, _ = await life(tmp_path, signal.SIGTERM, [], *SERVICES[command], **known)
    whole = re.search(r"after (\d+) calls", output)
    assert whole, output
    chance = random.Random(7)  # noqa: S311 - no secret
    for instant in range(1, INSTANTS + 1):
        first = int(whole[1]) * instant // INSTANTS
        calls = [first, first + int(10 ** chance.uniform(0, 5))]
        number = chance.choice(SIGNALS)
        code, output, seconds = await life(tmp_path, number, calls, *SERVICES[command], **known)
        about = f"{number.name} at {calls} of {whole[1]}:\n{output}"
        print(f"{command}, {number.name} at {calls}: {seconds:.1f} s")  # noqa: T201
        assert code == 0, about
        assert not re.search(r"Traceback|rror|xception", output), about
        assert seconds < STOP_SECONDS, about
        assert set(os.listdir(tmp_path)) <= {"data"}, about  # noqa: PTH208 - no file is opened


async def life(
    folder: Path, number: int, calls: list[int], *command: str, **settings: str
) -> tuple[int, str, float]:
    """Of `atelier` until its own signals, or SIGTERM once it is ready.

    Its exit code, what it has said, and the seconds from the first of them to its end.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.hooked", str(int(number))),
        *(",".join(map(str, calls or [10**9])), *command),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    said, clock = "", asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(PATIENCE):
            while line := (await process.stdout.readline()).decode():
                said += line
                if READY.search(line):
                    process.send_signal(signal.SIGTERM)
                if READY.search(line) or line == SIGNALLED:
                    break
            began = clock()
            rest, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said + rest.decode(), clock() - began
