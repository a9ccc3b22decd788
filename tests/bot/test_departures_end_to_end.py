"""The bot is removed, blocked, or the group becomes another chat: in the middle of a painting."""

import pytest

from bot.app import running
from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import ASKS_CONTENT, RESULT, Group
from tests.bot.sandbox.pictures import jpeg

KICKED = {"error_code": 403, "description": "Forbidden: bot was kicked from the supergroup chat"}


@pytest.mark.usefixtures("app")
async def test_removed_from_a_group_its_paintings_are_cancelled_running_and_queued(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await group.order()
    run = await executor.next_run()
    await group.order(user=group.bob)
    await group.see(said("place 1"))
    await person.allow_bot(False, chat=group.id)
    await run.cancelled.wait()
    await order_painting(person, executor)  # the next run is this one, not Bob's
    assert len(executor.runs) == 2
    sent = [call["parameters"]["chat_id"] for call in await person.calls("sendPhoto")]
    assert str(group.id) not in map(str, sent)


@pytest.mark.usefixtures("app")
async def test_back_in_the_group_it_serves_it_as_before(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await group.order()
    run = await executor.next_run()
    await person.allow_bot(False, chat=group.id)
    await run.cancelled.wait()
    await person.allow_bot(True, chat=group.id)
    _, result = await group.painting(executor)
    assert result


@pytest.mark.usefixtures("app")
async def test_a_refusal_is_enough_where_the_update_has_not_come(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await group.order()
    run = await executor.next_run()
    await group.see(said("Mixing the paint"))
    await person.fault("editMessageMedia", "error", times=None, **KICKED)
    run.sketch()
    await run.cancelled.wait()
    await person.wait_for_calls("editMessageMedia", lambda calls: len(calls) == 1)


@pytest.mark.usefixtures("app")
async def test_a_result_that_nobody_can_get_is_not_tried_for_ever(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("sendPhoto", "error", times=None, **KICKED)
    await group.order()
    (await executor.next_run()).finish()
    await person.wait_for_calls("sendPhoto")
    await person.clear_faults()
    _, result = await group.painting(executor)  # another request is served
    assert len(await person.calls("sendPhoto")) == 2
    assert [one.id for one in await group.own() if RESULT in one.text] == [result.id]


async def test_an_old_piece_of_news_cancels_nothing(
    person: SandboxClient, settings: Settings
) -> None:
    """Removed and taken back while the bot was away: it hears of both when it is back."""
    group, before, after = await Group.of(person), FakeExecutor(), FakeExecutor()
    async with running(settings, before):
        await group.order()
        await before.next_run()
        await group.see(said("Mixing the paint"))
    await person.allow_bot(False, chat=group.id)
    await person.allow_bot(True, chat=group.id)
    async with running(settings, after):
        run = await after.next_run()
        await group.text("/help")
        await group.see(said("Send /style"))
        assert not run.cancelled.is_set()
        run.finish()
        await group.see(said(RESULT))


@pytest.mark.parametrize("hears", [True, False], ids=["by an update", "by an error"])
@pytest.mark.usefixtures("app")
async def test_the_painting_of_a_group_that_became_a_supergroup_arrives_there(
    person: SandboxClient, executor: FakeExecutor, hears: bool
) -> None:
    group = await Group.of(person, kind="group")
    await group.order()
    run = await executor.next_run()
    await group.see(said("Mixing the paint"))
    if not hears:
        await person.fault("getUpdates", "error", error_code=502, description="Bad", times=3)
    new = Group(person, await person.migrate(group.id), group.bob, group.bot)
    run.sketch()
    status = await new.see(lambda chat: next((m for m in chat if m.from_bot and m.photo), None))
    assert status
    run.finish()
    result = await new.see(said(RESULT))
    assert result.reply_to is None, "the request stands in the old chat"
    assert len(await person.calls("sendPhoto")) <= 2
    # what comes next is a request like any other
    await new.photo(5, reply_to=result.id)
    assert (await executor.next_run()).request.content == run.request.content


@pytest.mark.usefixtures("app")
async def test_a_groups_settings_move_with_it(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, kind="group")
    await group.text("/language")
    panel = await group.see(said("The language that I speak here"))
    await person.press(panel.id, "Русский", chat=group.id)
    await group.see(said("Как я рисую в этой группе"))
    new = Group(person, await person.migrate(group.id), group.bob, group.bot)
    await new.order()
    await executor.next_run()
    await new.see(said("Смешиваю краски"))


@pytest.mark.usefixtures("app")
async def test_an_apology_moves_too(person: SandboxClient, executor: FakeExecutor) -> None:
    group = await Group.of(person, kind="group")
    await group.order()
    run = await executor.next_run()
    new = Group(person, await person.migrate(group.id), group.bob, group.bot)
    run.emit(Failed("unreadable", retryable=False))
    await new.see(said("could not read"))


@pytest.mark.usefixtures("app")
async def test_a_request_that_was_begun_is_forgotten_when_the_bot_is_removed(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await group.asked()
    await person.allow_bot(False, chat=group.id)
    await person.wait_for_calls("sendChatAction")
    await person.allow_bot(True, chat=group.id)
    await group.text("/style")
    await group.see(said(ASKS_CONTENT))


@pytest.mark.usefixtures("app")
async def test_blocked_in_private_the_painting_is_cancelled(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    await see(person, said("Mixing the paint"))
    await person.allow_bot(False)
    await run.cancelled.wait()
    await person.allow_bot(True)
    await person.send_album([jpeg(seed=3), jpeg(seed=4)])
    await executor.next_run()
