"""Pictures of two hundred sizes through one slot: what the real engine's worker grows by."""

from io import BytesIO
from itertools import groupby
from statistics import median

import pytest
from PIL import Image

import nst
from bot.executors.base import Finished, Request
from bot.executors.child import Child
from bot.executors.frames import Idle, Message
from bot.executors.process import ProcessExecutor

JOBS = 200
MAX_JOBS = 64  # the executor's own rule
RATIOS = (1.0, 0.75, 0.66, 0.5)
# 64 to 113 pixels, mixed; every twentieth 260 to 215, the largest first.
LONGEST = [260 - job // 4 if job % 20 == 0 else 64 + job * 37 % 50 for job in range(JOBS)]


def encoded(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


STYLE = encoded(Image.effect_mandelbrot((300, 300), (-2.0, -1.5, 1.0, 1.5), 40))


def request(job: int) -> Request:
    ratio = RATIOS[job // 50]
    size = (300, round(300 * ratio)) if job % 2 else (round(300 * ratio), 300)
    return Request(
        job_id=job,
        attempt=1,
        content=encoded(Image.radial_gradient("L").resize(size)),
        styles=(STYLE,),
        options=nst.Options(size=LONGEST[job], quality="draft").to_dict(),
    )


def show(workers: list[list[float]]) -> str:
    """The curve: resident memory in MiB after every tenth job, a line for each worker."""
    return "\n".join(
        f"worker {number}, {len(curve) - 1} jobs, MiB when ready and after every tenth: "
        + " ".join(f"{rss:.0f}" for rss in curve[::10])
        for number, curve in enumerate(workers, 1)
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_memory_does_not_grow_with_the_sizes_that_were_painted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, float]] = []  # by which process, and its memory between two jobs
    receive = Child.receive

    async def listen(child: Child) -> Message:
        message = await receive(child)
        if isinstance(message, Idle):
            told.append((child.pid, message.rss_mb))
        return message

    monkeypatch.setattr(Child, "receive", listen)
    executor = ProcessExecutor()
    sizes = set()
    await executor.start()
    try:
        for job in range(JOBS):
            *_, last = [event async for event in executor.run(request(job))]
            assert isinstance(last, Finished), last
            sizes.add((last.report["width"], last.report["height"]))
    finally:
        await executor.close()
    assert len(sizes) == JOBS
    workers = [[rss for _, rss in group] for _, group in groupby(told, key=lambda one: one[0])]
    print("", show(workers), sep="\n")  # noqa: T201 - what the run is for

    # Each tells once before its first job. The last job's figure may be lost in closing.
    *full, last_worker = workers
    assert [len(curve) - 1 for curve in full] == [MAX_JOBS] * (JOBS // MAX_JOBS), show(workers)
    assert JOBS % MAX_JOBS <= len(last_worker) <= 1 + JOBS % MAX_JOBS
    quarter = MAX_JOBS // 4
    for curve in full:
        early, late = median(curve[quarter : 2 * quarter]), median(curve[-quarter:])
        # Within a worker the network's kernels for each new size add up, some 2 MiB a size.
        assert late <= 1.20 * early, show(workers)
        assert curve[0] < 0.9 * late, "a new worker has the old one's memory"
    assert max(map(max, workers)) <= 1.10 * max(full[0]), show(workers)
