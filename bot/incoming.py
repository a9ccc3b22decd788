"""What an update means to this bot: from Telegram's objects to a few plain ones. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, Message, MessageOriginUser, Update, User
from telegram.constants import ChatType

from bot.buttons import Button, decode
from bot.gathering import Role
from bot.roles import role_of
from bot.sessions import Where
from bot.stills import still_of

GROUP_COMMANDS = (
    *("style", "styles", "start", "help", "cancel"),
    *("settings", "language", "privacy", "forget"),
    *("queue", "again", "stats", "block", "unblock"),
)
PHOTO_COMMANDS = ("again", "style")


@dataclass(frozen=True)
class Command:
    """`/name`, without the slash and the bot's own name."""

    name: str
    subject: int | None = None  # the person it is about: the replied one, or an id in the text
    photo: "Photo | None" = None  # of `PHOTO_COMMANDS`: it is the caption of one, or a reply to one
    base: "Photo | None" = None  # of `style`: the photo that it replies to
    addressed: bool = False  # to this bot, by name
    text: str = ""  # what follows it


@dataclass(frozen=True)
class Photo:
    """A still picture, whatever it was sent as."""

    file_id: str
    size: int | None  # bytes, as Telegram says
    message_id: int
    role: Role | None
    album: str | None
    caption: str = ""  # without a command


@dataclass(frozen=True)
class Pressed:
    """A button. None for one that this version does not know."""

    query_id: str
    button: Button | None


@dataclass(frozen=True)
class Other:
    """Anything else that a person sent: `text`, `video`, `voice`, `sticker`, `file` or `other`."""

    kind: str
    text: str = ""


@dataclass(frozen=True)
class Incoming:
    """One update that wants an answer."""

    where: Where
    language: str
    message_id: int
    what: Command | Photo | Pressed | Other
    reply_to: int | None = None  # what it, or the pressed message, replies to, where in sight
    replied: str = ""  # the words of that

    @property
    def as_chat(self) -> bool:
        """Whether a chat speaks, as anonymous administrators and channels do, and not a person."""
        return self.where.user_id < 0


def chat_of(data: Mapping[str, Any]) -> int:
    """The chat whose order an update belongs to; 0 where it has none. Never fails."""
    for value in data.values():
        message = value.get("message", value) if isinstance(value, Mapping) else {}
        chat = message.get("chat") if isinstance(message, Mapping) else None
        if isinstance(chat, Mapping) and isinstance(chat.get("id"), int):
            return int(chat["id"])
    return 0


def parse(data: Mapping[str, Any], username: str) -> Incoming | None:
    """Read an update; None where no answer is wanted.

    Raises `TypeError`, and others, for what is not of the types that Telegram sends.
    """
    update = Update.de_json(dict(data), None)
    if update.callback_query is not None:
        incoming = _pressed(update.callback_query)
    elif (message := update.message or update.channel_post) is not None:
        incoming = _message(message, username)
    else:
        incoming = None
    return incoming and _sound(incoming)


def _sound(incoming: Incoming) -> Incoming:
    """The client checks no types: what is odd would do its harm later, among what was gathered."""
    where, what = incoming.where, incoming.what
    numbers = [where.chat_id, where.thread_id, where.user_id, incoming.message_id]
    numbers += [incoming.reply_to or 0]
    words = [incoming.language, incoming.replied]
    photos = [what] if isinstance(what, Photo) else []
    if isinstance(what, Command):
        photos = [one for one in (what.photo, what.base) if one is not None]
        numbers += [what.subject or 0]
    for photo in photos:
        numbers += [photo.message_id, photo.size or 0]
        words += [photo.file_id, photo.album or "", photo.caption]
    if not all(isinstance(one, int) and abs(one) < 2**63 for one in numbers):
        raise TypeError(f"not all numbers of 64 bits: {numbers!r:.200}")
    if not all(isinstance(one, str) for one in words):
        raise TypeError("not all words")
    return incoming


def _pressed(query: CallbackQuery) -> Incoming | None:
    if query.message is None:
        return None
    seen = query.message if isinstance(query.message, Message) else None
    replied = _replied(seen) if seen else None
    thread = _thread(seen) if seen else 0
    return Incoming(
        where=Where(query.message.chat.id, thread, query.from_user.id),
        language=_language(query.from_user),
        message_id=query.message.message_id,
        what=Pressed(query.id, decode(query.data or "")),
        reply_to=replied.message_id if replied else None,
    )


def _language(user: User) -> str:
    return (user.language_code or "en")[:16]


def _message(message: Message, username: str) -> Incoming | None:
    speaker = _speaker(message)
    if speaker is None:
        return None
    if message.chat.type == ChatType.PRIVATE:
        what = (
            _captioned(message, username)
            or _photo(message)
            or _command(message, username)
            or _other(message)
        )
    else:
        what = _in_group(message, username)
    if what is None:
        return None
    replied = _replied(message)
    return Incoming(
        where=Where(message.chat.id, _thread(message), speaker[0]),
        language=speaker[1],
        message_id=message.message_id,
        what=what,
        reply_to=replied.message_id if replied else None,
        replied=(replied.text or "") if replied else "",
    )


def _speaker(message: Message) -> tuple[int, str] | None:
    """Who speaks, and in which language; None for other bots.

    Anonymous administrators speak as the group, and channels as themselves: in their own chats, in
    groups, and in their discussion group. The user beside them is nobody, a stand-in.
    """
    user, chat = message.from_user, message.sender_chat
    if chat is not None:
        return chat.id, "en"
    return None if user is None or user.is_bot else (user.id, _language(user))


def _thread(message: Message) -> int:
    """The topic. Chains of replies in groups without topics have such ids, too."""
    return (message.message_thread_id or 0) if message.is_topic_message else 0


def _in_group(message: Message, username: str) -> Command | Photo | Other | None:
    """What may mean the bot in a group. Other commands may be for another bot, or for nobody."""
    command = _command(message, username)
    if command is not None:
        return command if command.name in GROUP_COMMANDS else None
    if (photo := _photo(message)) is not None:
        return photo
    return _other(message) if _replied(message) else None


def _photo(message: Message) -> Photo | None:
    still = still_of(message)
    if still is None:
        return None
    caption = message.caption or ""
    role = role_of(caption)
    said = "" if caption.startswith("/") else caption
    return Photo(*still, message.message_id, role, message.media_group_id, said)


def _captioned(message: Message, username: str) -> Command | Photo | None:
    """A command that stands under the photo that it is about.

    In private every photo is to be painted: `/style` says nothing more, nor which one it is.
    """
    command = _command(message, username) if message.caption else None
    if command is None or command.photo is None:
        return None
    if command.name != "style":
        return command
    return replace(command.photo, role=None, caption=command.text)


def _command(message: Message, username: str) -> Command | None:
    text = message.text or message.caption or ""
    if not text.startswith("/"):
        return None
    word, *words = text.split()
    name, _, addressee = word[1:].partition("@")
    if addressee and addressee.casefold() != username.casefold():
        return None
    name, replied = name.casefold(), _replied(message)
    photo, base = None, None
    if name in PHOTO_COMMANDS:
        photo, base = _photo(message), _photo(replied) if replied else None
    if name == "again":
        theirs = replied and replied.from_user and not replied.from_user.is_bot
        photo, base = photo or (base if theirs else None), None
    subject = _subject(replied, words)
    return Command(name, subject, photo, base, bool(addressee), " ".join(words))


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
    return Other(kind, message.text or "")
