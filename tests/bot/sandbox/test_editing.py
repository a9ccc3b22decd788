"""Edits, deletions, reactions and callback answers, as Telegram takes and refuses them."""

import asyncio

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.pictures import jpeg

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data="stop")]])


@pytest.fixture(autouse=True)
async def _started(person: SandboxClient) -> None:
    await person.send_text("/start")


async def test_a_text_becomes_a_photo_and_the_photo_another(
    bot: Bot, person: SandboxClient
) -> None:
    status = await bot.send_message(person.user, "Painting", reply_markup=KEYBOARD)
    await status.edit_media(InputMediaPhoto(jpeg(), caption="sketch"), reply_markup=KEYBOARD)
    await status.edit_media(InputMediaPhoto(jpeg(seed=1), caption="10 %"), reply_markup=KEYBOARD)
    shown = (await person.messages())[-1]
    assert (shown.id, shown.text, shown.raw.get("text")) == (status.message_id, "10 %", None)
    assert shown.photo
    assert shown.button("Stop").data == "stop"
    kinds = [
        change.message.text
        async for change in _until(person, status.message_id, "10 %")
        if change.message
    ]
    assert kinds == ["Painting", "sketch", "10 %"]


async def _until(person: SandboxClient, message_id: int, text: str):  # type: ignore[no-untyped-def]
    async for change in person.changes():
        if change.message and change.message.id == message_id:
            yield change
            if change.message.text == text:
                return


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, person: SandboxClient) -> None:
    text = await bot.send_message(person.user, "same", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await text.edit_text("same", reply_markup=KEYBOARD)
    photo = await bot.send_photo(person.user, jpeg(), "same")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await photo.edit_media(InputMediaPhoto(photo.photo[-1].file_id, caption="same"))
    with pytest.raises(BadRequest, match="Message is not modified"):
        await photo.edit_reply_markup()


async def test_an_edit_without_a_keyboard_takes_it_away(bot: Bot, person: SandboxClient) -> None:
    text = await bot.send_message(person.user, "text", reply_markup=KEYBOARD)
    await text.edit_text("text")
    assert (await person.messages())[-1].buttons == ()


async def test_what_cannot_be_edited_is_refused(bot: Bot, person: SandboxClient) -> None:
    photo = await bot.send_photo(person.user, jpeg())
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", person.user, photo.message_id)
    text = await bot.send_message(person.user, "x")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(person.user, text.message_id, caption="x")
    theirs = await person.send_text("mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", person.user, theirs.id)
    await person.delete(text.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await text.edit_text("y")


async def test_deleting(bot: Bot, person: SandboxClient) -> None:
    own = await bot.send_message(person.user, "x")
    assert await own.delete()
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await own.delete()
    group = await person.new_group("Friends", [person.user])
    theirs = await person.send_text("/start", chat=group)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(group, theirs.id)


async def test_only_one_reaction_of_the_fixed_set(bot: Bot, person: SandboxClient) -> None:
    theirs = await person.send_text("look")
    await bot.set_message_reaction(person.user, theirs.id, "👀")
    await bot.set_message_reaction(person.user, theirs.id, "👍")
    assert (await person.messages())[-1].reactions == ("👍",)
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(person.user, theirs.id, "✅")
    with pytest.raises(BadRequest, match="Reactions_too_many"):
        await bot.set_message_reaction(person.user, theirs.id, ["👍", "🎉"])
    await bot.set_message_reaction(person.user, theirs.id)
    assert (await person.messages())[-1].reactions == ()


async def test_a_press_is_answered_once(bot: Bot, person: SandboxClient) -> None:
    message = await bot.send_message(person.user, "x", reply_markup=KEYBOARD)
    press = asyncio.create_task(person.press(message.message_id, "Stop"))
    _, pressed = await _two_updates(bot)
    query = pressed.callback_query
    assert (query.data, query.from_user.id) == ("stop", person.user)
    assert query.message.message_id == message.message_id
    await query.answer("Stopped", show_alert=True)
    answer = await press
    assert (answer.text, answer.show_alert) == ("Stopped", True)
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer("again")


async def _two_updates(bot: Bot):  # type: ignore[no-untyped-def]
    first = (await bot.get_updates(timeout=5))[0]
    second = await bot.get_updates(offset=first.update_id + 1, timeout=5)
    return first, second[0]
