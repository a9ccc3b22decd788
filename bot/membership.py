"""What Telegram tells of the bot's place in a chat: removed, or the chat has moved. Pure.

Both come as updates, and as errors; either may be the first, and an update may be an old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_OUT = ("left", "kicked")  # blocked, too: https://core.telegram.org/bots/api#chatmember


@dataclass(frozen=True)
class Removed:
    """The bot was blocked, or is not in the chat any more."""

    chat_id: int


@dataclass(frozen=True)
class Moved:
    """A group has become a supergroup: another chat, with messages of its own."""

    chat_id: int
    new_chat_id: int


def news(data: Mapping[str, Any]) -> Removed | Moved | None:
    """What an update tells of it. To be added, or promoted, is no news: nobody has asked yet."""
    message, change = _object(data, "message"), _object(data, "my_chat_member")
    if change:
        chat_id, member = _object(change, "chat").get("id"), _object(change, "new_chat_member")
        out = member.get("status") in _OUT or member.get("is_member") is False
        return Removed(chat_id) if out and isinstance(chat_id, int) else None
    chat_id = _object(message, "chat").get("id")
    old, new = message.get("migrate_from_chat_id"), message.get("migrate_to_chat_id")
    if isinstance(chat_id, int) and isinstance(new, int):
        return Moved(chat_id, new)
    return Moved(old, chat_id) if isinstance(chat_id, int) and isinstance(old, int) else None


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
