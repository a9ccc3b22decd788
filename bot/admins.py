"""Who administers a group, as Telegram says; remembered shortly. By the gateway."""

import time
from collections.abc import Callable

from bot.gateway import Gateway
from bot.sessions import Where

KEPT_SECONDS = 60.0
MAX_KEPT = 1000


class Admins:
    """A press more costs no call more; somebody who was demoted is one for a minute longer."""

    def __init__(self, gateway: Gateway, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._clock = clock
        self._known: dict[tuple[int, int], tuple[bool, float]] = {}

    async def include(self, where: Where) -> bool:
        """Whether a person may decide for a chat. In a private one, they may."""
        if where.private or where.user_id == where.chat_id:  # the latter: an anonymous one
            return True
        if where.user_id < 0:  # another chat, such as a group's channel
            return False
        key, now = (where.chat_id, where.user_id), self._clock()
        if key not in self._known or self._known[key][1] <= now:
            if len(self._known) >= MAX_KEPT:
                self._known.clear()
            is_admin = await self._gateway.chats.is_admin(*key)
            self._known[key] = is_admin, now + KEPT_SECONDS
        return self._known[key][0]
