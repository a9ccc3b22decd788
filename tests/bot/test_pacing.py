"""Telegram's limits, kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import RetryAfter

from bot.pacing import Bucket, Json, Lane, Pacing, Priority


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 5))
def test_a_bucket_never_gives_more_than_its_rate_and_one_burst(
    waits: list[float], capacity: int
) -> None:
    clock = Clock()
    bucket = Bucket(rate=1, capacity=capacity, clock=clock)
    taken: list[float] = []
    for wait in waits:
        clock.now += wait
        clock.now += bucket.delay()
        bucket.take()
        taken.append(clock.now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            allowed = capacity + (taken[last] - taken[first])
            assert last - first + 1 <= allowed + 1e-6


def test_a_blocked_bucket_gives_nothing_until_then() -> None:
    clock = Clock()
    bucket = Bucket(rate=1, capacity=3, clock=clock)
    bucket.block(7)
    assert bucket.delay() == 7
    clock.now += 7
    assert bucket.delay() == 0


async def test_answers_overtake_progress_that_waits() -> None:
    lane = Lane(Bucket(rate=20, capacity=2, clock=asyncio.get_running_loop().time))
    for _ in range(2):
        await lane.enter(Priority.NORMAL)
    order: list[str] = []

    async def enter(priority: Priority, name: str) -> None:
        await lane.enter(priority)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(enter(Priority.PROGRESS, "snapshot"))
        group.create_task(enter(Priority.NORMAL, "answer"))
        group.create_task(enter(Priority.NORMAL, "result"))
    assert order == ["answer", "result", "snapshot"]


async def test_progress_leaves_room_for_an_answer() -> None:
    lane = Lane(Bucket(rate=0.001, capacity=2, clock=asyncio.get_running_loop().time))
    await lane.enter(Priority.PROGRESS)
    waiting = asyncio.create_task(lane.enter(Priority.PROGRESS))
    await asyncio.wait_for(lane.enter(Priority.NORMAL), timeout=5)
    assert not waiting.done()
    waiting.cancel()


async def test_one_who_gives_up_waiting_holds_up_nobody() -> None:
    lane = Lane(Bucket(rate=20, capacity=1, clock=asyncio.get_running_loop().time))
    await lane.enter(Priority.NORMAL)
    first = asyncio.create_task(lane.enter(Priority.NORMAL))
    second = asyncio.create_task(lane.enter(Priority.NORMAL))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait_for(second, timeout=5)
    assert lane._waiting == []


Call = Callable[..., Any]


async def send(
    pacing: Pacing,
    call: Call,
    chat: int | None,
    endpoint: str = "sendMessage",
    priority: Priority | None = None,
) -> Json:
    data = {} if chat is None else {"chat_id": chat}
    return await pacing.process_request(call, (), {}, endpoint, data, priority)


class Flaky:
    """A call that Telegram answers with 429 so many times."""

    def __init__(self, times: int = 0) -> None:
        self.times = times
        self.calls: list[float] = []
        self.called = asyncio.Event()

    async def __call__(self) -> bool:
        self.calls.append(asyncio.get_running_loop().time())
        self.called.set()
        if len(self.calls) <= self.times:
            raise RetryAfter(1)
        return True


@pytest.fixture
def short_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing._seconds", lambda _error: 0.2)


@pytest.mark.usefixtures("short_retry_after")
async def test_a_429_is_waited_out_for_its_own_chat_and_stops_no_other() -> None:
    pacing = Pacing()
    flaky, other = Flaky(1), Flaky()
    limited = asyncio.create_task(send(pacing, flaky, 1))
    await flaky.called.wait()
    assert await send(pacing, other, 2) is True
    assert not limited.done()
    assert await limited is True
    assert flaky.calls[1] - flaky.calls[0] >= 0.19
    assert other.calls[0] < flaky.calls[1]


@pytest.mark.usefixtures("short_retry_after")
async def test_progress_is_not_tried_again_after_a_429() -> None:
    call = Flaky(1)
    with pytest.raises(RetryAfter):
        await send(Pacing(), call, 1, "editMessageMedia", Priority.PROGRESS)
    assert len(call.calls) == 1


@pytest.mark.parametrize(
    ("endpoint", "chat"), [("getFile", None), ("answerCallbackQuery", None), ("getChat", 1)]
)
async def test_what_no_chat_sees_is_not_limited(endpoint: str, chat: int | None) -> None:
    pacing = Pacing(clock=lambda: 0.0)  # a clock that stands: a limit would wait for ever
    call = Flaky()
    for _ in range(50):
        await send(pacing, call, chat, endpoint)
    assert len(call.calls) == 50


async def test_chats_that_are_quiet_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing.MAX_IDLE_CHATS", 10)
    clock = Clock()
    pacing = Pacing(clock)
    call = Flaky()
    for chat in range(1, 40):
        await send(pacing, call, chat)
        clock.now += 10
    assert len(pacing._chats) <= 11


@pytest.mark.parametrize(("chat", "seconds", "most"), [(1, 60.0, 63), (-5, 60.0, 20)])
async def test_the_limits_that_telegram_publishes_are_kept(
    chat: int, seconds: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the limits in force, not those for quick tests
    clock = Clock()
    bucket = Pacing(clock)._bucket(chat)
    sent, start = 0, clock.now
    while clock.now + bucket.delay() <= start + seconds - 1e-6:
        clock.now += bucket.delay()
        bucket.take()
        sent += 1
    assert most - 1 <= sent <= most
