"""Groups and channels as Telegram has them: who speaks, who may what, and where they go."""

import pytest
from telegram import Bot, Message
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.sandbox.client import SandboxClient, SandboxError
from tests.bot.sandbox.pictures import jpeg


async def _got(bot: Bot) -> list[Message]:
    """What the bot was sent, posts of channels too."""
    return [one.effective_message for one in await bot.get_updates() if one.effective_message]


async def test_an_anonymous_administrator_speaks_as_the_group(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user])
    await person.send_text("/style", chat=group, sender_chat=group)
    [message] = await _got(bot)
    assert message.from_user
    assert message.from_user.username == "GroupAnonymousBot"
    assert message.sender_chat == message.chat


async def test_a_channels_post_has_no_sender_and_comes_again_in_its_group(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user])
    channel = await person.new_group("News", [person.user], kind="channel", discussion=group)
    await person.send_photo(jpeg(), "/style", chat=channel)
    updates = [one for one in await bot.get_updates() if one.effective_message]
    post, copy = updates[0].channel_post, updates[1].message
    assert post
    assert copy
    assert (post.from_user, post.sender_chat) == (None, post.chat)
    assert copy.is_automatic_forward
    assert copy.sender_chat == post.chat
    assert copy.chat.id == group
    assert copy.caption == "/style"


async def test_the_bots_own_posts_in_a_channel_can_be_edited_and_the_owners_not(
    bot: Bot, person: SandboxClient
) -> None:
    channel = await person.new_group("News", [person.user], kind="channel")
    theirs = await person.send_text("hello", chat=channel)
    own = await bot.send_message(channel, "a question", reply_to_message_id=theirs.id)
    assert (own.from_user, own.sender_chat) == (None, own.chat)
    await bot.edit_message_text("another", channel, own.message_id)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("mine now", channel, theirs.id)
    assert [one.from_bot for one in await person.messages(channel)] == [False, True]


async def test_administrators_are_the_owner_and_those_who_were_made_so(
    bot: Bot, person: SandboxClient
) -> None:
    bob, carol = await person.new_user("Bob"), await person.new_user("Carol")
    group = await person.new_group("Friends", [person.user, bob, carol])
    await person.promote(group, bob)
    await person.promote(group)
    listed = {(one.user.id, one.status) for one in await bot.get_chat_administrators(group)}
    assert listed == {
        (person.user, "creator"),
        (bob, "administrator"),
        (bot.id, "administrator"),
    }
    assert (await bot.get_chat_member(group, carol)).status == "member"
    await person.promote(group, bob, admin=False)
    assert (await bot.get_chat_member(group, bob)).status == "member"
    with pytest.raises(SandboxError, match="Only a member"):
        await person.promote(group, person.user)


async def test_the_bot_is_told_when_it_is_promoted_and_sees_everything_then(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user])
    await person.send_text("unseen", chat=group)
    await person.promote(group)
    await person.send_text("seen", chat=group)
    updates = await bot.get_updates()
    assert [one.my_chat_member.new_chat_member.status for one in updates if one.my_chat_member] == [
        "member",
        "administrator",
    ]
    assert [one.message.text for one in updates if one.message] == ["seen"]


async def test_a_group_that_was_upgraded_names_its_new_self(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user], kind="group")
    await bot.send_message(group, "here")
    new = await person.migrate(group)
    told = await _got(bot)
    assert [(one.chat.id, one.migrate_to_chat_id, one.migrate_from_chat_id) for one in told] == [
        (group, new, None),
        (new, None, group),
    ]
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group, "still here")
    assert moved.value.new_chat_id == new
    assert await bot.send_message(new, "now here")
    with pytest.raises(SandboxError, match="supergroup"):
        await person.send_text("late", chat=group)


async def test_a_bot_that_was_kicked_may_neither_write_nor_look(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user])
    await person.allow_bot(False, chat=group)
    with pytest.raises(Forbidden, match="kicked from the supergroup"):
        await bot.send_message(group, "hello")
    with pytest.raises(Forbidden, match="kicked"):
        await bot.get_chat_member(group, person.user)


async def test_a_group_may_not_want_reactions(bot: Bot, person: SandboxClient) -> None:
    group = await person.new_group("Friends", [person.user], reactions=False)
    sent = await person.send_text("/style", chat=group)
    with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
        await bot.set_message_reaction(group, sent.id, "👀")
