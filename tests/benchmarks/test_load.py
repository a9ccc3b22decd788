"""What one bot process takes: updates a second, the time to an answer, and its memory.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_load.py
Nothing else should compute meanwhile. The users and the server are in this process, the bot is
another. ENGINE=nst paints for real instead of burning a core; JOBS=1000 shortens the test of the
memory, which takes some ten minutes.
"""

import asyncio
import os
import signal
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks import lean_server
from tests.benchmarks.lean_server import Call, LeanServer

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]

ENGINE = os.environ.get("ENGINE", "burning")
FULL = 10_000
JOBS = int(os.environ.get("JOBS", FULL))
RATE, SECONDS = 300, 30  # updates a second, and for how long
QUESTIONS = 8  # of them a second want an answer: below Telegram's limit for what a bot sends
PERSONS = 1000
GROUPS = -1_000_000_000_000
MOST_MEMORY = 200  # MB
MOST_GROWTH = 1.0  # kB a job


@pytest.fixture
async def lean() -> AsyncIterator[LeanServer]:
    async with lean_server.running() as server:
        yield server


@asynccontextmanager
async def bot(lean: LeanServer, data: Path, *arguments: str) -> AsyncIterator[int]:
    """A bot that answers; its process's id."""
    settings = {
        "TOKEN": lean.token,
        "API_URL": lean.url,
        "DATA_DIR": str(data),
        "MAX_JOBS": "1000000",
        "LOG_FORMAT": "json",
    }
    environment = {f"ATELIER_{name}": value for name, value in settings.items()}
    command = (sys.executable, "-m", "tests.benchmarks.lean_bot", *arguments)
    with (data.parent / "bot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stderr=log
        )
    try:
        await until(lambda: lean.calls["getUpdates"] > 0, 60)
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def until(condition: Callable[[], bool], seconds: float, step: float = 0.005) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process's files are no event of ours
            await asyncio.sleep(step)


def resident_mb(process: int, field: str = "VmRSS:") -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split(field)[1].split()[0]) / 1024


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored(data: Path, where: str = "1") -> set[int]:
    """The ids of the updates that are committed: read by another process than the bot."""
    connection = sqlite3.connect(f"file:{data / 'atelier.db'}?mode=ro", uri=True)
    try:
        query = f"SELECT update_id FROM updates WHERE {where}"  # noqa: S608 - from here
        return {number for (number,) in connection.execute(query)}
    finally:
        connection.close()


def chatter(lean: LeanServer, number: int) -> int:
    """Somebody says something in a group, to somebody else."""
    group = GROUPS - number % PERSONS
    return lean.push(message=lean.message(group, 1 + number % 5000, text=f"Message {number}"))


class Questions:
    """Persons who ask for help, each in turn, and how long they wait for the answer."""

    def __init__(self, lean: LeanServer) -> None:
        self._lean = lean
        self._asked: dict[int, float] = {}
        self.seconds: list[float] = []
        lean.on_call = self._heard

    def ask(self, number: int) -> None:
        person = 10_000_000 + number
        self._asked[person] = time.perf_counter()
        self._lean.push(message=self._lean.message(person, text="/help"))

    def _heard(self, call: Call) -> None:
        if call.method == "sendMessage" and call.chat in self._asked:
            self.seconds.append(call.time - self._asked.pop(call.chat))

    @property
    def unanswered(self) -> int:
        return len(self._asked)


async def keep_painting(lean: LeanServer, minutes: float) -> None:
    """Have the workers busy: one painting after the other, of several persons."""
    for number in range(int(minutes * 6) + 2):
        for _ in range(2):
            lean.push(message=lean.photo(20_000_000 + number // 2))


async def test_updates_are_taken_and_answered_while_the_workers_paint(
    lean: LeanServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    questions = Questions(lean)
    async with bot(lean, data, ENGINE) as process:
        await keep_painting(lean, SECONDS / 60)
        await until(lambda: lean.calls["editMessageMedia"] > 0, 120)
        lean.calls.clear()
        before, cpu, behind = lean.confirmed_up_to, cpu_seconds(process), [0]
        began = time.perf_counter()
        for number in range(RATE * SECONDS):
            if number % (RATE // QUESTIONS) == 0:
                questions.ask(number)
            else:
                last = chatter(lean, number)
            behind.append(len(lean.pending))
            wait = began + (number + 1) / RATE - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
        sent = time.perf_counter() - began
        await until(lambda: lean.confirmed_up_to >= last and not questions.unanswered, 120)
        taken = time.perf_counter() - began
        cpu = (cpu_seconds(process) - cpu) / taken
        assert lean.calls["editMessageMedia"], "nothing was painted meanwhile"
        await until(
            lambda: not stored(data, f"handled_at IS NULL AND update_id = {last}"), 120, 0.1
        )
        handled = time.perf_counter() - began
        memory = resident_mb(process, "VmHWM:")
        os.kill(process, signal.SIGKILL)
    committed = stored(data)
    assert set(range(before + 1, lean.confirmed_up_to + 1)) <= committed, "acknowledged, and lost"
    cuts = statistics.quantiles(questions.seconds, n=100)
    Console(highlight=False).print(
        f"\n{RATE} updates a second for {SECONDS} s, sent in {sent:.1f} s while a worker paints "
        f"({ENGINE}): all committed and confirmed after {taken:.1f} s, handled after "
        f"{handled:.1f} s; at most {max(behind)} waited at Telegram\n"
        f"from update to reply: p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms, "
        f"slowest {1000 * max(questions.seconds):.0f} ms of {len(questions.seconds)}\n"
        f"the bot: {100 * cpu:.0f} % of a core, {memory:.0f} MB at most"
    )
    assert memory < MOST_MEMORY


async def test_how_many_updates_a_second_at_most(lean: LeanServer, tmp_path: Path) -> None:
    data, count = tmp_path / "data", 10_000
    async with bot(lean, data, "instant") as process:
        cpu, began = cpu_seconds(process), time.perf_counter()
        for number in range(count):
            last = chatter(lean, number)
        await until(lambda: lean.confirmed_up_to >= last, 600)
        taken = time.perf_counter() - began
        await until(lambda: not stored(data, "handled_at IS NULL"), 600, 0.1)
        handled = time.perf_counter() - began
        cpu = cpu_seconds(process) - cpu
        memory = resident_mb(process, "VmHWM:")
    assert len(stored(data)) == count
    Console(highlight=False).print(
        f"\n{count} updates at once: {count / taken:.0f} a second committed and confirmed, "
        f"{count / handled:.0f} a second handled, {1e6 * cpu / count:.0f} µs of the "
        f"processor each; {memory:.0f} MB at most"
    )


async def test_a_thousand_chats_at_once(lean: LeanServer, tmp_path: Path) -> None:
    """Each asks for a painting in the same second; the bot keeps to Telegram's limits."""
    results: Counter[int] = Counter()
    heard: list[float] = []

    def note(call: Call) -> None:
        if call.method == "sendPhoto":
            results[call.chat] += 1
            heard.append(call.time)

    lean.on_call = note
    async with bot(lean, tmp_path / "data", "instant") as process:
        began = time.perf_counter()
        for number in range(PERSONS):
            for _ in range(2):
                lean.push(message=lean.photo(30_000_000 + number))
        await until(lambda: lean.confirmed == 2 * PERSONS, 120)
        taken = time.perf_counter() - began
        await until(lambda: len(results) == PERSONS, 900, 0.1)
        memory = resident_mb(process, "VmHWM:")
    assert set(results.values()) == {1}, "somebody got two"
    waits = sorted(one - began for one in heard)
    Console(highlight=False).print(
        f"\n{PERSONS} chats at once: all {2 * PERSONS} photos taken in {taken:.1f} s, the first "
        f"result after {waits[0]:.1f} s, half of them after {waits[len(waits) // 2]:.0f} s, the "
        f"last after {waits[-1]:.0f} s, {sum(lean.calls.values())} calls; {memory:.0f} MB at most"
    )
    assert memory < MOST_MEMORY


async def test_the_memory_of_thousands_of_jobs(lean: LeanServer, tmp_path: Path) -> None:
    """Ten persons at a time, each of whom asks for the next painting as soon as one has come.

    Of more, unpaced as they are here, most work would be to tell each of them each new place.
    """
    samples: list[tuple[int, float]] = []
    done, asked = 0, 10

    def ask(person: int) -> None:
        for _ in range(2):
            lean.push(message=lean.photo(person))

    def next_one(call: Call) -> None:
        nonlocal done, asked
        if call.method == "sendPhoto":
            done += 1
            if asked < JOBS:
                asked += 1
                ask(40_000_000 + asked % (JOBS // 10))

    lean.on_call = next_one
    async with bot(lean, tmp_path / "data", "instant", "--unpaced") as process:
        cpu, began = cpu_seconds(process), time.perf_counter()
        for number in range(asked):
            ask(40_000_000 + number)
        while done < JOBS:
            so_far = done
            await until(lambda seen=so_far: done >= min(JOBS, seen + JOBS // 40), 300)  # type: ignore[misc]
            samples.append((done, resident_mb(process)))
        seconds, cpu = time.perf_counter() - began, cpu_seconds(process) - cpu
    assert done == JOBS
    settled = samples[len(samples) // 4 :]
    slope, _ = statistics.linear_regression(*zip(*settled, strict=True))
    most = max(memory for _, memory in samples)
    Console(highlight=False).print(
        f"\n{JOBS} jobs in {seconds:.0f} s, {1000 * cpu / JOBS:.1f} ms of the processor each; "
        f"memory {samples[0][1]:.0f} MB after {samples[0][0]}, {samples[-1][1]:.0f} MB at the end, "
        f"{most:.0f} MB at most; {1024 * slope:+.2f} kB a job after the first quarter"
    )
    assert most < MOST_MEMORY
    if JOBS >= FULL:  # before, the caches of a thousand persons are still filling up
        assert 1024 * slope < MOST_GROWTH
