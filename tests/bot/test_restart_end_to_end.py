"""What survives a stop of the bot: everything that was accepted."""

import asyncio
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import running
from bot.database import opened
from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from bot.tables import deliveries, jobs, updates
from tests.bot.chats import RESULT, STATUS, gone, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg


async def test_a_running_job_goes_on_from_its_checkpoint_in_the_same_message(
    person: SandboxClient, settings: Settings
) -> None:
    first, second = FakeExecutor(), FakeExecutor()
    async with running(settings, first):
        run = await order_painting(person, first)
        run.sketch()
        status = await see(person, said("sketch"))
        run.snapshot(5, checkpoint=b"five steps")
        await see(person, said("left"))
    assert first.closed
    async with running(settings, second):
        run = await second.next_run()
        assert (run.request.checkpoint, run.request.attempt) == (b"five steps", 2)
        run.snapshot(7)
        shown = await see(person, said("3 seconds left"))
        assert shown.id == status.id
        run.finish()
        await see(person, said(RESULT))
        await see(person, gone(status.id))


async def test_a_stop_does_not_count_as_a_failure(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        await order_painting(person, executor)
    for attempt in range(2, 6):
        executor = FakeExecutor()
        async with running(settings, executor):
            run = await executor.next_run()
            assert run.request.attempt == attempt
    executor = FakeExecutor()
    async with running(settings, executor):
        for _ in range(2):
            (await executor.next_run()).emit(Failed("worker_died", retryable=True))
        (await executor.next_run()).finish()
        await see(person, said(RESULT))


async def test_queued_jobs_are_painted_after_a_restart_in_their_order(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        await order_painting(person, executor)
        for seed in (3, 4):
            await person.send_photo(jpeg(seed=seed))
        await see(person, said("place 1"))
    executor = FakeExecutor()
    async with running(settings, executor):
        for job in (1, 2):
            run = await executor.next_run()
            assert run.request.job_id == job
            run.finish()
        await person.wait_for_calls("sendPhoto", lambda calls: len(calls) == 2)


async def test_an_album_in_gathering_survives(person: SandboxClient, settings: Settings) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        await person.send_album([jpeg(seed=1), jpeg(seed=2)])
        await person.wait_for_calls("getFile", lambda calls: len(calls) == 2)
    assert executor.runs == []
    async with running(settings, executor):
        (await executor.next_run()).finish()
        await see(person, said(RESULT))


async def test_a_first_photo_is_remembered(person: SandboxClient, settings: Settings) -> None:
    async with running(settings, FakeExecutor()):
        await person.send_photo(jpeg(seed=1))
        await see(person, said("send the style"))
    executor = FakeExecutor()
    async with running(settings, executor):
        await person.send_photo(jpeg(seed=2))
        (await executor.next_run()).finish()
        await see(person, said(RESULT))


async def test_what_came_while_the_bot_was_away_is_answered_in_order(
    person: SandboxClient, settings: Settings
) -> None:
    await person.send_photo(jpeg(seed=1))
    await person.send_photo(jpeg(seed=2))
    await person.send_text("/help")
    executor = FakeExecutor()
    async with running(settings, executor):
        await see(person, said("Send two photos"))
        (await executor.next_run()).finish()
        await see(person, said(RESULT))


async def test_a_result_that_could_not_be_sent_is_sent_after_the_restart_exactly_once(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        status = await see(person, said(STATUS))
        await person.fault("sendPhoto", "error", times=None)
        run.finish()
        await person.wait_for_calls("sendPhoto", lambda calls: len(calls) >= 1)
    await person.clear_faults()
    async with running(settings, FakeExecutor()):
        await see(person, said(RESULT))
        await see(person, gone(status.id))
    async with running(settings, FakeExecutor()):
        await person.send_text("/help")
        await see(person, said("Send two photos"))
    assert len([m for m in await person.messages() if RESULT in m.text]) == 1


async def test_buttons_still_work(person: SandboxClient, settings: Settings) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        run.finish()
        result = await see(person, said(RESULT))
        await order_painting(person, executor, (jpeg(seed=3), jpeg(seed=4)))
        status = await see(person, said(STATUS, after=result.id))
    executor = FakeExecutor()
    async with running(settings, executor):
        await person.press(result.id, "File")
        await see(person, lambda chat: [m for m in chat if m.document])
        await person.press(status.id, "Cancel")
        await see(person, said("Cancelled"))
        run = executor.runs[0]
        async with asyncio.timeout(5):
            await run.closed.wait()


async def test_a_status_message_that_outlived_its_job_is_removed_at_the_next_start(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        status = await see(person, said(STATUS))
        await person.fault("deleteMessage", "error", times=None)
        run.finish()
        await see(person, said(RESULT))
        await person.wait_for_calls("deleteMessage", lambda calls: len(calls) >= 1)
    await person.clear_faults()
    async with running(settings, FakeExecutor()):
        await see(person, gone(status.id))


async def test_the_last_words_of_a_painting_that_was_cancelled_are_said_at_the_next_start(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        run.sketch()
        status = await see(person, said("sketch"))
        for method in ("editMessageText", "editMessageCaption"):
            await person.fault(method, "error", times=None)
        await person.press(status.id, "Cancel")
        await person.wait_for_calls("editMessageCaption", lambda calls: len(calls) >= 1)
    await person.clear_faults()
    async with running(settings, FakeExecutor()):
        assert (await see(person, said("Cancelled"))).id == status.id


async def test_a_result_whose_file_is_lost_before_it_is_sent_is_apologised_for(
    person: SandboxClient, settings: Settings, tmp_path: Path
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        await person.fault("sendPhoto", "error", error_code=502, description="Bad Gateway")
        run.finish()
        await person.wait_for_calls("sendPhoto", lambda calls: len(calls) > 0)
        for path in (tmp_path / "data" / "files").glob("??/*"):
            path.unlink()
        await see(person, said("not kept any more"))


async def test_every_row_ends_in_its_last_state(person: SandboxClient, settings: Settings) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor)
        run.snapshot(1)
        run.finish()
        result = await see(person, said(RESULT))
        await person.press(result.id, "File")
        await see(person, lambda chat: [m for m in chat if m.document])

    async def rows(connection: AsyncConnection) -> tuple[list[object], ...]:
        unhandled = select(updates.c.update_id).where(updates.c.handled_at.is_(None))
        return (
            list(await connection.execute(unhandled)),
            list(await connection.execute(select(jobs.c.state, jobs.c.checkpoint))),
            list(await connection.execute(select(deliveries.c.kind, deliveries.c.state))),
        )

    async with opened(settings.database()) as database:
        unhandled, job_rows, delivery_rows = await database.run(rows)
    assert unhandled == []
    assert job_rows == [("finished", None)]
    assert delivery_rows == [("result", "sent"), ("file", "sent")]
