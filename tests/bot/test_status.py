"""The status message's pace: the newest is shown, and nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from bot.buttons import Action, Button
from bot.gateway import Chat, Gateway, Sent
from bot.gateway_errors import ChatGone, Unreachable
from bot.rate_limits import Priority
from bot.status_message import GROUP_SECONDS, PRIVATE_SECONDS, StatusMessage, View, interval

ROWS = [[("Cancel", Button(Action.CANCEL, 1))]]


class Phone:
    """A gateway that notes what a chat would see."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.fails: list[Exception] = []
        self.changed = asyncio.Event()
        self.failed = asyncio.Event()
        self.may_go = asyncio.Event()  # the limits let something go
        self.may_go.set()

    def _note(self, what: str, text: str) -> None:
        if self.fails:
            self.failed.set()
            raise self.fails.pop(0)
        self.shown.append((what, text))
        self.changed.set()

    async def turn(self, chat: Chat, priority: Priority) -> None:
        await self.may_go.wait()

    async def send_text(self, chat: Chat, text: str, **_: Any) -> Sent:
        self._note("sent", text)
        return Sent(1)

    async def show_text(self, chat: Chat, message: int, text: str, *_: Any, **__: Any) -> None:
        self._note("text", text)

    async def show_photo(self, chat: Chat, message: int, photo: bytes, text: str, *_: Any) -> None:
        self._note("photo", text)

    async def see(self, count: int) -> list[tuple[str, str]]:
        async with asyncio.timeout(5):
            while len(self.shown) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.shown


async def _nothing(message_id: int) -> None:
    """Where the id would be kept."""


async def _unheard(chat_id: int, error: ChatGone) -> None:
    """Whoever looks after chats that are gone."""


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
async def message(phone: Phone) -> AsyncIterator[StatusMessage]:
    one = StatusMessage(cast(Gateway, phone), Chat(7), None, _nothing, _unheard)
    yield one
    await one.finish()


Set = Callable[[float], None]


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Set:
    return lambda seconds: monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", seconds)


def test_groups_are_slower_than_private_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # what the other tests have shortened
    assert 3 <= PRIVATE_SECONDS <= 5
    assert 8 <= GROUP_SECONDS <= 10
    assert interval(7) < interval(-7)


async def test_of_words_that_come_too_soon_the_newest_is_shown(
    phone: Phone, message: StatusMessage, pace: Set
) -> None:
    pace(0.3)
    message.show(View("place 9"))
    await phone.see(1)
    for place in range(8, 0, -1):
        message.show(View(f"place {place}"))
        await asyncio.sleep(0)
    assert await phone.see(2) == [("sent", "place 9"), ("text", "place 1")]


async def test_a_picture_does_not_wait_behind_words(
    phone: Phone, message: StatusMessage, pace: Set
) -> None:
    pace(3600.0)
    message.show(View("in the queue"))
    await phone.see(1)
    message.show(View("mixing the paint"))
    await asyncio.sleep(0)
    message.show(View("a sketch", b"jpeg"))
    assert await phone.see(2) == [("sent", "in the queue"), ("photo", "a sketch")]


async def test_what_is_shown_already_is_not_shown_again(
    phone: Phone, message: StatusMessage, pace: Set
) -> None:
    pace(0.0)
    for text in ("place 2", "place 2", "place 1", "place 1"):
        message.show(View(text, rows=ROWS))
        await asyncio.sleep(0.01)
    message.show(View("place 1"))  # without its button
    assert await phone.see(3) == [("sent", "place 2"), ("text", "place 1"), ("text", "place 1")]


async def test_what_could_not_be_shown_is_tried_again_unless_there_is_something_newer(
    phone: Phone, message: StatusMessage, pace: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.status_message.PAUSE", 0.01)
    pace(0.0)
    message.show(View("place 2"))
    await phone.see(1)
    phone.fails += [Unreachable("busy"), Unreachable("busy")]
    message.show(View("place 1"))
    assert await phone.see(2) == [("sent", "place 2"), ("text", "place 1")]
    assert phone.fails == []


async def test_a_429_is_waited_for_and_the_end_is_not(
    phone: Phone, message: StatusMessage, pace: Set
) -> None:
    pace(0.0)
    message.show(View("place 2"))
    await phone.see(1)
    phone.fails.append(Unreachable("slow down", retry_after=3600))
    message.show(View("place 1"))
    await asyncio.wait_for(phone.failed.wait(), 5)
    message.show(View("a sketch", b"jpeg"))
    await asyncio.wait_for(message.finish(), 1)
    assert phone.shown == [("sent", "place 2")]


async def test_what_is_shown_is_chosen_when_the_limits_let_it_go(
    phone: Phone, message: StatusMessage, pace: Set
) -> None:
    pace(0.0)
    message.show(View("place 3"))
    await phone.see(1)
    phone.may_go.clear()
    for step in range(1, 5):
        message.show(View(f"step {step}", b"jpeg"))
        await asyncio.sleep(0.01)
    phone.may_go.set()
    assert await phone.see(2) == [("sent", "place 3"), ("photo", "step 4")]


async def test_the_end_does_not_wait_for_the_limits(phone: Phone, message: StatusMessage) -> None:
    phone.may_go.clear()
    message.show(View("place 3"))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(message.finish(), 1)
    phone.may_go.set()
    await asyncio.sleep(0.01)
    assert phone.shown == []
