"""The reactions under requests in groups: taken, done, failed. By the gateway; may fail freely."""

import asyncio
from collections import deque

import structlog

from bot.gateway import Gateway
from bot.gateway_errors import GatewayError, Refused, Unreachable
from bot.jobs import NewJob

log = structlog.get_logger(__name__)

# Of the fixed set: https://core.telegram.org/bots/api#reactiontypeemoji
TAKEN, DONE, FAILED = "👀", "👍", "😢"
PAUSES = (2.0, 10.0, 60.0)  # seconds between the tries; then it is given up
Key = tuple[int, int]  # a chat and a message


class Reactions:
    """One a message; the newest wins. None in private chats, where the status message says all."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._wanted: dict[Key, str | None] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._unwanted: deque[int] = deque(maxlen=1000)  # chats that have refused one

    def taken(self, job: NewJob) -> None:
        """The request has become a job."""
        self._show(job, TAKEN)

    def done(self, job: NewJob) -> None:
        """The result has arrived."""
        self._show(job, DONE)

    def failed(self, job: NewJob) -> None:
        """The apology has arrived."""
        self._show(job, FAILED)

    def stopped(self, job: NewJob) -> None:
        """The job was cancelled: as if it had not been asked for."""
        self._show(job, None)

    async def stop(self) -> None:
        """Leave those that have not been shown yet."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _show(self, job: NewJob, emoji: str | None) -> None:
        key = job.chat_id, job.reply_to
        if job.chat_id > 0 or not job.reply_to or job.chat_id in self._unwanted:
            return
        self._wanted[key] = emoji
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._work(key))

    async def _work(self, key: Key) -> None:
        chat_id = key[0]
        try:
            while key in self._wanted:
                await self._react(key)
        except Refused as error:
            log.info("a reaction is refused", chat=chat_id, reason=str(error))
            if "reaction" in str(error).lower():  # and not: the message is gone
                self._unwanted.append(chat_id)
        except GatewayError as error:
            log.debug("a reaction is dropped", chat=chat_id, reason=str(error))
        except Exception:
            log.exception("a reaction cannot be shown")
        finally:
            self._wanted.pop(key, None)
            del self._tasks[key]

    async def _react(self, key: Key) -> None:
        """Show what is wanted: each try the newest."""
        for pause in (*PAUSES, None):
            emoji = self._wanted.pop(key)
            try:
                return await self._gateway.chats.react(*key, emoji)
            except Unreachable as error:
                if pause is None:
                    raise
                self._wanted.setdefault(key, emoji)
                await asyncio.sleep(max(pause, error.retry_after))
        return None
