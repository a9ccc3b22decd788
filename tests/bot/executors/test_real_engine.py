"""The real engine in a worker, small: warm-up, snapshots, going on from a checkpoint, refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from io import BytesIO

import pytest
from PIL import Image

import nst
from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.process import ProcessExecutor

SIZE = 128


def encoded(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


CONTENT = encoded(Image.radial_gradient("L").resize((400, 300)))
STYLE = encoded(Image.effect_mandelbrot((300, 300), (-2.0, -1.5, 1.0, 1.5), 40))


def request(job_id: int, content: bytes = CONTENT, checkpoint: bytes | None = None) -> Request:
    return Request(
        job_id=job_id,
        attempt=1 if checkpoint is None else 2,
        content=content,
        styles=(STYLE,),
        options=nst.Options(size=SIZE, quality="draft").to_dict(),
        checkpoint=checkpoint,
        snapshot_seconds=0.0,
    )


async def first_snapshot(events: AsyncIterator[Event]) -> Snapshot:
    async for event in events:
        if isinstance(event, Snapshot):
            return event
        assert isinstance(event, Started | Sketch), event
    raise AssertionError("no snapshot came")


@pytest.mark.slow
async def test_the_engine_paints_in_a_worker_and_goes_on_from_a_checkpoint() -> None:
    executor = ProcessExecutor()
    await executor.start()
    try:
        async with asyncio.timeout(240):
            refused = [event async for event in executor.run(request(1, b"not a picture"))]
            assert isinstance(refused[-1], Failed)
            assert (refused[-1].code, refused[-1].retryable) == ("unreadable", False)

            async with aclosing(executor.run(request(2))) as events:
                begun = await first_snapshot(events)
                await executor.cancel(2)
                *_, final = [event async for event in events]
            assert final == Failed("cancelled", retryable=False)

            async with aclosing(executor.run(request(2, checkpoint=begun.checkpoint))) as events:
                resumed = await first_snapshot(events)
                *_, final = [event async for event in events]

            async with aclosing(executor.run(request(3))) as events:
                await first_snapshot(events)
                await executor.finish(3)
                *_, early = [event async for event in events]
    finally:
        await executor.close()
    assert begun.step < resumed.step <= resumed.steps
    assert isinstance(final, Finished), final
    with Image.open(BytesIO(final.photo)) as photo, Image.open(BytesIO(final.file)) as file:
        assert (photo.format, photo.size) == ("JPEG", (SIZE, SIZE * 3 // 4))
        assert (file.format, file.size) == ("PNG", photo.size)
    assert isinstance(early, Finished), early
    with Image.open(BytesIO(early.file)) as file:
        assert file.size == (SIZE, SIZE * 3 // 4)
    assert (final.report["finished"], early.report["finished"]) == (True, False)
    assert final.report["seconds"] > 0
    assert final.report["options"]["size"] == SIZE
