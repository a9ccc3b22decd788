"""The queue in a group: its cap, its list, and the same again, said to whom it concerns."""

import asyncio

import pytest

from bot.app import running
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import said
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import Group


async def test_a_groups_cap_is_told_in_reply_to_the_one_who_asked(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    async with running(settings.model_copy(update={"max_jobs_per_group": 1}), executor):
        group = await Group.of(person)
        await group.order()
        run = await executor.next_run()
        request = await group.order(user=group.bob)
        refused = await group.see(said("This group has 1 painting in work already"))
        assert refused.reply_to == request.id
        run.finish()
        await group.see(said("Here is the painting"))
        photo = await group.photo(3, user=group.bob)
        await group.photo(4, "/style", reply_to=photo.id, user=group.bob)
        await executor.next_run()


@pytest.mark.usefixtures("app")
async def test_the_list_is_ones_own_in_this_group(group: Group, executor: FakeExecutor) -> None:
    await group.order()
    await executor.next_run()
    question = await group.text("/queue", user=group.bob)
    answer = await group.see(said("no painting in the queue", after=question.id))
    assert (answer.reply_to, answer.buttons) == (question.id, ())
    question = await group.text("/queue")
    listed = await group.see(said("1. In work.", after=question.id))
    pressed = await group.person.press(listed.id, "Cancel 1", chat=group.id, user=group.bob)
    assert "Only the person" in pressed.text
    pressed = await group.person.press(listed.id, "Cancel 1", chat=group.id)
    assert "Cancelled" in pressed.text


@pytest.mark.usefixtures("app")
async def test_an_admin_may_cancel_from_somebodys_list(
    group: Group, executor: FakeExecutor
) -> None:
    await group.order(user=group.bob)
    run = await executor.next_run()
    await group.text("/queue", user=group.bob)
    listed = await group.see(said("1. In work."))
    pressed = await group.person.press(listed.id, "Cancel 1", chat=group.id)  # Ann owns the group
    assert pressed.text == "Cancelled."
    async with asyncio.timeout(5):
        await run.cancelled.wait()
    await group.see(lambda chat: [m for m in chat if m.id == listed.id and "no painting" in m.text])


@pytest.mark.usefixtures("app")
async def test_the_same_again_is_answered_at_once_to_whoever_asks(
    group: Group, executor: FakeExecutor
) -> None:
    _, first = await group.painting(executor)
    request = await group.order(user=group.bob)
    second = await group.see(said("painted exactly this before", after=first.id))
    assert (second.reply_to, second.photo) == (request.id, first.photo)
    assert len(executor.runs) == 1


@pytest.mark.usefixtures("app")
async def test_again_in_a_group_repeats_ones_own_of_this_group(
    group: Group, executor: FakeExecutor
) -> None:
    content, _ = await group.painting(executor)
    question = await group.text("/again", user=group.bob)
    await group.see(said("nothing of yours to repeat here yet", after=question.id))
    await group.text("/again")
    run = await executor.next_run()
    assert (run.request.content, run.request.options["seed"]) == (content, 1)
