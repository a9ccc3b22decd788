"""The part of `bot.gateway` that a check asks: who the bot is, what time it is. Reads only."""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.gateway_errors import translated
from bot.gateway_updates import Webhooks

SECONDS = 10.0  # to connect, and for an answer


@dataclass(frozen=True)
class Me:
    """Who the bot is: https://core.telegram.org/bots/api#getme."""

    username: str
    joins_groups: bool
    reads_all: bool  # of its groups: privacy mode is off


class Account:
    """The bot's account on one Bot API server, beside the one that a running bot has."""

    def __init__(self, token: str, api_url: str) -> None:
        self.drift: float | None = None  # seconds that our clock is ahead, by the latest answer
        self._bot: ExtBot[None] = ExtBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=HTTPXRequest(
                read_timeout=SECONDS,
                connect_timeout=SECONDS,
                httpx_kwargs={"event_hooks": {"response": [self._compare]}},
            ),
        )
        self.webhooks = Webhooks(self._bot)

    async def me(self) -> Me:
        """Check the token. Raises `GatewayError`, which is `Unauthorised` for a rejected one."""
        with translated(unauthorised=True):
            await self._bot.initialize()
        bot = self._bot.bot
        return Me(
            bot.username or "",
            bool(bot.can_join_groups),
            bool(bot.can_read_all_group_messages),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()

    async def _compare(self, response: httpx.Response) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers["date"]).timestamp()
        except (KeyError, ValueError):
            return
        self.drift = time.time() - theirs
