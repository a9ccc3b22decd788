"""The queue of updates: long polling and webhook delivery. Speaks to the webhook only."""

import asyncio
import itertools
import time
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.sandbox.bell import Bell
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.faults import UPDATES, Faults

Json = dict[str, Any]

FIRST_UPDATE = 100_000_001
WEBHOOK_TIMEOUT = 10.0
RETRY_AFTER = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds, the last one for ever


class UpdateQueue:
    """Keeps each update until it is confirmed: by a higher offset, or by the webhook's 200."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        # Faults: those that come later; and those that did, by `id`, with the offset at which they
        # were answered. What comes after a higher id was confirmed is confirmed by a new offset.
        self._held: list[tuple[Json, asyncio.TimerHandle, bool]] = []
        self._late: dict[int, int | None] = {}
        self.webhook: Json | None = None  # setWebhook's parameters
        self.pending: deque[Json] = deque()
        self.last_error: tuple[int, str] | None = None
        self._allowed: list[str] | None = None
        self._ids = itertools.count(FIRST_UPDATE)
        self._bell = Bell()
        self._poll = 0
        self._delivery: asyncio.Task[None] | None = None

    def push(self, kind: str, content: Json) -> None:
        """One more update, unless `allowed_updates` leaves its kind out."""
        if self._allowed and kind not in self._allowed:
            return
        update = {"update_id": next(self._ids), kind: content}
        fault = self._faults.take(UPDATES)
        if fault is None or fault.kind == "duplicate":
            self.pending.append(update)
            for late, timer, _ in [held for held in self._held if held[2]]:
                timer.cancel()
                self._arrive(late)
        if fault is not None:
            self._hold(dict(update), fault.seconds, soon=fault.kind != "late")
        self._bell.ring()

    def _hold(self, update: Json, seconds: float, *, soon: bool) -> None:
        """Let it come after so many seconds, or (`soon`) after the next one."""
        timer = asyncio.get_running_loop().call_later(seconds, self._arrive, update)
        self._held.append((update, timer, soon))

    def _arrive(self, update: Json) -> None:
        self._held = [held for held in self._held if held[0] is not update]
        self._late[id(update)] = None
        self.pending.append(update)
        self._bell.ring()

    async def get(
        self, offset: int, limit: int, seconds: float, allowed: list[str] | None
    ) -> list[Json]:
        """`getUpdates`: confirms what is below `offset`, waits up to so many seconds."""
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if allowed is not None:
            self._allowed = allowed
        self._confirm(offset)
        self._poll = mine = self._poll + 1
        self._bell.ring()
        await self._bell.until(lambda: bool(self.pending) or self._poll != mine, seconds)
        if self._poll != mine:
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        answer = list(itertools.islice(self.pending, limit))
        self._late |= {id(update): offset for update in answer if id(update) in self._late}
        return answer

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        self.pending = deque(
            update
            for update in self.pending
            if update["update_id"] >= offset or self._late.get(id(update), -1) in (None, offset)
        )
        left = set(map(id, self.pending))
        self._late = {one: seen for one, seen in self._late.items() if one in left}

    async def set_webhook(
        self,
        url: str,
        *,
        secret: str,
        allowed: list[str] | None,
        drop: bool,
        max_connections: int,
        certificate: bool,
    ) -> None:
        """Deliver to `url` from now on; an empty one goes back to polling."""
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if url and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise bad_request("bad webhook: the sandbox delivers to loopback addresses only")
        await self._stop_delivery()
        if drop:
            self.pending.clear()
        if allowed is not None:
            self._allowed = allowed
        self.last_error = None
        self.webhook = None
        if url:
            self.webhook = {
                "url": url,
                "secret": secret,
                "max_connections": max_connections or 40,
                "certificate": certificate,
            }
            self._delivery = asyncio.create_task(self._deliver(url, secret))

    def webhook_info(self) -> Json:
        """The Bot API's `WebhookInfo`."""
        hook = self.webhook or {"url": "", "certificate": False}
        info: Json = {
            "url": hook["url"],
            "has_custom_certificate": hook["certificate"],
            "pending_update_count": len(self.pending),
        }
        if self.webhook:
            info["max_connections"] = hook["max_connections"]
        if self.last_error:
            info["last_error_date"], info["last_error_message"] = self.last_error
        if self._allowed:
            info["allowed_updates"] = self._allowed
        return info

    async def close(self) -> None:
        """End long polls and the delivery."""
        for _, timer, _ in self._held:
            timer.cancel()
        self._bell.close()
        await self._stop_delivery()

    async def _stop_delivery(self) -> None:
        if self._delivery:
            self._delivery.cancel()
            with suppress(asyncio.CancelledError):
                await self._delivery
            self._delivery = None

    async def _deliver(self, url: str, secret: str) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        failures = 0
        # Loopback only: no proxy, and certificates of one's own.
        async with httpx.AsyncClient(
            timeout=WEBHOOK_TIMEOUT,
            trust_env=False,
            verify=False,  # noqa: S501
        ) as http:
            while not self._bell.closed:
                if not await self._bell.until(lambda: bool(self.pending), 3600):
                    continue
                update = self.pending[0]
                if problem := await _post(http, url, update, headers):
                    self.last_error = (int(time.time()), problem)
                    await asyncio.sleep(RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)])
                    failures += 1
                    continue
                failures = 0
                if self.pending and self.pending[0] is update:
                    self.pending.popleft()


async def _post(http: httpx.AsyncClient, url: str, update: Json, headers: Json) -> str:
    """Why an update was not delivered; empty where it was."""
    try:
        answer = await http.post(url, json=update, headers=headers)
    except httpx.HTTPError as error:
        return f"Connection failed: {type(error).__name__}"
    if answer.is_success:
        return ""
    return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
