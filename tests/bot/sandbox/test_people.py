"""What people do, and which of it the bot gets to see."""

import asyncio

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest

from bot.sandbox.client import SandboxClient, SandboxError
from tests.bot.sandbox.pictures import decoded, encoded, jpeg, picture


async def _seen(bot: Bot) -> list[str]:
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [message.text or message.caption or "<file>" for message in messages]


async def test_an_album_is_one_update_a_photo_with_a_common_group(
    bot: Bot, person: SandboxClient
) -> None:
    await person.send_album([jpeg(), jpeg(seed=1)], "paint")
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert [message.caption for message in messages] == ["paint", None]
    assert len({message.media_group_id for message in messages}) == 1
    assert messages[0].media_group_id
    assert all(message.photo for message in messages)


async def test_a_persons_photo_is_upright_and_small_and_a_file_is_kept(
    bot: Bot, person: SandboxClient
) -> None:
    exif = picture().getexif()
    exif[0x0112] = 6  # rotated by 90 degrees
    data = encoded(picture(4000, 3000), exif=exif)
    photo, file = await person.send_photo(data), await person.send_document(data, "a.jpg")
    assert photo.photo
    assert file.document
    shown = decoded(await person.file(photo.photo))
    assert shown.size == (960, 1280)
    assert dict(shown.getexif()) == {}
    assert await person.file(file.document) == data


@pytest.mark.parametrize(
    ("data", "wanted"),
    [(b"text", "Send it as a file"), (encoded(picture(2100, 100)), "Send it as a file")],
    ids=["no picture", "too narrow"],
)
async def test_what_a_client_does_not_send_as_a_photo(
    person: SandboxClient, data: bytes, wanted: str
) -> None:
    with pytest.raises(SandboxError, match=wanted):
        await person.send_photo(data)
    assert await person.messages() == []


async def test_with_privacy_mode_the_bot_sees_only_what_is_meant_for_it(
    bot: Bot, person: SandboxClient
) -> None:
    group = await person.new_group("Friends", [person.user])
    own = await bot.send_message(group, "Hello")
    username = bot.username
    await person.send_text("chatting", chat=group)
    await person.send_photo(jpeg(), chat=group)
    await person.send_text("about /style", chat=group)
    await person.send_text("/style@another_bot", chat=group)
    await person.send_text("/style", chat=group)
    await person.send_text(f"/style@{username}", chat=group)
    await person.send_text(f"hey @{username}!", chat=group)
    await person.send_photo(jpeg(), "/style", chat=group)
    await person.send_photo(jpeg(), "a reply", chat=group, reply_to=own.message_id)
    assert await _seen(bot) == [
        "/style",
        f"/style@{username}",
        f"hey @{username}!",
        "/style",
        "a reply",
    ]


async def test_an_administrator_sees_everything(bot: Bot, person: SandboxClient) -> None:
    group = await person.new_group("Friends", [person.user], bot_is_admin=True)
    await person.send_text("chatting", chat=group)
    assert await _seen(bot) == ["chatting"]


async def test_topics_keep_their_thread(bot: Bot, person: SandboxClient) -> None:
    forum = await person.new_group("Forum", [person.user], is_forum=True)
    topic = await person.new_topic(forum, "Art")
    await bot.get_updates()
    await person.send_text("/style", chat=forum, thread=topic)
    message = (await bot.get_updates())[-1].message
    assert message
    assert (message.message_thread_id, message.is_topic_message) == (topic, True)
    sent = await bot.send_message(forum, "here", message_thread_id=topic)
    assert sent.message_thread_id == topic


async def test_the_bot_learns_that_it_was_kicked(bot: Bot, person: SandboxClient) -> None:
    group = await person.new_group("Friends", [person.user])
    await person.allow_bot(False, chat=group)
    statuses = [
        (change.old_chat_member.status, change.new_chat_member.status)
        for update in await bot.get_updates()
        if (change := update.my_chat_member)
    ]
    assert statuses == [("left", "member"), ("member", "kicked")]


async def test_a_button_that_is_not_there_cannot_be_pressed(
    bot: Bot, person: SandboxClient
) -> None:
    await person.send_text("/start")
    message = await bot.send_message(person.user, "no buttons")
    with pytest.raises(KeyError, match="Go"):
        await person.press(message.message_id, "Go")


async def test_the_menu_shows_the_narrowest_commands(bot: Bot, person: SandboxClient) -> None:
    await bot.set_my_commands([("help", "Help")])
    await bot.set_my_commands([("cancel", "Cancel")], scope={"type": "all_private_chats"})  # type: ignore[arg-type]
    group = await person.new_group("Friends", [person.user])
    assert [one["command"] for one in await person.commands()] == ["cancel"]
    assert [one["command"] for one in await person.commands(chat=group)] == ["help"]


async def test_a_revision_of_the_future_is_answered_at_once(person: SandboxClient) -> None:
    async with asyncio.timeout(5), httpx.AsyncClient(base_url=person.url) as http:
        answer = await http.get("/sandbox/changes?since=1000&timeout=30")
    assert answer.json() == {"revision": await person.revision(), "events": []}


async def test_descriptions_are_by_language_with_one_for_all_others(bot: Bot) -> None:
    for text, language in (("I paint.", ""), ("Ich male.", "de")):
        await bot.set_my_description(text, language)
        await bot.set_my_short_description(text, language)
    for language, text in (("", "I paint."), ("de", "Ich male."), ("fr", "I paint.")):
        assert (await bot.get_my_description(language)).description == text
        assert (await bot.get_my_short_description(language)).short_description == text
    await bot.set_my_description("", "de")
    assert (await bot.get_my_description("de")).description == "I paint."
    with pytest.raises(BadRequest, match="too_long"):
        await bot.set_my_short_description("x" * 121)
