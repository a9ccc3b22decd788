"""What people do: write, send pictures, press buttons. Changes the world."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox import entities, media
from bot.sandbox.errors import ApiError
from bot.sandbox.groups import Refused
from bot.sandbox.parameters import Upload
from bot.sandbox.sending import MAX_CAPTION, MAX_TEXT, without_reply
from bot.sandbox.service import Service
from bot.sandbox.state import Callback, Chat, User

Json = dict[str, Any]
SendAs = Literal["photo", "document", "sticker", "live_photo", "video", "voice"]
ALONE = ("sticker", "live_photo", "voice")  # never in an album

MAX_PERSON_FILE = 50 * 2**20
# Who stands in `from` where a chat speaks: https://core.telegram.org/bots/api#message
_ANONYMOUS = User(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
_CHANNEL = User(136817688, "Channel", "Channel_Bot", is_bot=True)
_TELEGRAM = User(777000, "Telegram")


@dataclass(frozen=True)
class Written:
    """Where somebody writes, and the words: a text, or the caption of the first file."""

    chat: Chat
    user_id: int
    text: str = ""
    reply_to: int | None = None
    thread: int | None = None
    sender_chat: int | None = None  # in the name of the group itself, or of a channel


async def send(
    service: Service,
    written: Written,
    files: Sequence[Upload] = (),
    send_as: SendAs = "photo",
    *,
    late: int = 0,
) -> list[Json]:
    """Put what a person sends into the chat, and give the bot an update for each message.

    Several files are an album: one message a file with a common `media_group_id`. The last `late`
    of them are held back, as by a slow connection, until `release`. Raises `Refused`, before
    anything is sent, for what a client does not let a person send.
    """
    _check(written, files)
    if send_as in ALONE and len(files) != (2 if send_as == "live_photo" else 1):
        raise Refused("A sticker or a voice is sent alone; a live photo is a still and a film.")
    if send_as == "live_photo":
        contents = [await _live_photo(service, *files)]
    else:
        contents = [await _content(service, file, send_as) for file in files] or [{}]
    if len(contents) > 1:
        group = str(time.time_ns())
        contents = [content | {"media_group_id": group} for content in contents]
    contents[0] |= _words(written.text, "caption" if files else "text")
    sent = []
    written.chat.started = True
    for number, content in enumerate(contents):
        message = _head(service, written, next(written.chat.message_ids)) | content
        if number < len(contents) - late:
            _put(service, written.chat, message)
        else:
            written.chat.held.append(message)
        sent.append(message)
    if written.chat.discussion is not None:
        _forward(service, written.chat, service.world.chats[written.chat.discussion], sent)
    return sent


def release(service: Service, chat: Chat) -> None:
    """What was held back arrives."""
    while chat.held:
        _put(service, chat, chat.held.pop(0))


def press(service: Service, chat: Chat, user_id: int, message_id: int, data: str) -> Callback:
    """Press the button that carries `data`. Raises `Refused` where there is none such."""
    message = chat.messages.get(message_id)
    if message is None:
        raise Refused(f"There is no message {message_id} in this chat.")
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    if not any(button.get("callback_data") == data for row in rows for button in row):
        raise Refused(f"Message {message_id} has no such button.")
    callback = Callback(str(secrets.randbits(62)), chat.id, message_id, time.monotonic())
    service.world.callbacks[callback.id] = callback
    query = {
        "id": callback.id,
        "from": _person(service, user_id),
        "message": message,
        "chat_instance": str(chat.id),
        "data": data,
    }
    service.updates.push("callback_query", query)
    return callback


def delete(service: Service, chat: Chat, message_id: int) -> None:
    """Somebody deletes a message for everyone. Bots are not told."""
    if message_id not in chat.messages:
        raise Refused(f"There is no message {message_id} in this chat.")
    service.world.remove_message(chat, message_id)


def visible(service: Service, chat: Chat, message: Json) -> bool:
    """Does the bot get this message? (https://core.telegram.org/bots/features#privacy-mode)"""
    if not chat.bot_may_write:
        return False
    if chat.type == "private" or chat.bot_is_admin or not service.world.privacy:
        return True
    bot = service.world.bot
    if message.get("reply_to_message", {}).get("message_id") in chat.bots:
        return True
    text = str(message.get("text") or message.get("caption") or "")
    encoded = text.encode("utf-16-le")
    for entity in message.get("entities") or message.get("caption_entities") or []:
        start, stop = entity["offset"], entity["offset"] + entity["length"]
        word = encoded[2 * start : 2 * stop].decode("utf-16-le").lower()
        if entity["type"] == "mention" and word == f"@{bot.username}".lower():
            return True
        if entity["type"] == "bot_command" and start == 0:
            _, _, meant = word.partition("@")
            return meant in ("", str(bot.username).lower())
    return False


def _check(written: Written, files: Sequence[Upload]) -> None:
    if not written.text.strip() and not files:
        raise Refused("There is nothing to send.")
    if len(files) > 10:
        raise Refused("An album holds at most ten files.")
    longest = MAX_CAPTION if files else MAX_TEXT
    if entities.units(written.text) > longest:
        raise Refused(f"The text may have at most {longest} characters.")
    if not written.chat.bot_may_write and written.chat.type == "private":
        raise Refused("You have blocked the bot; unblock it first.")
    if written.chat.moved_to is not None:
        raise Refused("The group is a supergroup now; write there.")
    if written.thread and written.thread not in written.chat.topics:
        raise Refused("There is no such topic.")
    if written.reply_to and written.reply_to not in written.chat.messages:
        raise Refused("The message to reply to is gone.")
    if any(len(file.data) > MAX_PERSON_FILE for file in files):
        raise Refused("A file may have at most 50 MB here.")


async def _content(service: Service, file: Upload, send_as: SendAs) -> Json:
    match send_as:
        case "document":
            return {"document": await media.document(service.files, file)}
        case "sticker":
            return {"sticker": await media.sticker(service.files, file)}
        case "video":
            return {"video": await media.film(service.files, file)}
        case "voice":
            return {"voice": await media.voice(service.files, file)}
    try:
        return {"photo": await media.photo(service.files, file, by_person=True)}
    except ApiError:
        raise _no_photo(file) from None


async def _live_photo(service: Service, still: Upload, film: Upload) -> Json:
    try:
        return await media.live_photo(service.files, still, film)
    except ApiError:
        raise _no_photo(still) from None


def _no_photo(file: Upload) -> Refused:
    return Refused(
        f"{file.name} cannot be sent as a photo: it is no picture, too large or too narrow. "
        "Send it as a file."
    )


def _words(text: str, field: str) -> Json:
    words, found = entities.parse(text, "", None)
    if not words:
        return {}
    name = "entities" if field == "text" else "caption_entities"
    return {field: words} | ({name: found} if found else {})


def _head(service: Service, written: Written, message_id: int) -> Json:
    chat = written.chat.to_dict()
    head: Json = {"message_id": message_id, "chat": chat, "date": int(time.time())}
    head |= _sender(service, written)
    if written.thread:
        head |= {"message_thread_id": written.thread, "is_topic_message": True}
    if written.reply_to:
        head["reply_to_message"] = without_reply(written.chat.messages[written.reply_to])
    return head


def _sender(service: Service, written: Written) -> Json:
    chat, spoken_for = written.chat, written.sender_chat
    if chat.type == "channel":
        return {"sender_chat": chat.to_dict()}
    if spoken_for is None:
        return {"from": _person(service, written.user_id)}
    if spoken_for not in service.world.chats:
        raise Refused("There is no chat to speak for.")
    voice = _ANONYMOUS if spoken_for == chat.id else _CHANNEL
    return {"from": voice.to_dict(), "sender_chat": service.world.chats[spoken_for].to_dict()}


def _put(service: Service, chat: Chat, message: Json) -> None:
    service.world.put_message(chat, message)
    if visible(service, chat, message):
        service.updates.push("channel_post" if chat.type == "channel" else "message", message)


def _forward(service: Service, channel: Chat, group: Chat, posts: Sequence[Json]) -> None:
    """What Telegram does by itself with the posts of a channel that has a discussion group."""
    for post in posts:
        origin = {
            "type": "channel",
            "chat": channel.to_dict(),
            "message_id": post["message_id"],
            "date": post["date"],
        }
        head = {
            "message_id": next(group.message_ids),
            "from": _TELEGRAM.to_dict(),
            "sender_chat": channel.to_dict(),
            "chat": group.to_dict(),
            "is_automatic_forward": True,
            "forward_origin": origin,
        }
        kept = {key: value for key, value in without_reply(post).items() if key not in head}
        _put(service, group, kept | head)


def _person(service: Service, user_id: int) -> Json:
    if user_id not in service.world.users:
        raise Refused(f"There is no user {user_id}.")
    return service.world.users[user_id].to_dict()
