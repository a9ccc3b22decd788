"""The Bot API's send methods. Changes the world; knows nothing of HTTP."""

import time
from typing import Any

from bot.sandbox import entities, markup, media
from bot.sandbox.errors import bad_request, forbidden, moved
from bot.sandbox.parameters import Parameters
from bot.sandbox.service import Service
from bot.sandbox.state import Chat

Json = dict[str, Any]

MAX_TEXT, MAX_CAPTION, MAX_ALBUM = 4096, 1024, 10
CHAT_ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note",
        "upload_video_note",
    }
)  # fmt: skip
_FLAGS = {
    "protect_content": "has_protected_content",
    "has_spoiler": "has_media_spoiler",
    "show_caption_above_media": "show_caption_above_media",
}


def find_chat(service: Service, call: Parameters) -> Chat:
    """The chat that a call means. Raises `ApiError` where there is none."""
    wanted = call.text("chat_id")
    if not wanted:
        raise bad_request("chat_id is empty")
    for chat in service.world.chats.values():
        if wanted == str(chat.id) or (chat.username and wanted == f"@{chat.username}"):
            if chat.moved_to is not None:
                raise moved(chat.moved_to)
            return chat
    raise bad_request("chat not found")


def writable(service: Service, call: Parameters) -> Chat:
    """Likewise, and the bot may write there, to a topic that exists."""
    chat = find_chat(service, call)
    if chat.type == "private" and not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    if not chat.bot_may_write:
        if chat.type == "private":
            raise forbidden("bot was blocked by the user")
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    thread = call.integer("message_thread_id")
    if thread and thread not in chat.topics:
        raise bad_request("message thread not found")
    return chat


def caption_of(values: Parameters | Json) -> Json:
    """`caption` and `caption_entities`, of a call or of an `InputMedia`."""
    if isinstance(values, Parameters):
        given = values.json("caption_entities")
        caption, mode = values.text("caption"), values.text("parse_mode")
    else:
        given = values.get("caption_entities")
        caption, mode = str(values.get("caption") or ""), str(values.get("parse_mode") or "")
    text, found = entities.parse(caption, mode, given)
    if entities.units(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    content: Json = {"caption": text} if text else {}
    return content | ({"caption_entities": found} if text and found else {})


def text_of(call: Parameters) -> Json:
    """`text` and `entities`. Raises `ApiError` where it is empty or too long."""
    text, found = entities.parse(call.text("text"), call.text("parse_mode"), call.json("entities"))
    if not text:
        raise bad_request("message text is empty")
    if entities.units(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": found} if found else {})


def post(service: Service, chat: Chat, call: Parameters, content: Json) -> Json:
    """Put one message of the bot into the chat and return it."""
    keyboard = call.json("reply_markup")
    head: Json = {
        "message_id": next(chat.message_ids),
        "chat": chat.to_dict(),
        "date": int(time.time()),
    }
    if chat.type == "channel":
        head["sender_chat"] = chat.to_dict()
    else:
        head["from"] = service.world.bot.to_dict()
    chat.bots.add(head["message_id"])
    if thread := call.integer("message_thread_id"):
        head |= {"message_thread_id": thread, "is_topic_message": True}
    if original := _replied(chat, call):
        head["reply_to_message"] = original
    for parameter, shown in _FLAGS.items():
        if call.boolean(parameter) and (parameter == "protect_content" or "text" not in content):
            content = content | {shown: True}
    if inline := markup.inline(keyboard):
        content = content | {"reply_markup": inline}
    if other := markup.other(keyboard):
        chat.extras.setdefault(head["message_id"], {})["keyboard"] = other
    return service.world.put_message(chat, head | content)


def without_reply(message: Json) -> Json:
    """A message as `reply_to_message` holds it: without the one that it replies to itself."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


def _replied(chat: Chat, call: Parameters) -> Json | None:
    parameters = call.json("reply_parameters") or {}
    id_ = parameters.get("message_id") or call.integer("reply_to_message_id")
    if not id_:
        return None
    if original := chat.messages.get(int(id_)):
        return without_reply(original)
    if parameters.get("allow_sending_without_reply") or call.boolean("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


async def send_message(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#sendmessage"""
    return post(service, writable(service, call), call, text_of(call))


async def send_photo(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#sendphoto"""
    chat, caption = writable(service, call), caption_of(call)
    markup.inline(call.json("reply_markup"))
    sizes = await media.photo(service.files, _required(call, "photo"))
    return post(service, chat, call, {"photo": sizes} | caption)


async def send_document(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#senddocument"""
    chat, caption = writable(service, call), caption_of(call)
    document = await media.document(service.files, _required(call, "document"))
    return post(service, chat, call, {"document": document} | caption)


async def send_animation(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#sendanimation"""
    chat, caption = writable(service, call), caption_of(call)
    content = await _animation(service, _required(call, "animation"), _dimensions(call))
    return post(service, chat, call, content | caption)


async def send_media_group(service: Service, call: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#sendmediagroup"""
    chat = writable(service, call)
    items = call.json("media")
    if not items or not isinstance(items, list):
        raise bad_request("there are no messages to send")
    if len(items) > MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    kinds = {item.get("type") for item in items}
    if not kinds <= {"photo", "document"} or len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [await input_media(service, call, item) for item in items]
    group = {"media_group_id": str(time.time_ns())} if len(items) > 1 else {}
    plain = Parameters({k: v for k, v in call.values.items() if k != "reply_markup"})
    return [post(service, chat, plain, content | group) for content in contents]


async def send_chat_action(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#sendchataction"""
    chat = writable(service, call)
    action = call.text("action")
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    service.world.note("action", chat.id, action=action)
    return True


async def input_media(service: Service, call: Parameters, item: Json) -> Json:
    """The content of a message for one `InputMedia` (photo, document or animation)."""
    if not isinstance(item, dict) or not isinstance(item.get("media"), str):
        raise bad_request("can't parse InputMedia: media not found")
    caption, source = caption_of(item), call.attached(item["media"])
    content: Json
    match item.get("type"):
        case "photo":
            content = {"photo": await media.photo(service.files, source)}
        case "document":
            content = {"document": await media.document(service.files, source)}
        case "animation":
            content = await _animation(service, source, item)
        case kind:
            raise bad_request(f"can't parse InputMedia: type {kind!r} is unsupported")
    for parameter, shown in _FLAGS.items():
        if item.get(parameter):
            content[shown] = True
    return content | caption


async def _animation(service: Service, source: Any, given: Json) -> Json:
    animation = await media.animation(service.files, source, given)
    document = {
        key: value for key, value in animation.items() if key not in ("width", "height", "duration")
    }
    return {"animation": animation, "document": document}


def _dimensions(call: Parameters) -> Json:
    return {name: call.integer(name) for name in ("width", "height", "duration")}


def _required(call: Parameters, name: str) -> Any:
    source = call.file(name)
    if source == "":
        raise bad_request(f"there is no {name} in the request")
    return source
