"""The part of `bot.gateway` about chats: who decides in them, and whether they are there."""

from contextlib import suppress
from typing import Any

from telegram.constants import ChatAction, ChatMemberStatus
from telegram.ext import ExtBot

from bot.gateway_errors import Refused, translated
from bot.rate_limits import Priority


class Chats:
    """Chats as the bot sees them."""

    def __init__(self, bot: ExtBot[Any]) -> None:
        self._bot = bot

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        """Whether a person may decide for a group; not where Telegram does not tell."""
        with suppress(Refused), translated():
            member = await self._bot.get_chat_member(chat_id, user_id)
            return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
        return False

    async def look_in(self, chat_id: int) -> None:
        """A sign of life in a chat. `ChatGone` where the bot is out, `ChatMoved` where it moved."""
        with translated():
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING)

    async def react(self, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Put this reaction under a message in place of another, or take that away."""
        with translated():
            await self._bot.set_message_reaction(
                chat_id, message_id, emoji, rate_limit_args=Priority.PROGRESS
            )
