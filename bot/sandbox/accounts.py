"""The Bot API's methods on the bot, its updates, its commands, chats and files."""

import json
import re
from typing import Any

from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.parameters import Parameters
from bot.sandbox.sending import find_chat
from bot.sandbox.service import Service
from bot.sandbox.state import Chat

Json = dict[str, Any]

MAX_DOWNLOAD = 20 * 2**20
MAX_POLL_SECONDS = 50
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
_ADMIN_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
)  # fmt: skip


async def get_me(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getme"""
    return service.world.bot.to_dict() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not service.world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(service: Service, call: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#getupdates"""
    return await service.updates.get(
        offset=call.integer("offset"),
        limit=min(100, max(1, call.integer("limit", 100))),
        seconds=min(MAX_POLL_SECONDS, max(0, call.integer("timeout"))),
        allowed=_allowed(call),
    )


async def set_webhook(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setwebhook; the sandbox takes plain HTTP as well."""
    secret = call.text("secret_token")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    await service.updates.set_webhook(
        call.text("url"),
        secret=secret,
        allowed=_allowed(call),
        drop=call.boolean("drop_pending_updates"),
        max_connections=call.integer("max_connections", 40),
        certificate="certificate" in call.uploads,
    )
    return True


async def delete_webhook(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook"""
    await service.updates.set_webhook(
        "",
        secret="",
        allowed=None,
        drop=call.boolean("drop_pending_updates"),
        max_connections=0,
        certificate=False,
    )
    return True


async def get_webhook_info(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    return service.updates.webhook_info()


async def set_my_commands(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setmycommands"""
    commands = call.json("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH" if commands else "can't parse commands")
    kept = []
    for command in commands:
        name, description = str(command.get("command", "")), str(command.get("description", ""))
        if not _COMMAND.fullmatch(name.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name.removeprefix("/"), "description": description})
    service.world.commands[_commands_key(service, call)] = kept
    service.world.note("commands", None)
    return True


async def get_my_commands(service: Service, call: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands"""
    return service.world.commands.get(_commands_key(service, call), [])


async def delete_my_commands(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands"""
    service.world.commands.pop(_commands_key(service, call), None)
    service.world.note("commands", None)
    return True


async def set_my_description(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setmydescription"""
    return _describe(service, call, "description", 512)


async def get_my_description(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getmydescription"""
    return _described(service, call, "description")


async def set_my_short_description(service: Service, call: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    return _describe(service, call, "short_description", 120)


async def get_my_short_description(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getmyshortdescription"""
    return _described(service, call, "short_description")


def _describe(service: Service, call: Parameters, name: str, longest: int) -> bool:
    text, language = call.text(name), _language(call)
    if len(text) > longest:
        raise bad_request(f"{name.upper()}_TOO_LONG")
    if text:
        service.world.descriptions[name, language] = text
    else:
        service.world.descriptions.pop((name, language), None)
    return True


def _described(service: Service, call: Parameters, name: str) -> Json:
    known = service.world.descriptions
    return {name: known.get((name, _language(call))) or known.get((name, ""), "")}


def commands_for(service: Service, chat: Chat, user_id: int, language: str) -> list[Json]:
    """The commands that a person sees in a chat: the narrowest scope first, as documented."""
    kinds = [_scope_key({"type": "chat_member", "chat_id": chat.id, "user_id": user_id})]
    admin = chat.type != "private" and user_id in (chat.members[0], *chat.admins)
    if admin:
        kinds.append(_scope_key({"type": "chat_administrators", "chat_id": chat.id}))
    kinds.append(_scope_key({"type": "chat", "chat_id": chat.id}))
    if admin:
        kinds.append(_scope_key({"type": "all_chat_administrators"}))
    wide = "all_private_chats" if chat.type == "private" else "all_group_chats"
    kinds += [_scope_key({"type": wide}), _scope_key({"type": "default"})]
    for scope in kinds:
        for key in ((scope, language), (scope, "")):
            if key in service.world.commands:
                return service.world.commands[key]
    return []


async def get_file(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getfile: up to 20 MB."""
    stored = service.files.get(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }


async def get_chat(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getchat"""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return find_chat(service, call).to_dict() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
    }


async def get_chat_member(service: Service, call: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getchatmember"""
    user_id = call.integer("user_id")
    if user_id not in service.world.users:
        raise bad_request("invalid user_id specified")
    return member(service, _accessible(service, call), user_id)


async def get_chat_administrators(service: Service, call: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#getchatadministrators"""
    chat = _accessible(service, call)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    ids = [chat.members[0], *chat.admins] + [service.world.bot.id] * chat.bot_is_admin
    return [member(service, chat, id_) for id_ in ids]


def _accessible(service: Service, call: Parameters) -> Chat:
    chat = find_chat(service, call)
    if chat.type != "private" and not chat.bot_may_write:
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    return chat


def member(service: Service, chat: Chat, user_id: int) -> Json:
    """A `ChatMember`: the first member owns a group; the bot may be an administrator."""
    user = service.world.users[user_id].to_dict()
    if user_id == service.world.bot.id:
        if not chat.bot_may_write:
            return {"status": "kicked", "user": user, "until_date": 0}
        if chat.bot_is_admin:
            return _administrator(user)
        return {"status": "member", "user": user}
    if user_id not in chat.members:
        return {"status": "left", "user": user}
    if chat.type != "private" and chat.members[0] == user_id:
        return {"status": "creator", "user": user, "is_anonymous": False}
    return _administrator(user) if user_id in chat.admins else {"status": "member", "user": user}


def _administrator(user: Json) -> Json:
    rights = dict.fromkeys(_ADMIN_RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
    return {"status": "administrator", "user": user} | rights


def _allowed(call: Parameters) -> list[str] | None:
    allowed = call.json("allowed_updates")
    return [str(kind) for kind in allowed] if isinstance(allowed, list) else None


def _commands_key(service: Service, call: Parameters) -> tuple[str, str]:
    scope = call.json("scope") or {"type": "default"}
    if scope.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if "chat_id" in _SCOPES[scope["type"]]:
        find_chat(service, Parameters({"chat_id": scope.get("chat_id")}))
    return _scope_key(scope), _language(call)


def _language(call: Parameters) -> str:
    language = call.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad_request("LANGUAGE_CODE_INVALID")
    return language


def _scope_key(scope: Json) -> str:
    fields = ("type", *_SCOPES[scope["type"]])
    return json.dumps({field: str(scope.get(field)) for field in fields})
