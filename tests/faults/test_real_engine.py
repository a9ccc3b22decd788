"""`atelier run` itself, with the real engine: a kill costs a painting a few seconds at most.

On a Ray cluster, which needs Ray:
ATELIER_TEST_EXECUTOR=ray uv run --extra ray pytest -m faults -s tests/faults/test_real_engine.py
"""

import io
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from nst import gallery, samples
from nst.checkpoint import Checkpoint
from nst.schedule import EFFORT, plan
from tests.bot.chats import RESULT, said
from tests.faults.lives import Nursery
from tests.faults.matrix import Victim
from tests.faults.ray_scene import RayScene, on_a_cluster
from tests.faults.scene import opened
from tests.faults.stories import Stage

SIZE = 256
STAGE: Stage = on_a_cluster if os.environ.get("ATELIER_TEST_EXECUTOR") == "ray" else opened
COMMAND = ("-c", "from bot.cli import main; main()", "run")


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_painting_goes_on_after_a_kill_with_the_steps_that_were_left(
    nursery: Nursery, tmp_path: Path
) -> None:
    settings = {"ATELIER_SIZE": str(SIZE), "ATELIER_QUALITY": "standard"}
    async with STAGE(nursery, tmp_path) as scene:
        if isinstance(scene, RayScene):
            await scene.add_node()
        await scene.start(*COMMAND, **settings)
        await scene.person.send_album([jpeg(samples.content()), jpeg(gallery.style("waves", 256))])
        await scene.until(lambda ledger: any(job.checkpoint for job in ledger.jobs))
        await scene.kill(Victim.BOT)
        [kill] = scene.kills
        [job] = kill.ledger.jobs
        assert job.checkpoint
        reached = Checkpoint.from_bytes(job.checkpoint)
        await scene.start(*COMMAND, **settings)
        result = await scene.see(said(RESULT))
        await scene.until(lambda ledger: ledger.at_rest)
        await scene.stop()
        painting = Image.open(io.BytesIO(await scene.person.file(result.photo or "")))
        with closing(sqlite3.connect(scene.data / "atelier.db")) as connection:
            [(attempt, report)] = connection.execute("SELECT attempt, report FROM jobs").fetchall()

    stages = plan(*painting.size, EFFORT["standard"])
    before = sum(stage.steps for stage in stages[: reached.stage]) + reached.step
    after = sum(stage["steps"] for stage in json.loads(report)["schedule"])
    print(f"{before} steps before the kill, {after} after it")  # noqa: T201
    assert before > 0
    assert before + after == sum(stage.steps for stage in stages)
    assert attempt == 2
    assert kill.orphans == ()
    assert painting.width == SIZE
