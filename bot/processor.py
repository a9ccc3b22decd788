"""Handles what has come in: chats side by side, each chat in order. Knows no content.

The order of a chat is a lane: a queue with a task that ends when the queue is empty. What is in
memory here is in the database too, so that a restart takes it up.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Iterable

import structlog
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
)
from structlog.contextvars import bound_contextvars, clear_contextvars

from bot import inbox, metrics, sessions
from bot.database import Database
from bot.disk import refuses
from bot.gateway_errors import Unreachable
from bot.handlers import Handlers
from bot.inbox import StoredUpdate
from bot.incoming import chat_of
from bot.sessions import Where

log = structlog.get_logger(__name__)

MAX_WAIT = 30.0  # seconds between two tries
STOP_SECONDS = 2.0

Item = StoredUpdate | Where  # a Where stands for its session, when that is due


class Processor:
    """Lanes and timers."""

    def __init__(self, database: Database, handlers: Handlers) -> None:
        self._database = database
        self._handlers = handlers
        self._lanes: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[Where, asyncio.TimerHandle] = {}
        self._stopping = False

    async def start(self) -> None:
        """Take up what an earlier run has left: updates first, then sessions."""
        self.put(await self._database.run(inbox.unhandled))
        for where, when in await self._database.run(sessions.due):
            self._set_timer(where, when)

    def put(self, updates: Iterable[StoredUpdate]) -> None:
        """Handle these, soon, each after all before it in its chat."""
        for stored in updates:
            metrics.update_taken(stored.data)
            self._add(chat_of(stored.data), stored)

    async def stop(self) -> None:
        """Finish what is in hand, within seconds; leave the rest to the next run."""
        self._stopping = True
        for timer in self._timers.values():
            timer.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _add(self, chat_id: int, item: Item) -> None:
        lane = self._lanes.setdefault(chat_id, deque())
        lane.append(item)
        if len(lane) == 1:
            task = asyncio.create_task(self._work_off(chat_id, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work_off(self, chat_id: int, lane: deque[Item]) -> None:
        clear_contextvars()  # of whatever has led to this: a task inherits them
        # The item in hand stays in the lane until it is done: it marks the lane as taken.
        while lane and not self._stopping:
            with bound_contextvars(**_named(lane[0])):
                await self._handle(lane[0])
            lane.popleft()
        if not lane:
            del self._lanes[chat_id]

    async def _handle(self, item: Item) -> None:
        wait = 1.0
        warned = sorry = False  # whoever sent it knows that it waits, or that it has failed
        while not self._stopping:
            try:
                return await self._once(item)
            except Unreachable as error:
                wait = max(wait, error.retry_after)
                log.warning("a reply is delayed", reason=str(error), seconds=wait)
            except Exception as error:
                metrics.UPDATE_ERRORS.inc()
                error_id = secrets.token_hex(4)
                if refuses(error):
                    log.error("an update waits for room on the disk", reason=str(error))
                    # Of what a session holds, each was an update, and has waited itself.
                    if isinstance(item, StoredUpdate) and not warned:
                        warned = await self._told(self._handlers.put_off(item))
                else:
                    log.exception("an update was not handled", error_id=error_id)
                    sorry = sorry or await self._told(self._handlers.apologise(item, error_id))
                    if sorry and await self._given_up(item):
                        return None
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_WAIT)
        return None

    async def _once(self, item: Item) -> None:
        if isinstance(item, Where):
            due = await self._handlers.due(item)
            self._set_timer(item, due)
            return
        touched = await self._handlers.update(item)
        metrics.UPDATE_SECONDS.observe(max(0.0, time.time() - item.received_at))
        if touched:
            self._set_timer(*touched)

    async def _told(self, telling: Awaitable[None]) -> bool:
        """Whether all is said that ever will be."""
        try:
            await telling
        except Exception as error:
            if _is_down(error):  # there is another time
                log.warning("nor could it be told", reason=repr(error))
                return False
            log.exception("nor can it ever be told")
        return True

    async def _given_up(self, item: Item) -> bool:
        try:
            await self._handlers.give_up(item)
        except SQLAlchemyError as error:
            log.warning("nor could it be given up", reason=repr(error))
            return False
        return True

    def _set_timer(self, where: Where, when: float | None) -> None:
        if where in self._timers:
            self._timers.pop(where).cancel()
        if when is not None and not self._stopping:
            delay = max(0.0, when - time.time())
            loop = asyncio.get_running_loop()
            self._timers[where] = loop.call_later(delay, self._ring, where)

    def _ring(self, where: Where) -> None:
        self._timers.pop(where, None)
        self._add(where.chat_id, where)


def _named(item: Item) -> dict[str, int]:
    """What stands on every line of the log while this is handled."""
    return {"update": item.update_id} if isinstance(item, StoredUpdate) else {}


def _is_down(error: Exception) -> bool:
    """Whether it is the network or the database, and not what was to be said or stored."""
    data = (DataError, IntegrityError, ProgrammingError)
    down = isinstance(error, DatabaseError) and not isinstance(error, data)
    return isinstance(error, Unreachable) or down
