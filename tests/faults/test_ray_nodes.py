"""The whole bot on a Ray cluster whose nodes die in mid-painting: no job is lost, none is doubled.

Needs Ray, and takes minutes: `uv run --extra ray pytest -m ray -s tests/faults/test_ray_nodes.py`
prints what came out as a table, with the seconds from the kill to the painting that goes on, and
to its result. What has ended is started again at once, as a supervisor does.
"""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.chats import RESULT, said
from tests.bot.executors.ray_runs import parent_of
from tests.bot.sandbox.pictures import jpeg
from tests.faults.engine import STEPS
from tests.faults.judge import Record
from tests.faults.lives import Nursery
from tests.faults.matrix import Victim
from tests.faults.ray_scene import RayScene, on_a_cluster
from tests.faults.scene import Scene
from tests.faults.stories import play
from tests.faults.test_kill_matrix import came_out

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

HALFWAY = 3  # the step before which everything dies; the checkpoint is of the one before
PEOPLE = 3  # who wait in the queue

Deed = Callable[[RayScene], Coroutine[Any, Any, None]]
Row = tuple[str, ...]


async def halfway(scene: RayScene, nodes: int = 1) -> list[Any]:
    """Some nodes, that with the painting first, which has come halfway and waits there."""
    found = [await scene.add_node() for _ in range(nodes)]
    scene.stops_at = HALFWAY
    await scene.start()
    await scene.until(lambda ledger: [job.step for job in ledger.jobs] == [HALFWAY - 1])
    raylet = parent_of(parent_of(scene.studio.paintings[0].pid))
    found.sort(key=lambda node: scene.raylet_of(node) != raylet)
    assert scene.raylet_of(found[0]) == raylet
    return found


async def a_node_with_another_free(scene: RayScene) -> None:
    painting, _ = await halfway(scene, nodes=2)
    scene.stops_at = None
    await scene.lose(painting)


async def the_only_node(scene: RayScene) -> None:
    [painting] = await halfway(scene)
    scene.stops_at = None
    await scene.lose(painting)
    await scene.add_node()


async def rays_process(scene: RayScene) -> None:
    await halfway(scene)
    scene.stops_at = None
    keeper = parent_of(scene.studio.paintings[0].pid)
    scene.note(Victim.WORKER)
    os.kill(keeper, signal.SIGKILL)


async def the_worker(scene: RayScene) -> None:
    await halfway(scene)
    scene.stops_at = None
    await scene.kill(Victim.WORKER)


async def the_bot(scene: RayScene) -> None:
    await halfway(scene)
    scene.stops_at = None
    await scene.kill(Victim.BOT)
    await scene.start()


async def the_bot_politely(scene: RayScene) -> None:
    await halfway(scene)
    scene.stops_at = None
    await scene.kill(Victim.STOPPED)
    await scene.start()


async def the_bot_and_the_node(scene: RayScene) -> None:
    [painting] = await halfway(scene)
    scene.stops_at = None
    await scene.kill(Victim.BOT)
    await scene.lose(painting)
    await scene.add_node()
    await scene.start()


async def the_head(scene: RayScene) -> None:
    """The bot ends with it, and a node when it finds that the new head does not know it."""
    [painting] = await halfway(scene)
    scene.stops_at = None
    began, raylet = time.time(), scene.raylet_of(painting)
    await scene.lose(scene.head, Victim.BOT)
    bot = await scene.ended(scene.life.pid) - began
    await scene.start_head()
    await scene.start()
    node = await scene.ended(raylet) - began
    await scene.add_node()
    print(f"the bot ended {bot:.1f} s after the head, the node {node:.1f} s after it")  # noqa: T201


DEEDS: tuple[Deed, ...] = (
    a_node_with_another_free,
    the_only_node,
    rays_process,
    the_worker,
    the_bot,
    the_bot_politely,
    the_bot_and_the_node,
    the_head,
)


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    """Of the table that is printed at the end."""
    rows: list[Row] = [("killed in mid-painting", "what came out", "goes on after", "result after")]
    yield rows
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("|", " | ".join(cells), "|")  # noqa: T201


@pytest.fixture(scope="module")
def calms() -> list[Record]:
    """The story that nobody disturbs, once it was played."""
    return []


@pytest.fixture
async def calm(calms: list[Record], nursery: Nursery, tmp_path: Path) -> Record:
    if not calms:
        calms.append(await play(nursery, "album", tmp_path / "calm"))
    return calms[0]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_a_painting_goes_on_from_its_last_checkpoint_after_the_death_of(
    deed: Deed, calm: Record, rows: list[Row], nursery: Nursery, tmp_path: Path
) -> None:
    async def done(scene: Scene) -> None:
        assert isinstance(scene, RayScene)
        await deed(scene)

    record = await play(nursery, "album", tmp_path / "killed", done, stage=on_a_cluster)
    outcome = came_out(record, calm)
    killed = record.kills[0].time
    result = next(one.time for one in record.said if RESULT in one.what)
    went_on, ended = (f"{when - killed:.1f} s" for when in (record.paintings[-1].began, result))
    rows.append((deed.__name__.replace("_", " "), outcome, went_on, ended))
    assert [(one.after, one.steps) for one in record.paintings] == [
        (0, list(range(1, HALFWAY))),
        (HALFWAY - 1, list(range(HALFWAY, STEPS + 1))),
    ]


async def test_nodes_that_join_take_from_a_long_queue(
    rows: list[Row], nursery: Nursery, tmp_path: Path
) -> None:
    async with on_a_cluster(nursery, tmp_path) as scene:
        person, scene.hurries, scene.holds_at = scene.person, True, HALFWAY
        await scene.add_node()
        await scene.start(ATELIER_WORKERS=str(PEOPLE))
        people = [await person.new_user(f"Guest {number}") for number in range(PEOPLE)]
        for one in people:
            pictures = [jpeg(seed=2 * one), jpeg(seed=2 * one + 1)]
            await person.send_album(pictures, chat=one, user=one)
        await scene.until(lambda ledger: [job.state for job in ledger.jobs] == ["running"] * PEOPLE)
        await scene.painting(1)
        for number in range(2, PEOPLE + 1):
            assert len(scene.studio.paintings) == number - 1, "a node paints one at a time"
            asked = time.time()
            await scene.add_node()
            painting = await scene.painting(number)
            seconds = f"{painting.began - asked:.1f} s"
            rows.append((f"(none: node {number} joins)", "the next begins there", seconds, ""))
        scene.release()
        for one in people:
            await scene.see(said(RESULT), one)
        await scene.until(lambda ledger: ledger.at_rest)
        await scene.stop()
        record = await scene.record()
    results = Counter(one.chat for one in record.said if RESULT in one.what)
    assert results == dict.fromkeys(people, 1)
    assert [job.attempt for job in record.ledger.jobs] == [1] * PEOPLE
    whole = list(range(1, STEPS + 1))
    assert [(one.after, one.steps) for one in record.paintings] == [(0, whole)] * PEOPLE
    assert len({one.pid for one in record.paintings}) == PEOPLE
