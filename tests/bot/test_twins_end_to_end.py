"""The same request while the first is in work: painted once, unless the first comes to nothing."""

import asyncio

import pytest

from bot.app import running
from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from bot.settings import Settings
from tests.bot.chats import RESULT, gone, order_painting, said, see
from tests.bot.fakes import FILE, PHOTO, FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import decoded, jpeg

PAIR = jpeg(320, 240, seed=1), jpeg(240, 320, seed=2)
OTHER = jpeg(300, 300, seed=3), jpeg(seed=4)
AT_ONCE, APOLOGY = "painted exactly this before", "Please send both again"


async def twice(person: SandboxClient, executor: FakeExecutor, user: int) -> FakeRun:
    """The person and somebody else ask for the same: the run for both."""
    run = await order_painting(person, executor, PAIR)
    for picture in PAIR:
        await person.send_photo(picture, chat=user, user=user)
    await person.wait_for(said("place 1"), chat=user, within=15)
    return run


async def somebody(person: SandboxClient) -> int:
    return await person.new_user("Bob")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With room for both at once, so that nothing but their sameness keeps one waiting."""
    return settings.model_copy(update={"workers": 2})


@pytest.mark.usefixtures("app")
async def test_two_people_who_ask_for_the_same_both_get_the_one_painting(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    bob = await somebody(person)
    run = await twice(person, executor, bob)
    waiting = await person.wait_for(said("place 1"), chat=bob)
    assert waiting is not None
    run.finish()
    await see(person, said(RESULT))
    second = await person.wait_for(said(AT_ONCE), chat=bob, within=15)
    assert second is not None
    assert decoded(await person.file(second.photo or "")).size == decoded(PHOTO).size
    await person.wait_for(gone(waiting.id), chat=bob, within=15)
    await person.press(second.id, "File", chat=bob, user=bob)
    [file] = await person.wait_for(lambda chat: [m for m in chat if m.document], chat=bob)
    assert await person.file(file.document or "") == FILE
    assert len(executor.runs) == 1


@pytest.mark.usefixtures("app")
async def test_ones_own_double_is_answered_with_the_first(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor, PAIR)
    for picture in PAIR:
        await person.send_photo(picture)
    await see(person, said("place 1"))
    run.finish()
    first = await see(person, said(RESULT))
    second = await see(person, said(AT_ONCE, after=first.id))
    assert second.reply_to != first.reply_to
    assert len(executor.runs) == 1


@pytest.mark.usefixtures("app")
async def test_what_waits_for_its_double_keeps_nobody_waiting(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    bob, cleo = await somebody(person), await person.new_user("Cleo")
    await twice(person, executor, bob)
    for picture in OTHER:
        await person.send_photo(picture, chat=cleo, user=cleo)
    other = await executor.next_run()
    assert decoded(other.request.content).size == (300, 300)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("end", ["cancelled", "failed", "ended early"])
async def test_where_the_first_comes_to_nothing_whole_the_second_is_painted(
    person: SandboxClient, executor: FakeExecutor, end: str
) -> None:
    bob = await somebody(person)
    run = await twice(person, executor, bob)
    match end:
        case "cancelled":
            await person.send_text("/cancel")
        case "failed":
            run.emit(Failed("unreadable", retryable=False))
        case _:
            run.finish(early=True)
    again = await executor.next_run()
    assert again.request.job_id != run.request.job_id
    assert again.request.content == run.request.content
    again.finish()
    result = await person.wait_for(said(RESULT), chat=bob, within=15)
    assert result is not None
    assert AT_ONCE not in result.text, "it was painted for him"
    texts = [one.text for one in await person.messages(bob)]
    assert not [text for text in texts if APOLOGY in text], texts


@pytest.mark.usefixtures("app")
async def test_the_second_may_be_cancelled_without_the_first(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    bob = await somebody(person)
    run = await twice(person, executor, bob)
    await person.send_text("/cancel", chat=bob, user=bob)
    await person.wait_for(said("1 painting is cancelled"), chat=bob)
    assert not run.cancelled.is_set()
    run.finish()
    await see(person, said(RESULT))
    await asyncio.sleep(0)
    assert not [one for one in await person.messages(bob) if one.photo and one.from_bot]


@pytest.mark.parametrize("end", ["finished", "failed"])
async def test_a_restart_in_between_loses_neither(
    person: SandboxClient, settings: Settings, end: str
) -> None:
    bob = await somebody(person)
    executor = FakeExecutor()
    async with running(settings, executor):
        run = await twice(person, executor, bob)
        run.sketch()
        run.snapshot(3, b"so far")
        await see(person, said("left"))
    executor = FakeExecutor()
    async with running(settings, executor):
        first, run = run.request.job_id, await executor.next_run()
        assert (run.request.job_id, run.request.checkpoint) == (first, b"so far")
        if end == "failed":
            run.emit(Failed("unreadable", retryable=False))
            run = await executor.next_run()
        run.finish()
        chats = [person.user, bob]
        if end == "finished":
            for chat in chats:
                await person.wait_for(
                    lambda found: [m for m in found if m.from_bot and m.photo], chat=chat, within=15
                )
            assert len(executor.runs) == 1
        else:
            ends = [await person.wait_for(_over, chat=chat, within=15) for chat in chats]
            assert sorted(ends) == ["apology", "result"]


def _over(chat: list[Message]) -> str:
    """How it has ended for somebody; empty: it has not."""
    if said(APOLOGY)(chat):
        return "apology"
    return "result" if [one for one in chat if one.from_bot and one.photo] else ""
