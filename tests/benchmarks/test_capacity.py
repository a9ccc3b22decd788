"""Throughput against workers, with both executors; what a painting costs the bot besides.

Run with: uv run --extra ray pytest -n 0 -m benchmark -s tests/benchmarks/test_capacity.py
Nothing else should compute meanwhile. It takes a quarter of an hour, and 12 GB of memory: the
workers are real processes, with an engine that waits for WAIT seconds (4) and paints nothing.
MOST=16 stops at as many workers. Ray's part skips where Ray is not installed.

All figures go into `capacity.json` in the folder of the benchmarks (BENCHMARK_FOLDER). Those of
docs/capacity.md are in `tests/benchmarks/capacity.json`: copy it there, and have `capacity_page.py`
write them into the page.
"""

import json
import os
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.benchmarks import lean_server, processes, waiting
from tests.benchmarks.lean_server import Call, LeanServer
from tests.benchmarks.measure import FOLDER
from tests.benchmarks.test_load import bot, until
from tests.bot.executors.clusters import cluster_of_nodes

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]

WAIT = float(os.environ.get("WAIT", "4"))
MOST = int(os.environ.get("MOST", "64"))
COUNTS = [count for count in (1, 2, 4, 8, 16, 32, 64) if count <= MOST]
ROUNDS = 4  # paintings a worker, while it is measured
ALONE = 8  # paintings, one after the other
INSTANT = 400  # paintings
SLOTS = 8
AT_ONCE = 300
PERSONS = 60_000_000

say = Console(highlight=False, width=110).print


@dataclass(frozen=True)
class Point:
    """So many workers, kept busy."""

    workers: int
    a_second: float  # paintings
    bot_ms: float  # of the processor, a painting
    beside_ms: float  # likewise, of workers, Ray, and the server beside them
    memory_mb: float  # of workers and Ray together


class Crowd:
    """So many persons at a time wait for a painting; when one has it, another asks."""

    def __init__(self, lean: LeanServer, at_once: int, in_all: float = float("inf")) -> None:
        self._lean = lean
        self._asked = 0
        self._in_all = in_all
        self.times: list[float] = []  # of the results
        lean.on_call = self._heard
        for _ in range(at_once):
            self._ask()

    async def until(self, done: int, seconds: float = 600) -> None:
        """Wait for so many results."""
        await until(lambda: len(self.times) >= done, seconds, 0.02)

    def _ask(self) -> None:
        self._asked += 1
        for _ in range(2):
            self._lean.push(message=self._lean.photo(PERSONS + self._asked))

    def _heard(self, call: Call) -> None:
        if call.method == "sendPhoto":
            self.times.append(call.time)
            if self._asked < self._in_all:
                self._ask()


@pytest.fixture
async def lean() -> AsyncIterator[LeanServer]:
    async with lean_server.running() as server:
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(waiting.SECONDS, str(WAIT))
    monkeypatch.setenv("ATELIER_TIMELAPSE", "false")  # what makes films costs as much as the rest


@contextmanager
def nodes(executor: str, patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Where Ray is to paint: a cluster, that has no node for paintings yet."""
    if executor == "waiting":
        yield None
        return
    with cluster_of_nodes() as cluster:
        patch.setenv("ATELIER_RAY_ADDRESS", cluster.address)
        yield cluster


@pytest.mark.parametrize("executor", ["waiting", "ray"])
async def test_throughput_against_workers(
    lean: LeanServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    points, before = [], 0
    with nodes(executor, monkeypatch) as cluster:
        for workers in COUNTS:
            if cluster:
                cluster.add_node(num_cpus=workers - before)
            before = workers
            monkeypatch.setenv("ATELIER_WORKERS", str(workers))
            points.append(await busy(lean, tmp_path / str(workers) / "data", executor, workers))
            say(shown(executor, points[-1]))
    note(executor, [asdict(point) for point in points])
    assert points[-1].a_second > points[0].a_second, "more workers paint no more"


async def busy(lean: LeanServer, data: Path, executor: str, workers: int) -> Point:
    data.parent.mkdir()
    async with bot(lean, data, executor, "--unpaced") as process:
        crowd = Crowd(lean, 2 * workers)
        await until(lambda: launched() >= workers, 600, 0.2)
        first = len(crowd.times) + 2 * workers
        await crowd.until(first)
        cpu, everything = processes.cpu_seconds([process]), processes.cpu_seconds(ours())
        last = first + max(ROUNDS * workers, ROUNDS + 2)
        began = len(crowd.times)
        await crowd.until(last)
        jobs = len(crowd.times) - began
        cpu = processes.cpu_seconds([process]) - cpu
        everything = processes.cpu_seconds(ours()) - everything
        memory = processes.memory_mb(set(ours()) - {process, os.getpid()})
        lean.on_call = lambda call: None
    seconds = crowd.times[last - 1] - crowd.times[first - 1]
    return Point(
        workers,
        round((last - first) / seconds, 3),
        round(1000 * cpu / jobs, 1),
        round(1000 * (everything - cpu) / jobs, 1),
        round(memory),
    )


def shown(executor: str, point: Point) -> str:
    ideal = point.workers / WAIT
    return (
        f"{executor:8} {point.workers:3} workers: {point.a_second:6.2f} a second, "
        f"{100 * point.a_second / ideal:3.0f} % of {ideal:5.2f}; processor a painting: bot "
        f"{point.bot_ms:3.0f} ms, else {point.beside_ms:3.0f} ms; {point.memory_mb:5.0f} MB"
    )


@pytest.mark.parametrize("executor", ["waiting", "ray"])
async def test_what_passes_between_the_stages_of_one_painting(
    lean: LeanServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    """Nobody else is there: from taken on to handed out, to a worker and back, to the chat."""
    data = tmp_path / "data"
    with nodes(executor, monkeypatch) as cluster:
        if cluster:
            cluster.add_node(num_cpus=1)
        async with bot(lean, data, executor, "--unpaced"):
            crowd = Crowd(lean, 1, in_all=ALONE)
            await crowd.until(ALONE)
            shift = time.time() - time.perf_counter()
    stages = [
        (1000 * (started - created), 1000 * (finished - started - WAIT), 1000 * (sent - finished))
        for (created, started, finished), sent in zip(
            moments(data), (at + shift for at in crowd.times), strict=True
        )
    ][1:]  # the first has waited for the worker
    found = dict(
        zip(
            ("handed_out_ms", "way_ms", "delivered_ms"),
            (round(statistics.median(one), 1) for one in zip(*stages, strict=True)),
            strict=True,
        )
    )
    note(f"{executor}_alone", found)
    say(f"{executor:8} alone: {found}")


def moments(data: Path) -> list[tuple[float, float, float]]:
    connection = sqlite3.connect(f"file:{data / 'atelier.db'}?mode=ro", uri=True)
    try:
        return connection.execute(
            "SELECT created_at, started_at, finished_at FROM jobs ORDER BY id"
        ).fetchall()
    finally:
        connection.close()


async def test_where_a_bot_is_saturated(
    lean: LeanServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every result is there at once, and Telegram has no limits: all that is left is the bot."""
    monkeypatch.setenv("ATELIER_WORKERS", str(SLOTS))
    async with bot(lean, tmp_path / "data", "instant", "--unpaced") as process:
        crowd = Crowd(lean, 2 * SLOTS)
        await crowd.until(INSTANT // 4)
        cpu, first = processes.cpu_seconds([process]), len(crowd.times)
        await crowd.until(first + INSTANT)
        last = len(crowd.times)
        cpu = processes.cpu_seconds([process]) - cpu
        lean.on_call = lambda call: None
    a_second = (last - first) / (crowd.times[last - 1] - crowd.times[first - 1])
    bot_ms = 1000 * cpu / (last - first)
    note("saturated", {"a_second": round(a_second, 1), "bot_ms": round(bot_ms, 1)})
    say(f"without limits: {a_second:.1f} paintings a second, {bot_ms:.1f} ms of the bot each")


async def test_what_telegrams_limits_let_through(
    lean: LeanServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every result is there at once; the bot keeps to its limits, and a long queue waits."""
    monkeypatch.setenv("ATELIER_WORKERS", str(SLOTS))
    async with bot(lean, tmp_path / "data", "instant") as process:
        lean.calls = Counter()
        cpu = processes.cpu_seconds([process])
        crowd = Crowd(lean, AT_ONCE, in_all=AT_ONCE)
        await crowd.until(AT_ONCE)
        bot_ms = 1000 * (processes.cpu_seconds([process]) - cpu) / AT_ONCE
        calls = {
            method: round(number / AT_ONCE, 2)
            for method, number in lean.calls.items()
            if method.startswith(("send", "edit", "delete", "set"))
        }
    fifth = AT_ONCE // 5
    a_second = (AT_ONCE - 2 * fifth) / (crowd.times[-fifth - 1] - crowd.times[fifth - 1])
    found = {"a_second": round(a_second, 2), "bot_ms": round(bot_ms, 1), "calls": calls}
    note("limited", found)
    say(f"with Telegram's limits, {AT_ONCE} at once: {found}")


def ours() -> list[int]:
    return processes.tree(os.getpid())


def launched() -> int:
    return processes.count(ours(), "bot.executors.launch")


def note(name: str, what: object) -> None:
    """Add it to the figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "capacity.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**known, "wait": WAIT, name: what}, indent=1) + "\n")
