"""What the sandbox knows and says, against the machine-readable Bot API."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
)

from bot.sandbox.client import SandboxClient
from bot.sandbox.editing import REACTIONS
from bot.sandbox.methods import METHODS
from tests.bot.sandbox.pictures import encoded, jpeg, picture
from tests.bot.sandbox.schema import problems, spec

BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_is_one_of_telegrams(method: str) -> None:
    assert method in spec()["methods"]


def test_reactions_are_those_that_telegram_lists() -> None:
    emoji = next(
        field
        for field in spec()["types"]["ReactionTypeEmoji"]["fields"]
        if field["name"] == "emoji"
    )
    listed = emoji["description"].partition("one of ")[2].strip(".").replace('"', "").split(", ")
    assert set(listed) == REACTIONS


def test_the_check_sees_what_is_wrong() -> None:
    user = {"id": "1", "is_bot": False, "colour": "red"}
    assert sorted(problems(user, ["User"])) == [
        ".colour: unknown to User",
        ".first_name: missing from User",
        ".id: '1' is no Integer",
    ]


async def _everything(bot: Bot, person: SandboxClient) -> None:
    """Every method once, with what it can carry, and every kind of update."""
    chat = person.user
    await bot.get_me()
    await person.send_text("/start now")
    text = await bot.send_message(chat, "<b>Hi</b>", parse_mode="HTML", reply_markup=BUTTON)
    await bot.edit_message_text("Hello", chat, text.message_id, reply_markup=BUTTON)
    await bot.edit_message_reply_markup(chat, text.message_id)
    await text.edit_media(InputMediaPhoto(jpeg(), caption="a sketch"), reply_markup=BUTTON)
    await bot.edit_message_caption(chat, text.message_id, caption="done", reply_markup=BUTTON)
    await bot.send_message(chat, "Which?", reply_markup=ForceReply())
    own = await bot.send_photo(chat, jpeg(), "a photo", has_spoiler=True)
    await bot.send_photo(chat, own.photo[-1].file_id, reply_to_message_id=own.message_id)
    await bot.send_document(chat, encoded(picture(), "PNG"), filename="result.png")
    await bot.send_animation(chat, encoded(picture(40, 40), "GIF"), filename="a.gif")
    await bot.send_media_group(chat, [InputMediaPhoto(jpeg()), InputMediaPhoto(jpeg(seed=1))])
    await bot.send_media_group(chat, [InputMediaDocument(jpeg()), InputMediaDocument(jpeg())])
    await bot.send_chat_action(chat, "upload_photo")
    await bot.set_message_reaction(chat, own.message_id, "👍")
    await bot.delete_message(chat, own.message_id)
    await bot.set_my_commands([BotCommand("help", "What I do")], BotCommandScopeChat(chat), "de")
    await bot.get_my_commands(BotCommandScopeChat(chat), "de")
    await bot.delete_my_commands(BotCommandScopeChat(chat), "de")
    await bot.set_my_description("Ich male.", "de")
    await bot.get_my_description("de")
    await bot.set_my_short_description("Malt.", "de")
    await bot.get_my_short_description("de")
    await bot.get_chat(chat)
    await _updates(bot, person, text.message_id)


async def _updates(bot: Bot, person: SandboxClient, button_of: int) -> None:
    await person.send_photo(jpeg(), "style", reply_to=button_of)
    await person.send_album([jpeg(), jpeg(seed=1)], "two", send_as="document")
    forum = await person.new_group("Friends", [person.user], is_forum=True, bot_is_admin=True)
    topic = await person.new_topic(forum, "Art")
    await person.send_text("in a topic", chat=forum, thread=topic)
    await bot.send_message(forum, "as well", message_thread_id=topic)
    for member in (person.user, bot.id, await person.new_user("Else")):
        await bot.get_chat_member(forum, member)
    await bot.get_chat_administrators(forum)
    channel = await person.new_group("News", [person.user], kind="channel", discussion=forum)
    await person.send_text("a post, and its copy in the group", chat=channel)
    await bot.send_message(channel, "a post of the bot")
    await person.send_text("anonymous", chat=forum, sender_chat=forum)
    await person.migrate(await person.new_group("Small", [person.user], kind="group"))
    updates = await bot.get_updates(timeout=5)
    photo = next(update.message for update in updates if update.message and update.message.photo)
    await bot.get_file(photo.photo[-1])
    await person.allow_bot(False, chat=forum)
    with pytest.raises(TimeoutError):
        await person.press(button_of, "Go", within=0.05)
    updates = await bot.get_updates(offset=updates[-1].update_id + 1, timeout=5)
    await bot.answer_callback_query(updates[-1].callback_query.id, "Done")  # type: ignore[union-attr]
    await bot.set_webhook("http://127.0.0.1:9/", secret_token="s", allowed_updates=["message"])
    await bot.get_webhook_info()
    await bot.delete_webhook()


async def test_every_call_and_answer_fits_the_description(bot: Bot, person: SandboxClient) -> None:
    methods = spec()["methods"]
    await _everything(bot, person)
    calls = await person.calls()
    assert {call["method"] for call in calls} == set(METHODS)
    wrong = []
    for call in calls:
        described = methods[call["method"]]
        known = {field["name"] for field in described.get("fields", [])}
        files = {name for name, value in call["parameters"].items() if isinstance(value, dict)}
        wrong += [
            f"{call['method']}: unknown parameter {name}"
            for name in call["parameters"].keys() - known - files
            if name not in ("reply_to_message_id", "allow_sending_without_reply")
        ]
        assert call["answer"]["ok"], call
        wrong += problems(call["answer"]["result"], described["returns"], call["method"])
    assert wrong == []
