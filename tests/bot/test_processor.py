"""Chats side by side, each in order."""

import asyncio
import errno
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from bot import inbox
from bot.database import Database
from bot.gateway_errors import Unreachable
from bot.inbox import StoredUpdate
from bot.processor import Processor
from bot.sessions import Where


def update(number: int, chat: int) -> StoredUpdate:
    return StoredUpdate(number, {"update_id": number, "message": {"chat": {"id": chat}}}, 0.0)


class Handlers:
    """Notes what it is given; every update waits at its chat's gate."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.handled: list[int] = []
        self.apologised: list[int] = []
        self.warned: list[int] = []
        self.given_up: list[int] = []
        self.settled: list[Where] = []
        self.forgotten: list[Where] = []
        self.unsettled: list[Exception] = []
        self.errors: dict[int, list[Exception]] = {}
        self.more_errors: dict[str, list[Exception]] = {"apologise": [], "give_up": []}
        self.gates: dict[int, asyncio.Event] = {}
        self.moved = asyncio.Condition()

    async def update(self, stored: StoredUpdate) -> tuple[Where, float | None] | None:
        chat = stored.data["message"]["chat"]["id"]
        await self._note(self.begun, stored.update_id)
        if self.errors.get(stored.update_id):
            raise self.errors[stored.update_id].pop(0)
        if chat in self.gates:
            await self.gates[chat].wait()
        await self._note(self.handled, stored.update_id)
        return Where(chat, 0, chat), 1.0 if stored.update_id == 99 else None

    async def due(self, where: Where) -> float | None:
        if self.unsettled:
            raise self.unsettled.pop(0)
        await self._note(self.settled, where)
        return None

    async def apologise(self, item: StoredUpdate | Where, error_id: str) -> None:
        assert error_id
        number = item.chat_id if isinstance(item, Where) else item.update_id
        await self._note(self.apologised, number)
        if self.more_errors["apologise"]:
            raise self.more_errors["apologise"].pop(0)

    async def put_off(self, stored: StoredUpdate) -> None:
        await self._note(self.warned, stored.update_id)

    async def give_up(self, item: StoredUpdate | Where) -> None:
        if self.more_errors["give_up"]:
            raise self.more_errors["give_up"].pop(0)
        if isinstance(item, Where):
            await self._note(self.forgotten, item)
        else:
            await self._note(self.given_up, item.update_id)

    async def _note(self, notes: list[int] | list[Where], note: int | Where) -> None:
        async with self.moved:
            notes.append(note)  # type: ignore[arg-type]
            self.moved.notify_all()

    async def until(self, notes: list[int] | list[Where], count: int) -> None:
        async with asyncio.timeout(10), self.moved:
            await self.moved.wait_for(lambda: len(notes) >= count)


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Handlers:
    sleep = asyncio.sleep
    monkeypatch.setattr("bot.processor.asyncio.sleep", lambda _seconds: sleep(0))
    return Handlers()


@pytest.fixture
async def processor(database: Database, handlers: Handlers) -> AsyncIterator[Processor]:
    processor = Processor(database, handlers)  # type: ignore[arg-type]
    yield processor
    await processor.stop()


async def test_a_slow_chat_keeps_its_order_and_holds_up_no_other(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.gates[1] = asyncio.Event()
    processor.put([update(1, chat=1), update(2, chat=1), update(3, chat=2), update(4, chat=2)])
    await handlers.until(handlers.handled, 2)
    assert handlers.handled == [3, 4]
    assert handlers.begun.count(1) == 1
    assert 2 not in handlers.begun
    handlers.gates[1].set()
    await handlers.until(handlers.handled, 4)
    assert handlers.handled == [3, 4, 1, 2]


async def test_an_update_waits_for_the_network_and_its_chat_waits_with_it(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.errors[1] = [Unreachable("down") for _ in range(5)]
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 2)
    assert handlers.begun == [1] * 6 + [2]
    assert handlers.apologised == []


async def test_an_update_that_breaks_something_is_apologised_for_once_and_the_chat_goes_on(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.errors[1] = [ValueError("a bug")]
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 1)
    assert (handlers.handled, handlers.apologised) == ([2], [1])


async def test_an_update_waits_for_room_on_the_disk_and_its_sender_is_told_once(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.errors[1] = [OSError(errno.ENOSPC, "No space left on device") for _ in range(5)]
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 2)
    assert handlers.begun == [1] * 6 + [2]
    assert (handlers.warned, handlers.apologised, handlers.given_up) == ([1], [], [])


async def test_an_apology_is_made_once_however_often_the_update_cannot_be_given_up(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.errors[1] = [ValueError("a bug") for _ in range(9)]
    handlers.more_errors["give_up"] = [SQLAlchemyError("damaged") for _ in range(5)]
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 1)
    assert (handlers.apologised, handlers.given_up, handlers.handled) == ([1], [1], [2])


@pytest.mark.parametrize(
    "error", [Unreachable("down"), OperationalError("SELECT", {}, Exception("down"))]
)
async def test_an_apology_that_cannot_be_made_yet_is_made_later(
    processor: Processor, handlers: Handlers, error: Exception
) -> None:
    handlers.errors[1] = [ValueError("a bug") for _ in range(9)]
    handlers.more_errors["apologise"] = [error] * 3
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 1)
    assert (handlers.apologised, handlers.given_up) == ([1] * 4, [1])


@pytest.mark.parametrize(
    "error",
    [
        OverflowError("an id beyond 64 bits"),
        ProgrammingError("SELECT", {}, Exception("an id that is a dictionary")),
    ],
)
async def test_what_cannot_even_be_apologised_for_holds_up_nobody(
    processor: Processor, handlers: Handlers, error: Exception
) -> None:
    handlers.errors[1] = [ValueError("a bug") for _ in range(9)]
    handlers.more_errors["apologise"] = [error]
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.handled, 1)
    assert (handlers.apologised, handlers.given_up, handlers.handled) == ([1], [1], [2])


@pytest.mark.both_databases
async def test_a_start_takes_up_what_was_stored_and_not_handled(
    processor: Processor, handlers: Handlers, database: Database
) -> None:
    await database.run(inbox.add, [update(number, chat=1).data for number in (1, 2, 3)])
    await database.run(inbox.mark_handled, 2)
    await processor.start()
    await handlers.until(handlers.handled, 2)
    assert handlers.handled == [1, 3]


async def test_a_session_that_is_due_is_settled_after_what_came_before(
    processor: Processor, handlers: Handlers
) -> None:
    processor.put([update(99, chat=1)])  # leaves a session that is due at once
    await handlers.until(handlers.settled, 1)
    assert handlers.settled == [Where(1, 0, 1)]


async def test_a_session_that_cannot_be_settled_is_told_of_and_holds_up_nobody(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.unsettled = [ValueError("a bug") for _ in range(9)]
    processor.put([update(99, chat=1)])
    await handlers.until(handlers.forgotten, 1)
    processor.put([update(2, chat=1)])
    await handlers.until(handlers.handled, 2)
    assert handlers.forgotten == [Where(1, 0, 1)]
    assert (handlers.apologised, handlers.settled) == ([1], [])


async def test_nothing_new_is_begun_while_stopping(
    processor: Processor, handlers: Handlers
) -> None:
    handlers.gates[1] = asyncio.Event()
    processor.put([update(1, chat=1), update(2, chat=1)])
    await handlers.until(handlers.begun, 1)
    stopping = asyncio.create_task(processor.stop())
    await asyncio.sleep(0)
    handlers.gates[1].set()
    await stopping
    assert handlers.handled == [1]
