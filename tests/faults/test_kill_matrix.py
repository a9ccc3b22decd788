"""SIGKILL before and after every call of a job, and at random: nothing accepted is lost.

`uv run pytest -m faults -s tests/faults` runs all of it, and prints what came out as tables.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.faults import judge, matrix
from tests.faults.judge import STATUS, Record
from tests.faults.lives import Nursery
from tests.faults.matrix import Call, Cell, Instants, Victim, When
from tests.faults.scene import Scene
from tests.faults.stories import STORIES, Deed, play

AT_ONCE = 3  # scenes: each waits more than it computes
INSTANTS = 100
QUICK = [
    Cell(Call("private", "getUpdates", 2), When.AFTER, Victim.BOT),
    Cell(Call("private", "editMessageMedia", 3), When.BEFORE, Victim.BOTH),
    Cell(Call("private", "sendPhoto", 1), When.AFTER, Victim.BOT),
]
# The whole of a job meets every death; the other stories, which share most calls with it, two.
VICTIMS = dict.fromkeys(STORIES, (Victim.BOT, Victim.STOPPED)) | {"private": tuple(Victim)}

T = TypeVar("T", Cell, Instants)


def deed_of(cell: Cell, **environment: str) -> Deed:
    """Hold the call, kill, let go, and start again what was killed."""

    async def deed(scene: Scene) -> None:
        await scene.hold(cell.call.method, cell.when, cell.call.number)
        await scene.start(**environment)
        await scene.held(cell.call.method, cell.when)
        await scene.kill(cell.victim)
        await scene.person.clear_faults()
        if cell.victim is not Victim.WORKER:
            await scene.start(**environment)

    return deed


def deed_at(instants: Instants, **environment: str) -> Deed:
    """Kill when the time has come, and start again what was killed."""

    async def deed(scene: Scene) -> None:
        await scene.start(**environment)
        for victim, seconds in instants.kills:
            await asyncio.sleep(seconds)
            await scene.kill(victim)
            if victim is not Victim.WORKER:
                await scene.start(**environment)

    return deed


def came_out(record: Record, calm: Record) -> str:
    """A few words for the table; raises `AssertionError` where a promise was broken."""
    found = judge.broken(record, calm)
    assert not found, "\n".join(found)
    again = judge.duplicates(record, calm)
    words = [f"{'status' if one.what == STATUS else one.what.split()[0]} twice" for one in again]
    if not again and record.stands - calm.stands:
        words.append("status stays")
    words += [f"on from step {one.after}" for one in record.paintings[1:]]
    return ", ".join(words) or "as if nothing"


async def outcomes_of(
    scenes: Iterable[T], judged: Callable[[T], Awaitable[str]]
) -> tuple[dict[T, str], list[str]]:
    """What came out of each, in their order, and what was broken in any. Some at once."""
    outcomes = dict.fromkeys(scenes, "")
    failures: list[str] = []
    free = asyncio.Semaphore(AT_ONCE)

    async def one(scene: T) -> None:
        async with free:
            try:
                outcomes[scene] = await judged(scene)
            except (AssertionError, TimeoutError) as error:
                outcomes[scene] = "BROKEN"
                failures.append(f"{scene}: {error}")
                print(error)  # noqa: T201
            print(f"{scene}: {outcomes[scene]}", flush=True)  # noqa: T201

    async with asyncio.TaskGroup() as tasks:
        for scene in outcomes:
            tasks.create_task(one(scene))
    return outcomes, failures


def counted(outcomes: Mapping[T, str]) -> str:
    """How often what came out."""
    counts = Counter(outcomes.values()).most_common()
    return f"{len(outcomes)} scenes: " + "; ".join(f"{count} {words}" for words, count in counts)


async def test_a_few_cells_of_the_matrix(nursery: Nursery, tmp_path: Path) -> None:
    calm = await play(nursery, "private", tmp_path / "calm")
    assert judge.broken(calm, calm) == []
    assert len(matrix.calls("private", calm.calls)) > 20

    async def judged(cell: Cell) -> str:
        return came_out(await play(nursery, "private", tmp_path / str(cell), deed_of(cell)), calm)

    outcomes, failures = await outcomes_of(QUICK, judged)
    assert not failures, "\n\n".join(failures)
    assert outcomes[QUICK[1]].startswith("on from step")
    assert outcomes[QUICK[2]] == "photo twice"


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("story", STORIES)
async def test_every_cell_of(nursery: Nursery, story: str, tmp_path: Path) -> None:
    calm = await play(nursery, story, tmp_path / "calm")
    cells = matrix.cells(matrix.calls(story, calm.calls), VICTIMS[story])

    async def judged(cell: Cell) -> str:
        return came_out(await play(nursery, story, tmp_path / str(cell), deed_of(cell)), calm)

    outcomes, failures = await outcomes_of(cells, judged)
    print("", matrix.table(outcomes), counted(outcomes), sep="\n\n")  # noqa: T201
    assert not failures, "\n\n".join(failures)


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_at_a_hundred_random_instants(nursery: Nursery, tmp_path: Path) -> None:
    stories = ("private", "group")
    began = time.monotonic()
    calm = {one: await play(nursery, one, tmp_path / one, hurries=True) for one in stories}
    seconds = (time.monotonic() - began) / len(stories)  # what one takes here

    async def judged(instants: Instants) -> str:
        story = stories[instants.seed % 2]
        folder = tmp_path / str(instants.seed)
        record = await play(nursery, story, folder, deed_at(instants), hurries=True)
        return came_out(record, calm[story])

    outcomes, failures = await outcomes_of(matrix.instants(INSTANTS, seconds), judged)
    print("", counted(outcomes), sep="\n\n")  # noqa: T201
    assert not failures, "\n\n".join(failures)
