"""The queue as people see it: places that move, limits, ending early, the same again, blocking."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admission import Taken
from bot.app import App, running
from bot.database import Database
from bot.executors.base import Finished, Snapshot, Started
from bot.fairness import Refusal
from bot.jobs import NewJob
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from bot.settings import Settings
from bot.tables import jobs
from tests.bot.chats import RESULT, STATUS, gone, order_painting, said, see
from tests.bot.fakes import FILE, PHOTO, FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import decoded, jpeg

AT_ONCE = "painted exactly this before"


def pictures(number: int) -> tuple[bytes, bytes]:
    """A pair, told by the width of its content."""
    return jpeg(300 + number, 200, seed=10 * number), jpeg(seed=10 * number + 1)


def number_of(run: FakeRun) -> int:
    """Which pair it paints."""
    return decoded(run.request.content).width - 300


async def send_pair(person: SandboxClient, number: int, *, user: int | None = None) -> None:
    for picture in pictures(number):
        await person.send_photo(picture, chat=user, user=user)


def edited(message_id: int, words: str) -> Callable[[list[Message]], list[Message]]:
    return lambda chat: [one for one in chat if one.id == message_id and words in one.text]


async def finish_early(run: FakeRun) -> None:
    """What a worker does that is told to end as it is."""
    async with asyncio.timeout(5):
        await run.finishing.wait()
    run.finish(early=True)


@pytest.mark.usefixtures("app")
async def test_two_peoples_paintings_interleave(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    bob = await person.new_user("Bob")
    first = await order_painting(person, executor, pictures(1))
    for number in (2, 3):
        await send_pair(person, number)
    await see(person, said("place 2"))
    for number in (4, 5):
        await send_pair(person, number, user=bob)
    await person.wait_for(said("place 3"), chat=bob)
    painted, run = [number_of(first)], first
    for _ in range(4):
        run.finish()
        run = await executor.next_run()
        painted.append(number_of(run))
    assert painted == [1, 4, 2, 5, 3]


async def test_a_place_moves_and_its_wait_comes_from_what_was_measured(
    person: SandboxClient, executor: FakeExecutor, app: App
) -> None:
    measured = await order_painting(person, executor, pictures(1))
    measured.finish()
    await see(person, said(RESULT))
    await took(app.database, seconds=300.0)
    running_one = await order_painting(person, executor, pictures(2))
    await send_pair(person, 3)
    first = await see(person, said("place 1"))
    await send_pair(person, 4)
    second = await see(person, said("place 2"))
    assert "Expected wait: 5 minutes" in first.text
    assert "Expected wait: 10 minutes" in second.text
    # A worker that says how long it still takes is believed.
    running_one.emit(Started(), Snapshot(jpeg(seed=9), 1, 10, 90.0, b"checkpoint"))
    await see(person, said("left"))
    await send_pair(person, 5)  # refused, and tells
    refused = await see(person, said("that is the most I can take"))
    assert "Try again in 2 minutes." in refused.text
    assert "Paintings in the queue: 2." in refused.text
    running_one.finish()
    await see(person, edited(second.id, "place 1"))
    await see(person, edited(first.id, STATUS))


async def took(database: Database, *, seconds: float) -> None:
    """What was painted so far took so long."""

    async def change(connection: AsyncConnection) -> None:
        await connection.execute(
            update(jobs)
            .where(jobs.c.finished_at.is_not(None))
            .values(started_at=jobs.c.finished_at - seconds)
        )

    await database.run(change)


@pytest.mark.usefixtures("app")
async def test_an_unknown_wait_is_not_told(person: SandboxClient, executor: FakeExecutor) -> None:
    await order_painting(person, executor, pictures(1))
    await send_pair(person, 2)
    waiting = await see(person, said("place 1"))
    assert waiting.text == "In the queue: place 1."


@pytest.mark.usefixtures("app")
async def test_a_limit_refuses_and_after_one_has_ended_takes(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    for number in (2, 3):
        await send_pair(person, number)
    await see(person, said("place 2"))
    await send_pair(person, 4)
    refused = await see(person, said("You have 3 paintings in work already"))
    assert "/cancel" in refused.text
    run.finish()
    await see(person, said(RESULT))
    await send_pair(person, 4)
    await see(person, said("place 2", after=refused.id))


@pytest.mark.usefixtures("app")
async def test_a_limit_that_was_reached_while_the_answer_was_on_its_way_still_holds(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before_all_others(
        connection: AsyncConnection, wanted: Sequence[NewJob], *rest: object
    ) -> tuple[list[Taken], list[Refusal]]:
        """As if the queue had still been empty."""
        return [Taken(job, f"key {job.reply_to}") for job in wanted], []

    monkeypatch.setattr("bot.admitting.admission", SimpleNamespace(consider=before_all_others))
    await order_painting(person, executor, pictures(1))
    for number in (2, 3):
        await send_pair(person, number)
    await see(person, said("place 2"))
    await send_pair(person, 4)
    await see(person, said("You have 3 paintings in work already"))
    await person.send_text("/queue")
    listed = await see(person, said("Your paintings:"))
    assert len(listed.buttons) == 3


async def test_a_daily_allowance_is_told_and_not_for_administrators(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    bob = await person.new_user("Bob")
    strict = settings.model_copy(update={"max_jobs_per_day": 1, "admins": (bob,)})
    async with running(strict, executor):
        (await order_painting(person, executor, pictures(1))).finish()
        await see(person, said(RESULT))
        await send_pair(person, 2)
        refused = await see(person, said("1 painting within 24 hours"))
        assert "Try again in 24 hours." in refused.text
        for number in (3, 4):
            await send_pair(person, number, user=bob)
            (await executor.next_run()).finish()


@pytest.mark.usefixtures("app")
async def test_the_list_cancels_what_waits_and_shows_what_is_left(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    await send_pair(person, 2)
    status = await see(person, said("place 1"))
    await person.send_text("/queue")
    listed = await see(person, said("Your paintings:"))
    assert "2. In the queue: place 1." in listed.text
    answer = await person.press(listed.id, "Cancel 2")
    assert "Cancelled" in answer.text
    await see(person, edited(status.id, "Cancelled"))
    [now] = await see(
        person, lambda chat: [m for m in chat if m.id == listed.id and len(m.buttons) == 1]
    )
    assert [button.text for button in now.buttons] == ["Cancel 1"]
    assert "in the queue" not in now.text, "nobody waits any more"
    assert not run.cancelled.is_set()
    await person.press(listed.id, "Cancel 1")
    async with asyncio.timeout(5):
        await run.cancelled.wait()
    await see(person, edited(listed.id, "no painting in the queue"))


@pytest.mark.usefixtures("app")
async def test_finish_now_delivers_the_picture_as_it_is(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    status = await see(person, said(STATUS))
    assert [button.text for button in status.buttons] == ["Cancel"]
    run.sketch()
    [status] = await see(person, lambda chat: [m for m in chat if m.id == status.id and m.photo])
    answer = await person.press(status.id, "Finish now")
    assert "on its way" in answer.text
    await finish_early(run)
    result = await see(person, said("as far as it came"))
    assert result.photo
    await see(person, gone(status.id))
    await person.press(result.id, "File")
    [file] = await see(person, lambda chat: [m for m in chat if m.document])
    assert await person.file(file.document or "") == FILE
    # It is no whole painting: the same request is painted.
    again = await order_painting(person, executor, pictures(1))
    assert again.request.attempt == 1


async def test_a_wish_to_finish_survives_a_kill(person: SandboxClient, settings: Settings) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await order_painting(person, executor, pictures(1))
        run.sketch()
        run.snapshot(3, b"so far")
        status = await see(person, said("left"))
        await person.press(status.id, "Finish now")
        async with asyncio.timeout(5):
            await run.finishing.wait()
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await executor.next_run()
        assert run.request.checkpoint == b"so far"
        run.emit(Started())
        await finish_early(run)
        await see(person, said("as far as it came"))


@pytest.mark.usefixtures("app")
async def test_the_same_again_is_answered_at_once_by_its_file_id(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    run.finish()
    first = await see(person, said(RESULT))
    await send_pair(person, 1)
    second = await see(person, said(AT_ONCE))
    assert second.photo == first.photo
    assert [one.text for one in second.buttons] == [one.text for one in first.buttons]
    *_, upload, repeat = await person.calls("sendPhoto")
    assert isinstance(repeat["parameters"]["photo"], str), repeat
    assert not isinstance(upload["parameters"]["photo"], str), upload
    assert len(executor.runs) == 1
    await person.press(second.id, "File")
    [file] = await see(person, lambda chat: [m for m in chat if m.document])
    assert await person.file(file.document or "") == FILE


@pytest.mark.usefixtures("app")
async def test_a_file_id_that_telegram_has_forgotten_is_made_good_by_the_bytes(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    run.finish()
    await see(person, said(RESULT))
    await person.fault(
        "sendPhoto", "error", error_code=400, description="Bad Request: wrong file identifier"
    )
    await send_pair(person, 1)
    second = await see(person, said(AT_ONCE))
    assert decoded(await person.file(second.photo or "")).size == decoded(PHOTO).size


@pytest.mark.usefixtures("app")
async def test_another_engine_paints_anew(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (await order_painting(person, executor, pictures(1))).finish()
    await see(person, said(RESULT))
    monkeypatch.setattr("bot.cache.recipe", lambda: "the next engine")
    await order_painting(person, executor, pictures(1))


@pytest.mark.usefixtures("app")
async def test_again_paints_once_more_with_another_seed(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_text("/again")
    await see(person, said("nothing to repeat yet"))
    run = await order_painting(person, executor, pictures(1))
    run.finish()
    await see(person, said(RESULT))
    await person.send_text("/again")
    repeated = await executor.next_run()
    assert repeated.request.content == run.request.content
    assert repeated.request.styles == run.request.styles
    assert repeated.request.options == {**run.request.options, "seed": 1}


@pytest.mark.usefixtures("app")
async def test_again_as_a_reply_to_a_photo_paints_that_in_the_same_style(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, pictures(1))
    run.finish()
    await see(person, said(RESULT))
    photo = await person.send_photo(jpeg(300, 200, seed=77), "/again")
    captioned = await executor.next_run()
    assert decoded(captioned.request.content).size == (300, 200)
    assert captioned.request.styles == run.request.styles
    captioned.emit(Finished(PHOTO, FILE, {"seconds": 2.0, "finished": True}))
    await see(person, said(RESULT, after=photo.id))
    other = await person.send_photo(jpeg(200, 300, seed=78))
    await see(person, said("send the style", after=other.id))
    await person.send_text("/again", reply_to=other.id)
    replied = await executor.next_run()
    assert decoded(replied.request.content).size == (200, 300)
