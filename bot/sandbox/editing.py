"""The Bot API's methods on messages that are there: edits, deletion, reactions, callbacks."""

import time
from typing import Any

from bot.sandbox import markup
from bot.sandbox.errors import bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.sending import caption_of, find_chat, input_media, text_of, writable
from bot.sandbox.service import Service
from bot.sandbox.state import Chat

Json = dict[str, Any]

CALLBACK_SECONDS = 30.0  # Telegram's is not documented; it is of this order
MAX_CALLBACK_TEXT = 200
REACTIONS = frozenset(
    {
        "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉",
        "🤩", "🤮", "💩", "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳", "❤\u200d🔥", "🌚",
        "🌭", "💯", "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕",
        "😈", "😴", "😭", "🤓", "👻", "👨\u200d💻", "👀", "🎃", "🙈", "😇", "😨", "🤝", "✍",
        "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘",
        "💊", "🙊", "😎", "👾", "🤷\u200d♂", "🤷", "🤷\u200d♀", "😡",
    }
)  # fmt: skip
_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_MEDIA = ("photo", "document", "animation", "has_media_spoiler")
_UPLOADED = ("photo", "document", "animation")


async def edit_message_text(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagetext"""
    chat, message = _editable(service, call)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _replace(service, chat, message, call, _TEXT, text_of(call))


async def edit_message_caption(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagecaption"""
    chat, message = _editable(service, call)
    if not any(kind in message for kind in _UPLOADED):
        raise bad_request("there is no caption in the message to edit")
    return _replace(service, chat, message, call, _CAPTION, caption_of(call))


async def edit_message_media(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagemedia: turns a text into a photo, too."""
    chat, message = _editable(service, call)
    item = call.json("media")
    if not item:
        raise bad_request("input media is not specified")
    content = await input_media(service, call, item)
    if message["message_id"] not in chat.messages:  # deleted while the picture was read
        raise bad_request("message to edit not found")
    return _replace(service, chat, message, call, _TEXT + _CAPTION + _MEDIA, content)


async def edit_message_reply_markup(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    chat, message = _editable(service, call)
    return _replace(service, chat, message, call, (), {})


async def delete_message(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletemessage"""
    chat = writable(service, call)
    message = chat.messages.get(call.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    own = message["message_id"] in chat.bots
    if not (own or chat.type == "private" or chat.bot_is_admin):
        raise bad_request("message can't be deleted")
    service.world.remove_message(chat, message["message_id"])
    return True


async def set_message_reaction(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setmessagereaction: one emoji of the fixed set."""
    chat = writable(service, call)
    id_ = call.integer("message_id")
    if id_ not in chat.messages:
        raise bad_request("message to react not found")
    wanted = call.json("reaction") or []
    if len(wanted) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in wanted:
        known = reaction.get("type") == "emoji" and reaction.get("emoji") in REACTIONS
        if not (known and chat.reactions):
            raise bad_request("REACTION_INVALID")
    chat.extras.setdefault(id_, {})["reactions"] = [one["emoji"] for one in wanted]
    service.world.note("reaction", chat.id, **service.world.shown(chat, id_))
    return True


async def answer_callback_query(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery: once, and in time."""
    callback = service.world.callbacks.get(call.text("callback_query_id"))
    late = callback and time.monotonic() - callback.pressed_at > CALLBACK_SECONDS
    if callback is None or callback.answer is not None or late:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = call.text("text")
    if len(text) > MAX_CALLBACK_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.answer = {
        "text": text,
        "show_alert": call.boolean("show_alert"),
        "url": call.text("url"),
    }
    service.world.note(
        "callback_answer",
        callback.chat_id,
        callback_query_id=callback.id,
        message_id=callback.message_id,
        **callback.answer,
    )
    return True


def _editable(service: Service, call: Parameters) -> tuple[Chat, Json]:
    if call.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = writable(service, call) if call.text("chat_id") else find_chat(service, call)
    message = chat.messages.get(call.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message["message_id"] not in chat.bots:
        raise bad_request("message can't be edited")
    return chat, message


def _replace(
    service: Service, chat: Chat, old: Json, call: Parameters, fields: tuple[str, ...], new: Json
) -> Json:
    """`old` with `fields` replaced by `new`, and the keyboard by the call's or by none."""
    message = {key: value for key, value in old.items() if key not in fields} | new
    message.pop("reply_markup", None)
    if keyboard := markup.inline(call.json("reply_markup")):
        message["reply_markup"] = keyboard
    if _comparable(message) == _comparable(old):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message"
        )
    message["edit_date"] = int(time.time())
    return service.world.put_message(chat, message, edited=True)


def _comparable(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "edit_date"}
