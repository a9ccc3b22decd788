"""What an update means to this bot: from Telegram's objects to a few plain ones. Pure."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, Document, Message, MessageOriginUser, Update, User
from telegram.constants import ChatType

from bot.buttons import Button, decode
from bot.gathering import Role
from bot.sessions import Where

_PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif"),
    ".tiff",
)
GROUP_COMMANDS = (
    *("settings", "language", "privacy", "forget"),
    *("queue", "again", "stats", "block", "unblock"),
)
PHOTO_COMMANDS = ("again",)


@dataclass(frozen=True)
class Command:
    """`/name`, without the slash and the bot's own name."""

    name: str
    subject: int | None = None  # the person it is about: the replied one, or an id in the text
    photo: "Photo | None" = None  # of `PHOTO_COMMANDS`: it is the caption of one, or a reply to one


@dataclass(frozen=True)
class Photo:
    """A photo, or a file that says that it is a picture."""

    file_id: str
    size: int | None  # bytes, as Telegram says
    message_id: int
    role: Role | None
    album: str | None


@dataclass(frozen=True)
class Pressed:
    """A button. None for one that this version does not know."""

    query_id: str
    button: Button | None


@dataclass(frozen=True)
class Other:
    """Anything else that a person sent: `text`, `video`, `voice`, `sticker`, `file` or `other`."""

    kind: str


@dataclass(frozen=True)
class Incoming:
    """One update that wants an answer."""

    where: Where
    language: str
    message_id: int
    what: Command | Photo | Pressed | Other
    as_chat: bool = False  # written in the name of the group itself, as anonymous admins do


def chat_of(data: Mapping[str, Any]) -> int:
    """The chat whose order an update belongs to; 0 where it has none. Never fails."""
    for value in data.values():
        message = value.get("message", value) if isinstance(value, Mapping) else {}
        chat = message.get("chat") if isinstance(message, Mapping) else None
        if isinstance(chat, Mapping) and isinstance(chat.get("id"), int):
            return int(chat["id"])
    return 0


def parse(data: Mapping[str, Any], username: str) -> Incoming | None:
    """Read an update; None where no answer is wanted."""
    update = Update.de_json(dict(data), None)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.message is not None:
        return _message(update.message, username)
    return None


def _pressed(query: CallbackQuery) -> Incoming | None:
    if query.message is None:
        return None
    thread = query.message.message_thread_id if isinstance(query.message, Message) else None
    return Incoming(
        where=Where(query.message.chat.id, thread or 0, query.from_user.id),
        language=_language(query.from_user),
        message_id=query.message.message_id,
        what=Pressed(query.id, decode(query.data or "")),
    )


def _language(user: User) -> str:
    return (user.language_code or "en")[:16]


def _message(message: Message, username: str) -> Incoming | None:
    user, as_chat = message.from_user, message.sender_chat == message.chat
    if user is None or (user.is_bot and not as_chat):
        return None
    if message.chat.type == ChatType.PRIVATE:
        what = (
            _captioned(message, username)
            or _photo(message)
            or _command(message, username)
            or _other(message)
        )
    else:
        what = _group_command(message, username)
    if what is None:
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    return Incoming(
        where=Where(message.chat.id, thread or 0, message.chat.id if as_chat else user.id),
        language=_language(user),
        message_id=message.message_id,
        what=what,
        as_chat=as_chat,
    )


def _group_command(message: Message, username: str) -> Command | None:
    """A command that means something in a group. Others may be for another bot, or for nobody."""
    command = _command(message, username)
    return command if command and command.name in GROUP_COMMANDS else None


def _photo(message: Message) -> Photo | None:
    if message.photo:
        file_id, size = message.photo[-1].file_id, message.photo[-1].file_size
    elif message.document and not message.animation and _is_picture(message.document):
        file_id, size = message.document.file_id, message.document.file_size
    else:
        return None
    role = _role(message.caption or "")
    return Photo(file_id, size, message.message_id, role, message.media_group_id)


def _is_picture(document: Document) -> bool:
    # Phones send HEIC under several types, some under none: the name helps. Decoding decides.
    named = (document.file_name or "").lower().endswith(_PICTURE_SUFFIXES)
    return named or (document.mime_type or "").startswith("image/")


def _role(caption: str) -> Role | None:
    word = caption.strip(string.whitespace + string.punctuation).casefold()
    return next((role for role in Role if role.value == word), None)


def _captioned(message: Message, username: str) -> Command | None:
    """A command that stands under the photo that it is about."""
    command = _command(message, username) if message.caption else None
    return command if command and command.photo else None


def _command(message: Message, username: str) -> Command | None:
    text = message.text or message.caption or ""
    if not text.startswith("/"):
        return None
    word, *words = text.split()
    name, _, addressee = word[1:].partition("@")
    if addressee and addressee.casefold() != username.casefold():
        return None
    name, replied = name.casefold(), _replied(message)
    photo = None
    if name in PHOTO_COMMANDS:
        theirs = replied if replied and replied.from_user and not replied.from_user.is_bot else None
        photo = _photo(message) or (_photo(theirs) if theirs else None)
    return Command(name, _subject(replied, words), photo)


def _replied(message: Message) -> Message | None:
    """What a message replies to. All that stands in a topic replies to its first message."""
    replied = message.reply_to_message
    if replied is None or (
        message.is_topic_message and replied.message_id == message.message_thread_id
    ):
        return None
    return replied


def _subject(replied: Message | None, words: list[str]) -> int | None:
    if words and words[0].isascii() and words[0].isdecimal() and len(words[0]) <= 16:
        return int(words[0])
    if replied is None:
        return None
    origin = replied.forward_origin
    user = origin.sender_user if isinstance(origin, MessageOriginUser) else replied.from_user
    return user.id if user is not None and not user.is_bot else None


def _other(message: Message) -> Other | None:
    kinds = {
        "text": message.text,
        "video": message.video or message.video_note or message.animation,
        "voice": message.voice or message.audio,
        "sticker": message.sticker,
        "file": message.document,
    }
    kind = next((kind for kind, value in kinds.items() if value), None)
    if kind is None:
        # Contacts, places, polls … want an answer; service messages ("pinned", …) do not.
        # What is unknown to the client library is taken for content.
        return Other("other") if message.effective_attachment or message.api_kwargs else None
    return Other(kind)
