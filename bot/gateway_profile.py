"""The part of the gateway that no chat sees: the bot's menus and descriptions."""

from collections.abc import Mapping
from typing import Any, Literal

from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.ext import ExtBot

from bot.gateway_errors import translated

Scope = Literal["private", "group", "group_admins"] | int  # a number is one chat

_SCOPES = {
    "private": BotCommandScopeAllPrivateChats(),
    "group": BotCommandScopeAllGroupChats(),
    "group_admins": BotCommandScopeAllChatAdministrators(),
}


class Profile:
    """Reads first, and writes only what is different: Telegram limits changes, not looks.

    `language` is a two-letter code, or empty for everyone whose language has nothing of its own.
    """

    def __init__(self, bot: ExtBot[Any]) -> None:
        self._bot = bot

    async def set_commands(self, commands: Mapping[str, str], scope: Scope, language: str) -> None:
        """What a menu offers."""
        where = BotCommandScopeChat(scope) if isinstance(scope, int) else _SCOPES[scope]
        with translated():
            known = await self._bot.get_my_commands(where, language)
            if {one.command: one.description for one in known} != commands:
                await self._bot.set_my_commands([*commands.items()], where, language)

    async def set_description(self, text: str, language: str) -> None:
        """What an empty chat shows."""
        with translated():
            if (await self._bot.get_my_description(language)).description != text:
                await self._bot.set_my_description(text, language)

    async def set_short_description(self, text: str, language: str) -> None:
        """What the profile shows."""
        with translated():
            known = await self._bot.get_my_short_description(language)
            if known.short_description != text:
                await self._bot.set_my_short_description(text, language)
