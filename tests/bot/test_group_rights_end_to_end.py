"""Who speaks in a group, who may press its buttons, and what shows that a request was taken."""

from typing import Any

import pytest

from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from tests.bot.chats import said
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import ASKS_CONTENT, ASKS_STYLE, RESULT, Group
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.usefixtures("app")


async def test_only_whoever_asked_may_press_and_others_are_told_in_private(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await group.order(user=group.bob)
    run = await executor.next_run()
    status = await group.see(said("Mixing the paint"))
    carol = await person.new_user("Carol")
    before = len(await group.messages())
    answer = await person.press(status.id, "Cancel", chat=group.id, user=carol)
    assert "or an admin of this group" in answer.text
    assert not run.cancelled.is_set()
    assert len(await group.messages()) == before, "nobody else hears of it"
    answer = await person.press(status.id, "Cancel", chat=group.id, user=group.bob)
    assert answer.text == "Cancelled."
    await run.cancelled.wait()


async def test_a_groups_admins_may_press_anything_and_telegram_is_asked_once(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    carol = await person.new_user("Carol")
    group_id = await person.new_group("Others", [carol, group.bob])
    friends = Group(person, group_id, group.bob, group.bot)
    _, result = await friends.painting(executor, user=group.bob)
    dave = person.user  # neither a member nor an admin there
    answer = await person.press(result.id, "File", chat=group_id, user=dave)
    assert "or an admin of this group" in answer.text
    for _ in range(3):
        answer = await person.press(result.id, "File", chat=group_id, user=carol)
        assert "on its way" in answer.text
    asked = [call["parameters"]["user_id"] for call in await person.calls("getChatMember")]
    assert sorted(map(int, asked)) == sorted([dave, carol])
    await person.press(result.id, "File", chat=group_id, user=group.bob)
    assert len(await person.calls("getChatMember")) == 2, "nobody is asked about the owner"


async def test_eyes_when_taken_and_a_thumb_when_done(group: Group, executor: FakeExecutor) -> None:
    request = await group.order()
    run = await executor.next_run()
    await group.reacted(request.id, "👀")
    run.finish()
    await group.reacted(request.id, "👍")


async def test_a_tear_when_it_failed_and_nothing_when_it_was_cancelled(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    request = await group.order()
    run = await executor.next_run()
    run.emit(Failed("unreadable", retryable=False))
    apology = await group.see(said("could not read"))
    assert apology.reply_to == request.id
    await group.reacted(request.id, "😢")

    request = await group.order()
    await executor.next_run()
    await group.reacted(request.id, "👀")
    status = await group.see(said("Mixing the paint"))
    await person.press(status.id, "Cancel", chat=group.id)
    await group.reacted(request.id, None)


async def test_in_a_group_without_reactions_all_else_works_and_they_are_not_tried_again(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, reactions=False)
    await group.painting(executor)
    calls = await person.wait_for_calls("setMessageReaction", lambda calls: calls)
    assert [call["answer"]["ok"] for call in calls] == [False]
    await group.photo(5, "/style", reply_to=(await group.photo(6)).id)
    run = await executor.next_run()
    run.finish()
    await group.see(lambda chat: sum(RESULT in one.text for one in chat) == 2)
    assert len(await person.calls("setMessageReaction")) == 1


async def test_in_private_there_are_no_reactions(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_album([jpeg(seed=1), jpeg(seed=2)])
    (await executor.next_run()).finish()
    await person.wait_for(said("Here is your painting"))
    assert await person.calls("setMessageReaction") == []


async def test_an_anonymous_admin_asks_as_the_group_and_any_admin_may_press(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    as_group: dict[str, Any] = {"sender_chat": group.id}
    command = await group.text("/style", **as_group)
    question = await group.see(said(ASKS_CONTENT))
    assert question.reply_to == command.id
    await group.photo(9, reply_to=question.id, user=group.bob)  # he was not asked
    await group.photo(1, reply_to=question.id, **as_group)
    question = await group.see(said(ASKS_STYLE))
    await group.photo(2, reply_to=question.id, **as_group)
    run = await executor.next_run()
    status = await group.see(said("Mixing the paint"))
    answer = await person.press(status.id, "Cancel", chat=group.id, user=group.bob)
    assert "or an admin of this group" in answer.text
    run.sketch()
    await group.see(lambda chat: any(one.photo and one.from_bot for one in chat))
    await person.press(status.id, "Cancel", chat=group.id)  # presses are never anonymous
    await run.cancelled.wait()
    await group.text("/settings", **as_group)
    await group.see(said("How I paint in this group"))


async def test_a_channels_post_is_painted_in_the_channel(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    bob = await person.new_user("Bob")
    channel = Group(
        person, await person.new_group("News", [person.user], kind="channel"), bob, "atelier"
    )
    await channel.photo(5)  # a post like any other
    post = await channel.photo(1, "/style")
    question = await channel.see(said(ASKS_STYLE))
    assert question.reply_to == post.id
    await channel.photo(2, reply_to=question.id)
    run = await executor.next_run()
    assert run.request.content == await channel.bytes_of(post)
    run.finish()
    result = await channel.see(said(RESULT))
    assert result.reply_to == post.id
    await channel.reacted(post.id, "👍")
    await channel.photo(3, reply_to=result.id)
    assert (await executor.next_run()).request.content == await channel.bytes_of(post)


async def test_a_linked_channels_post_is_painted_in_its_discussion_group(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person)
    channel = await person.new_group("News", [person.user], kind="channel", discussion=group.id)
    await person.allow_bot(False, chat=channel)  # the bot is in the group only
    await person.send_photo(jpeg(seed=1), "/style", chat=channel)
    question = await group.see(said(ASKS_STYLE))
    await group.photo(9, reply_to=question.id)  # a person, not the channel
    await group.photo(2, reply_to=question.id, sender_chat=channel)
    run = await executor.next_run()
    run.finish()
    await group.see(said(RESULT))
    assert len(executor.runs) == 1


async def test_a_groups_settings_are_those_of_its_topics_and_of_all_in_it(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, is_forum=True)
    topic = await person.new_topic(group.id, "Art")
    await group.text("/settings", thread=topic)
    panel = await group.see(said("How I paint in this group"))
    assert panel.thread == topic
    await person.press(panel.id, "Quality", chat=group.id)
    await group.see(lambda chat: any("Fine" in b.text for one in chat for b in one.buttons))
    await person.press(panel.id, "Fine", chat=group.id)
    await group.order(user=group.bob)
    assert (await executor.next_run()).request.options["quality"] == "fine"
