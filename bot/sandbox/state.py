"""Who is there, what was said, and what changed: the sandbox's whole state, in memory.

No input or output. Messages are kept as the Bot API's own `Message` objects.
"""

import itertools
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.bell import Bell

Json = dict[str, Any]
ChatType = Literal["private", "group", "supergroup", "channel"]

EVENTS_KEPT = 20_000
FIRST_USER, FIRST_GROUP = 1_000_001, -1_000_000_000_001


@dataclass
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def to_dict(self) -> Json:
        """The Bot API's `User`."""
        values = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        optional = {"username": self.username, "language_code": self.language_code}
        return values | {key: value for key, value in optional.items() if value}


@dataclass
class Chat:
    """A private chat (its id is the user's), a group, a supergroup or a channel."""

    id: int
    type: ChatType
    title: str
    username: str | None = None
    members: list[int] = field(default_factory=list)  # the first is the owner
    admins: list[int] = field(default_factory=list)  # of the members, besides the owner
    is_forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)  # by message_thread_id
    bot_is_admin: bool = False
    bot_may_write: bool = True  # False: blocked, or kicked
    reactions: bool = True  # may members, and so bots, react?
    discussion: int | None = None  # a channel: the group that its posts are forwarded to
    moved_to: int | None = None  # a group: the supergroup that it has become
    started: bool = False  # a private chat: has the person ever written?
    messages: dict[int, Json] = field(default_factory=dict)
    extras: dict[int, Json] = field(default_factory=dict)  # reactions, keyboards: by message_id
    bots: set[int] = field(default_factory=set)  # the ids of the bot's messages
    held: list[Json] = field(default_factory=list)  # written, but not sent yet
    message_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def to_dict(self) -> Json:
        """The Bot API's `Chat`."""
        values: Json = {"id": self.id, "type": self.type}
        values["first_name" if self.type == "private" else "title"] = self.title
        if self.username:
            values["username"] = self.username
        if self.is_forum:
            values["is_forum"] = True
        return values


@dataclass
class Callback:
    """One press of a button, and the bot's answer to it."""

    id: str
    chat_id: int
    message_id: int
    pressed_at: float  # monotonic
    answer: Json | None = None


class World:
    """Everything the server knows. Each change gets a revision and rings the bell."""

    def __init__(self, bot: User, *, privacy: bool = True) -> None:
        self.bot = bot
        self.privacy = privacy  # BotFather's privacy mode: on by default, as there
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, Callback] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}  # by scope and language
        self.descriptions: dict[tuple[str, str], str] = {}  # by kind and language
        self.events: deque[Json] = deque(maxlen=EVENTS_KEPT)
        self.revision = 0
        self.bell = Bell()
        self._user_ids = itertools.count(FIRST_USER)
        self._group_ids = itertools.count(FIRST_GROUP, -1)

    def add_user(
        self, first_name: str, username: str | None = None, language_code: str | None = None
    ) -> User:
        """A person, with a private chat that they have not started yet."""
        user = User(next(self._user_ids), first_name, username, language_code)
        self.users[user.id] = user
        self.add_chat(Chat(user.id, "private", first_name, username, [user.id]))
        return user

    def next_group_id(self) -> int:
        """An id for a new group: negative, as Telegram's are."""
        return next(self._group_ids)

    def add_chat(self, chat: Chat) -> Chat:
        """Note a new chat."""
        self.chats[chat.id] = chat
        self.note("chat", chat.id, chat=self.describe(chat))
        return chat

    def describe(self, chat: Chat) -> Json:
        """A chat as the control API shows it: `Chat`, its members and its topics."""
        return {
            "chat": chat.to_dict(),
            "members": [self.users[id_].to_dict() for id_ in chat.members],
            "topics": [
                {"message_thread_id": id_, "name": name} for id_, name in chat.topics.items()
            ],
            "admins": chat.admins,
            "bot_is_admin": chat.bot_is_admin,
            "bot_may_write": chat.bot_may_write,
            "moved_to": chat.moved_to,
        }

    def shown(self, chat: Chat, message_id: int) -> Json:
        """A message as a person sees it: `message`, `by_bot`, `reactions`, `keyboard`."""
        extra = chat.extras.get(message_id, {})
        return {
            "message": chat.messages[message_id],
            "by_bot": message_id in chat.bots,
            "reactions": extra.get("reactions", []),
            "keyboard": extra.get("keyboard"),
        }

    def put_message(self, chat: Chat, message: Json, *, edited: bool = False) -> Json:
        """Add a message, or replace it by its edited self. Returns it."""
        id_ = message["message_id"]
        chat.messages[id_] = message
        self.note("edited" if edited else "message", chat.id, **self.shown(chat, id_))
        return message

    def remove_message(self, chat: Chat, message_id: int) -> None:
        """A message is gone for everyone."""
        del chat.messages[message_id]
        chat.extras.pop(message_id, None)
        self.note("deleted", chat.id, message_id=message_id)

    def note(self, kind: str, chat_id: int | None, **what: Any) -> None:
        """Log one change under the next revision and wake those who wait for it."""
        self.revision += 1
        event = {"revision": self.revision, "type": kind, "chat_id": chat_id, "time": time.time()}
        self.events.append(event | what)
        self.bell.ring()

    def events_since(self, revision: int, chat_id: int | None = None) -> list[Json]:
        """What changed after a revision, oldest first, in one chat or in all."""
        return [
            event
            for event in self.events
            if event["revision"] > revision and (chat_id is None or event["chat_id"] == chat_id)
        ]
