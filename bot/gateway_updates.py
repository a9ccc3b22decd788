"""The part of `bot.gateway` about how updates come: which kinds, and by which webhook."""

from dataclasses import dataclass
from typing import Any

from telegram.ext import ExtBot

from bot.gateway_errors import Unreachable, translated

ALLOWED_UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")


@dataclass(frozen=True)
class WebhookState:
    """What Telegram knows of the webhook: https://core.telegram.org/bots/api#webhookinfo."""

    url: str  # empty for none
    waiting: int  # updates
    error: str  # the latest failure to bring one; empty for none
    error_at: float  # Unix time; 0 for never


class Webhooks:
    """The bot's webhook at Telegram, of which there is one at most. Loses no update."""

    def __init__(self, bot: ExtBot[Any]) -> None:
        self._bot = bot

    async def set(self, url: str, secret: str) -> None:
        """From now on Telegram brings updates, with this header; `Refused` for an unfit URL."""
        with translated(unauthorised=True, unknown=Unreachable):
            await self._bot.set_webhook(
                url,
                secret_token=secret,
                allowed_updates=ALLOWED_UPDATES,
                drop_pending_updates=False,
            )

    async def delete(self) -> None:
        """From now on Telegram waits to be asked."""
        with translated(unauthorised=True, unknown=Unreachable):
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def state(self) -> WebhookState:
        """How it is."""
        with translated(unauthorised=True, unknown=Unreachable):
            info = await self._bot.get_webhook_info()
        at = info.last_error_date
        return WebhookState(
            info.url,
            info.pending_update_count,
            info.last_error_message or "",
            at.timestamp() if at else 0.0,
        )
