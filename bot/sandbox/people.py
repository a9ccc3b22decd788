"""What people do: write, send pictures, press buttons, block the bot. Changes the world."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox import accounts, entities, media
from bot.sandbox.errors import ApiError
from bot.sandbox.parameters import Upload
from bot.sandbox.sending import MAX_CAPTION, MAX_TEXT, without_reply
from bot.sandbox.service import Service
from bot.sandbox.state import Callback, Chat, ChatType

Json = dict[str, Any]
SendAs = Literal["photo", "document"]

MAX_PERSON_FILE = 50 * 2**20
TOPIC_COLOUR = 0x6FB9F0


class Refused(Exception):
    """A person's client would not do this. The text is a sentence."""


@dataclass(frozen=True)
class Written:
    """Where somebody writes, and the words: a text, or the caption of the first file."""

    chat: Chat
    user_id: int
    text: str = ""
    reply_to: int | None = None
    thread: int | None = None


def add_group(
    service: Service, chat_type: ChatType, title: str, members: Sequence[int], **known: Any
) -> Chat:
    """A group with the bot in it; the first member is its owner. `known`: fields of `Chat`."""
    if chat_type == "private" or not members:
        raise Refused("A group is of type group or supergroup and has at least one member.")
    if unknown := [id_ for id_ in members if id_ not in service.world.users]:
        raise Refused(f"There is no user {unknown[0]}.")
    chat = Chat(service.world.next_group_id(), chat_type, title, members=list(members), **known)
    service.world.add_chat(chat)
    _membership(service, chat, members[0], was={"status": "left"})
    return chat


def add_topic(service: Service, chat: Chat, name: str) -> int:
    """A topic in a forum; returns its message_thread_id."""
    if not chat.is_forum:
        raise Refused("Only a forum has topics.")
    id_ = next(chat.message_ids)
    chat.topics[id_] = name
    content = {"forum_topic_created": {"name": name, "icon_color": TOPIC_COLOUR}}
    message = _head(service, Written(chat, chat.members[0], thread=id_), id_) | content
    service.updates.push("message", service.world.put_message(chat, message))
    return id_


async def send(
    service: Service, written: Written, files: Sequence[Upload] = (), send_as: SendAs = "photo"
) -> list[Json]:
    """Put what a person sends into the chat, and give the bot an update for each message.

    Several files are an album: one message a file with a common `media_group_id`. Raises
    `Refused`, before anything is sent, for what a client does not let a person send.
    """
    _check(written, files)
    contents = [await _content(service, file, send_as) for file in files] or [{}]
    if len(files) > 1:
        group = str(time.time_ns())
        contents = [content | {"media_group_id": group} for content in contents]
    contents[0] |= _words(written.text, "caption" if files else "text")
    sent = []
    written.chat.started = True
    for content in contents:
        message = _head(service, written, next(written.chat.message_ids)) | content
        service.world.put_message(written.chat, message)
        if visible(service, written.chat, message):
            service.updates.push("message", message)
        sent.append(message)
    return sent


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


def allow(service: Service, chat: Chat, allowed: bool) -> None:
    """Block the bot or kick it out (False), or let it back in (True)."""
    if chat.bot_may_write == allowed:
        return
    was = accounts.member(service, chat, service.world.bot.id)
    chat.bot_may_write = allowed
    service.world.note("chat", chat.id, chat=service.world.describe(chat))
    _membership(service, chat, chat.members[0], was)


def visible(service: Service, chat: Chat, message: Json) -> bool:
    """Does the bot get this message? (https://core.telegram.org/bots/features#privacy-mode)"""
    if not chat.bot_may_write:
        return False
    if chat.type == "private" or chat.bot_is_admin or not service.world.privacy:
        return True
    bot = service.world.bot
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
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
    if written.thread and written.thread not in written.chat.topics:
        raise Refused("There is no such topic.")
    if written.reply_to and written.reply_to not in written.chat.messages:
        raise Refused("The message to reply to is gone.")
    if any(len(file.data) > MAX_PERSON_FILE for file in files):
        raise Refused("A file may have at most 50 MB here.")


async def _content(service: Service, file: Upload, send_as: SendAs) -> Json:
    if send_as == "document":
        return {"document": await media.document(service.files, file)}
    try:
        return {"photo": await media.photo(service.files, file, by_person=True)}
    except ApiError:
        raise Refused(
            f"{file.name} cannot be sent as a photo: it is no picture, too large or too "
            "narrow. Send it as a file."
        ) from None


def _words(text: str, field: str) -> Json:
    words, found = entities.parse(text, "", None)
    if not words:
        return {}
    name = "entities" if field == "text" else "caption_entities"
    return {field: words} | ({name: found} if found else {})


def _head(service: Service, written: Written, message_id: int) -> Json:
    head: Json = {
        "message_id": message_id,
        "from": _person(service, written.user_id),
        "chat": written.chat.to_dict(),
        "date": int(time.time()),
    }
    if written.thread:
        head |= {"message_thread_id": written.thread, "is_topic_message": True}
    if written.reply_to:
        head["reply_to_message"] = without_reply(written.chat.messages[written.reply_to])
    return head


def _person(service: Service, user_id: int) -> Json:
    if user_id not in service.world.users:
        raise Refused(f"There is no user {user_id}.")
    return service.world.users[user_id].to_dict()


def _membership(service: Service, chat: Chat, by: int, was: Json) -> None:
    bot = service.world.bot
    service.updates.push(
        "my_chat_member",
        {
            "chat": chat.to_dict(),
            "from": _person(service, by),
            "date": int(time.time()),
            "old_chat_member": {"user": bot.to_dict()} | was,
            "new_chat_member": accounts.member(service, chat, bot.id),
        },
    )
