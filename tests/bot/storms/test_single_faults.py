"""One fault at a time, and what becomes of it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bot import gallery_keeper
from bot.app import App, running
from bot.deliveries import pause
from bot.errors import AtelierError
from bot.files import Files
from bot.gallery_renderer import Picture
from bot.sandbox.client import SandboxClient
from bot.sandbox.flood import impatience
from bot.settings import Settings
from tests.bot.chats import APOLOGY, RESULT, STATUS, gone, order_painting, said, see, several
from tests.bot.fakes import FakeExecutor, FakeRun
from tests.bot.group_chats import Group
from tests.bot.sandbox.pictures import jpeg


@pytest.fixture
def styles() -> list[Picture]:
    return [Picture(name, name, jpeg(64, 48, seed=900 + len(name))) for name in ("a", "bb", "ccc")]


@pytest.fixture
async def app(settings: Settings, executor: FakeExecutor) -> AsyncIterator[App]:
    own = settings.model_copy(update={"workers": 8})
    async with running(own, executor) as started:
        await gallery_keeper.keep(started.database, Files(settings.data_dir / "files"), None)
        yield started


async def painted_by(
    person: SandboxClient, executor: FakeExecutor, name: str
) -> tuple[int, FakeRun]:
    """Somebody whose painting is in work."""
    who = await person.new_user(name)
    for seed in (1, 2):
        await person.send_photo(jpeg(seed=100 * who % 7919 + seed), chat=who, user=who)
    return who, await executor.next_run()


@pytest.mark.usefixtures("app")
async def test_chats_that_have_to_wait_hold_up_no_others_result(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.deliveries.MAX_IN_FLIGHT", 2)
    waiting = [await painted_by(person, executor, name) for name in ("Ann", "Bob")]
    cleo, run = await painted_by(person, executor, "Cleo")
    for chat, _ in waiting:
        await person.fault("sendPhoto", "error", error_code=429, retry_after=2, chat=chat)
    for _, one in waiting:
        one.finish()
    await person.wait_for_calls("sendPhoto", lambda calls: len(calls) == 2)
    # What else is said there waits, too, and is no reason for a result to wait.
    for chat, _ in waiting:
        await person.send_text("/help", chat=chat, user=chat)
    run.finish()
    await person.wait_for(said(RESULT), chat=cleo, within=1.5)
    for chat, _ in waiting:
        await person.wait_for(said(RESULT), chat=chat, within=15)
    assert impatience(await person.calls()) == []


async def test_a_429_is_honoured_over_a_restart(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    async with running(settings, executor):
        run = await order_painting(person, executor)
        await person.fault("sendPhoto", "error", error_code=429, retry_after=2)
        run.finish()
        await person.wait_for_calls("sendPhoto")
        refused = time.time()
    async with running(settings, FakeExecutor()):
        await see(person, said(RESULT))
        assert time.time() - refused >= 1.9
    assert impatience(await person.calls("sendPhoto")) == []


@pytest.mark.usefixtures("app")
async def test_a_status_message_that_could_not_be_removed_is_removed_later(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.status.PAUSE", 0.05)
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    await person.fault("deleteMessage", "error", error_code=503, times=3)
    run.finish()
    await see(person, said(RESULT))
    await see(person, gone(status.id))
    assert len(await person.calls("deleteMessage")) == 4


@pytest.mark.usefixtures("app")
async def test_the_last_word_comes_after_a_5xx_too(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.status.PAUSE", 0.05)
    await order_painting(person, executor)
    status = await see(person, said(STATUS))
    await person.fault("editMessageText", "error", error_code=503, times=2)
    await person.press(status.id, "Cancel")
    await see(person, said("Cancelled"))


@pytest.mark.usefixtures("app")
async def test_a_result_for_a_topic_that_is_gone_comes_to_the_chat(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, is_forum=True)
    topic = await person.new_topic(group.id, "Cats")
    await group.order(thread=topic)
    run = await executor.next_run()
    await person.fault(
        "sendPhoto", "error", error_code=400, description="Bad Request: message thread not found"
    )
    run.finish()
    result = await group.see(said("Here is the painting"))
    assert result.thread == 0
    assert len(await person.calls("sendPhoto")) == 2


@pytest.mark.usefixtures("app")
async def test_a_file_that_is_too_large_for_telegram_holds_up_nothing(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    await person.fault(
        "sendDocument", "error", error_code=413, description="Request Entity Too Large"
    )
    await person.press(result.id, "File")
    await see(person, said(APOLOGY, after=result.id))
    assert len(await person.calls("sendDocument")) == 1


@pytest.mark.usefixtures("app")
async def test_an_album_is_not_sent_again_because_of_what_follows_it(person: SandboxClient) -> None:
    await person.fault("sendMessage", "error", error_code=502)
    photo = await person.send_photo(jpeg(seed=1))
    await see(person, said("Now send the style", after=photo.id))
    assert len(await person.calls("sendMediaGroup")) == 1
    assert len(await person.calls("sendMessage")) == 2


@pytest.mark.usefixtures("app")
async def test_a_reaction_that_could_not_be_shown_is_shown_later(
    group: Group, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reactions.PAUSES", (0.05, 0.05))
    request = await group.order()
    await group.reacted(request.id, "👀")
    await group.person.fault("setMessageReaction", "error", error_code=500, times=2)
    (await executor.next_run()).finish()
    await group.reacted(request.id, "👍")


async def test_a_server_that_has_lost_a_method_for_a_while_ends_nothing(
    person: SandboxClient, app: App
) -> None:
    await person.fault("getUpdates", "unknown_method", times=2)
    await person.send_text("/help")
    await see(person, said("Send two photos"))
    assert not app.intake.done()


async def test_a_token_that_is_rejected_ends_the_service(person: SandboxClient, app: App) -> None:
    await person.fault(
        "getUpdates", "error", error_code=401, description="Unauthorized", times=None
    )
    await person.send_text("/help")
    with pytest.raises(AtelierError, match="BotFather"):
        await asyncio.wait_for(app.failed(), 10)


def test_a_result_waits_for_days_without_a_flood() -> None:
    assert [pause(attempts, 0.0) for attempts in (0, 1, 5, 6, 5000)] == [1, 2, 32, 60, 60]
    assert [pause(attempts, 17.0) for attempts in (0, 6)] == [17, 60]


@pytest.mark.usefixtures("app")
async def test_a_button_works_though_its_notice_has_to_wait(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.ANSWER_SECONDS", 0.2)
    await person.fault("answerCallbackQuery", "error", error_code=429, retry_after=3600)
    for seed in (1, 5):
        run = await order_painting(person, executor, (jpeg(seed=seed), jpeg(seed=seed + 1)))
        status = await see(person, said(STATUS))
        with pytest.raises(TimeoutError):
            await person.press(status.id, "Cancel", within=0.1)
        await asyncio.wait_for(run.cancelled.wait(), 5)
        await see(person, said("Cancelled"))
    assert len(await person.calls("answerCallbackQuery")) == 1


@pytest.mark.usefixtures("app")
async def test_a_photo_that_is_gone_is_asked_for_again(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault(
        "getFile", "error", error_code=400, description="Bad Request: invalid file_id"
    )
    await person.fault("download", "error", error_code=404, description="Not Found")
    for seed in (1, 2):
        await person.send_photo(jpeg(seed=seed))
    await see(person, several(2, lambda message: "could not fetch" in message.text))
    (await order_painting(person, executor)).finish()
    await see(person, said(RESULT))


@pytest.mark.usefixtures("app")
async def test_the_file_server_s_429_is_honoured_too(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("download", "error", error_code=429, retry_after=1)
    bob = await person.new_user("Bob")
    for who in (person.user, bob):
        await person.send_photo(jpeg(seed=who % 97), chat=who, user=who)
    await person.wait_for_calls("download", lambda calls: len(calls) == 3)
    times = [one["time"] for one in await person.calls("download")]
    assert times[2] - times[0] >= 1
    assert impatience(await person.calls()) == []


@pytest.mark.usefixtures("app")
async def test_a_photo_that_is_never_given_holds_up_its_chat_for_a_while_only(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fetching.MAX_DELAYS", 2)
    await person.fault("download", "error", error_code=503, times=2)
    await person.send_photo(jpeg(seed=1))
    await person.send_text("/help")
    told = await see(person, said("could not fetch"))
    await see(person, said("Send two photos", after=told.id))


@pytest.mark.usefixtures("app")
async def test_a_photo_is_fetched_once_however_often_its_answer_is_tried(
    person: SandboxClient,
) -> None:
    await person.fault("sendMediaGroup", "error", error_code=502)
    await person.send_photo(jpeg(seed=1))
    await see(person, said("Now send the style"))
    assert len(await person.calls("sendMediaGroup")) == 2
    assert len(await person.calls("download")) == 1


@pytest.mark.usefixtures("app")
async def test_updates_that_come_twice_and_in_disorder_are_painted_once(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    for kind in ("duplicate", "reorder", "duplicate", "reorder"):
        await person.fault("updates", kind, seconds=0.3)
    run = await order_painting(person, executor)
    await person.send_text("/help")
    await see(person, said("Send two photos"))
    run.finish()
    await see(person, said(RESULT))
    assert len(executor.runs) == 1
    assert len([m for m in await person.messages() if RESULT in m.text]) == 1
