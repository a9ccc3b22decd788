"""What happens to groups and channels: made, promoted, upgraded, left. Changes the world."""

import time
from collections.abc import Sequence
from typing import Any

from bot.sandbox import accounts
from bot.sandbox.service import Service
from bot.sandbox.state import Chat, ChatType

Json = dict[str, Any]

TOPIC_COLOUR = 0x6FB9F0


class Refused(Exception):
    """A person's client would not do this. The text is a sentence."""


def add(
    service: Service, chat_type: ChatType, title: str, members: Sequence[int], **known: Any
) -> Chat:
    """A chat with the bot in it; the first member is its owner. `known`: fields of `Chat`."""
    if chat_type == "private" or not members:
        raise Refused("A group or channel is of such a type and has at least one member.")
    if unknown := [id_ for id_ in members if id_ not in service.world.users]:
        raise Refused(f"There is no user {unknown[0]}.")
    if chat_type == "channel":
        known |= {"bot_is_admin": True}  # a bot is in a channel as an administrator, or not at all
    discussion = known.get("discussion")
    if discussion is not None and discussion not in service.world.chats:
        raise Refused("There is no such group to discuss the channel's posts in.")
    chat = Chat(service.world.next_group_id(), chat_type, title, members=list(members), **known)
    service.world.add_chat(chat)
    membership(service, chat, members[0], was={"status": "left"})
    return chat


def add_topic(service: Service, chat: Chat, name: str) -> int:
    """A topic in a forum; returns its message_thread_id."""
    if not chat.is_forum:
        raise Refused("Only a forum has topics.")
    id_ = next(chat.message_ids)
    chat.topics[id_] = name
    service.world.note("chat", chat.id, chat=service.world.describe(chat))
    content = {
        "message_thread_id": id_,
        "is_topic_message": True,
        "forum_topic_created": {"name": name, "icon_color": TOPIC_COLOUR},
    }
    _note(service, chat, id_, content)
    return id_


def promote(service: Service, chat: Chat, user_id: int, admin: bool) -> None:
    """Make a member an administrator, or take that back. Bots are told of themselves only."""
    if user_id == service.world.bot.id:
        was = accounts.member(service, chat, user_id)
        chat.bot_is_admin = admin
        membership(service, chat, chat.members[0], was)
    elif user_id not in chat.members[1:]:
        raise Refused("Only a member who does not own the group can be made its administrator.")
    elif admin != (user_id in chat.admins):
        (chat.admins.append if admin else chat.admins.remove)(user_id)
    service.world.note("chat", chat.id, chat=service.world.describe(chat))


def migrate(service: Service, chat: Chat) -> Chat:
    """Upgrade a group to a supergroup, which is another chat; the old one refuses every call."""
    if chat.type != "group" or chat.moved_to is not None:
        raise Refused("Only a group can become a supergroup, and only once.")
    new = Chat(
        service.world.next_group_id(),
        "supergroup",
        chat.title,
        members=list(chat.members),
        admins=list(chat.admins),
        bot_is_admin=chat.bot_is_admin,
        bot_may_write=chat.bot_may_write,
        reactions=chat.reactions,
    )
    chat.moved_to = new.id
    service.world.add_chat(new)
    service.world.note("chat", chat.id, chat=service.world.describe(chat))
    _note(service, chat, next(chat.message_ids), {"migrate_to_chat_id": new.id})
    _note(service, new, next(new.message_ids), {"migrate_from_chat_id": chat.id})
    return new


def allow(service: Service, chat: Chat, allowed: bool) -> None:
    """Block the bot or kick it out (False), or let it back in (True)."""
    if chat.bot_may_write == allowed:
        return
    was = accounts.member(service, chat, service.world.bot.id)
    chat.bot_may_write = allowed
    service.world.note("chat", chat.id, chat=service.world.describe(chat))
    membership(service, chat, chat.members[0], was)


def membership(service: Service, chat: Chat, by: int, was: Json) -> None:
    """Tell the bot what it is in a chat now."""
    bot = service.world.bot
    service.updates.push(
        "my_chat_member",
        {
            "chat": chat.to_dict(),
            "from": service.world.users[by].to_dict(),
            "date": int(time.time()),
            "old_chat_member": {"user": bot.to_dict()} | was,
            "new_chat_member": accounts.member(service, chat, bot.id),
        },
    )


def _note(service: Service, chat: Chat, message_id: int, content: Json) -> None:
    """A service message, in the name of the owner."""
    owner = service.world.users[chat.members[0]]
    message = {
        "message_id": message_id,
        "from": owner.to_dict(),
        "chat": chat.to_dict(),
        "date": int(time.time()),
    }
    service.world.put_message(chat, message | content)
    if chat.bot_may_write:
        service.updates.push("message", message | content)
