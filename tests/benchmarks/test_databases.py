"""What a PostgreSQL server takes beside SQLite: updates a second, and jobs.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_databases.py
Both are on this machine and its disk, each commit on that disk before it is answered, and take
turns, so that whatever else the machine does weighs on both.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median

import pytest
from rich.console import Console

from bot import inbox, jobs, outbox
from bot.database import Database, opened
from bot.outbox import Kind
from tests.bot import servers
from tests.bot.queues import NEW
from tests.bot.updates import message

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

ROUNDS = 5
BATCH, BATCHES = 100, 20  # what Telegram gives at once
JOBS = 50

Number = Iterator[int]


async def intake(database: Database, number: Number) -> int:
    """Batches, each stored and then handled."""
    for _ in range(BATCHES):
        batch = [message(next(number), 7) for _ in range(BATCH)]
        new = await database.run(inbox.add, batch)
        await database.run(inbox.mark_handled, *(one.update_id for one in new))
    return BATCHES * BATCH


async def painting(database: Database, _number: Number) -> int:
    """Jobs from their acceptance to their delivery, in a transaction a step."""
    for _ in range(JOBS):
        job_id = await database.run(jobs.add, NEW)
        await database.run(jobs.claim, job_id)
        await database.run(jobs.finish, job_id, "c" * 64, "d" * 64, {})
        await database.run(outbox.add, job_id, Kind.RESULT)
        [delivery] = await database.run(outbox.waiting)
        await database.run(outbox.mark_sent, delivery.id, 7, "file")
    return JOBS


Work = Callable[[Database, Number], Awaitable[int]]


@pytest.fixture
def urls(tmp_path: Path) -> Iterator[dict[str, str]]:
    programs = servers.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    with servers.running(programs, fsync="on") as server, server.database() as name:
        yield {"SQLite": f"sqlite:///{tmp_path / 'atelier.db'}", "PostgreSQL": server.url(name)}


async def test_updates_and_jobs_a_second(urls: dict[str, str]) -> None:
    found: dict[tuple[str, str], list[float]] = {}
    async with opened(urls["SQLite"]) as file, opened(urls["PostgreSQL"]) as served:
        number = count(1)
        works: tuple[Work, ...] = intake, painting
        for work in works * ROUNDS:
            for kind, database in zip(urls, (file, served), strict=True):
                begun = time.perf_counter()
                done = await work(database, number)
                seconds = time.perf_counter() - begun
                found.setdefault((work.__name__, kind), []).append(done / seconds)
    console = Console()
    for (what, kind), rates in found.items():
        ratios = [rate / beside for rate, beside in zip(rates, found[what, "SQLite"], strict=True)]
        console.print(
            f"{what} on {kind}: {median(rates):.0f} a second ({min(rates):.0f} to "
            f"{max(rates):.0f}), {median(ratios):.2f} of SQLite's"
        )
    assert len(found) == 4
