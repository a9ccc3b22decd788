"""Telegram's limits, kept by every call of the client."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.pacing import Json, Pacing, Paid
from bot.rate_limits import Limit, Priority, Turns

Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of Telegram's is 20 ms here."""
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(50.0, 3.0, calls=True))
    monkeypatch.setattr("bot.pacing.GROUP_LIMIT", Limit(20.0, 4.0))
    monkeypatch.setattr("bot.pacing.LIMIT_IN_ALL", Limit(1000.0, 100.0))
    monkeypatch.setattr("bot.pacing._seconds", lambda error: error._retry_after.seconds / 5)


async def send(
    pacing: Pacing,
    call: Call,
    chat: int | None,
    endpoint: str = "sendMessage",
    priority: Priority | Paid | None = None,
    **data: Any,
) -> Json:
    data = data if chat is None else {"chat_id": chat, **data}
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


async def test_a_429_is_waited_out_for_its_own_chat_and_stops_no_other() -> None:
    pacing = Pacing()
    flaky, other = Flaky(1), Flaky()
    limited = asyncio.create_task(send(pacing, flaky, 1))
    await flaky.called.wait()
    assert await send(pacing, other, 2) is True
    assert not limited.done()
    assert await limited is True
    assert flaky.calls[1] - flaky.calls[0] >= 0.2
    assert other.calls[0] < flaky.calls[1]


@pytest.mark.parametrize("priority", [Priority.PROGRESS, Priority.FINAL, Paid.PAID])
async def test_only_answers_are_made_again_after_a_429(priority: Priority | Paid) -> None:
    call = Flaky(1)
    with pytest.raises(RetryAfter):
        await send(Pacing(), call, 1, "editMessageMedia", priority)
    assert len(call.calls) == 1


async def test_everything_about_a_chat_waits_for_the_end_of_its_429() -> None:
    pacing = Pacing()
    with pytest.raises(RetryAfter):
        await send(pacing, Flaky(1), 1, priority=Priority.PROGRESS)
    refused = asyncio.get_running_loop().time()
    assert pacing.wait(1) == pytest.approx(0.2, abs=0.1)
    calls = {name: Flaky() for name in ("deleteMessage", "setMessageReaction", "sendChatAction")}
    await asyncio.gather(*(send(pacing, call, 1, name) for name, call in calls.items()))
    assert all(call.calls[0] - refused >= 0.19 for call in calls.values())


async def test_a_method_without_a_chat_waits_for_its_own_429() -> None:
    pacing = Pacing()
    flaky, other = Flaky(1), Flaky()
    limited = asyncio.create_task(send(pacing, flaky, None, "getFile"))
    await flaky.called.wait()
    await send(pacing, other, None, "getMe")
    assert len(flaky.calls) == 1
    assert await limited is True
    assert flaky.calls[1] - flaky.calls[0] >= 0.2


async def test_a_429_in_several_chats_at_once_stops_all() -> None:
    pacing = Pacing()
    for chat in (1, 2, 3):
        with pytest.raises(RetryAfter):
            await send(pacing, Flaky(1), chat, priority=Priority.FINAL)
    stopped = asyncio.get_running_loop().time()
    call, look = Flaky(), Flaky()
    await asyncio.gather(send(pacing, call, 4), send(pacing, look, None, "getFile"))
    assert min(call.calls[0], look.calls[0]) - stopped >= 0.19


async def test_results_overtake_answers_and_answers_overtake_progress() -> None:
    pacing = Pacing()
    order: list[str] = []

    async def one(priority: Priority) -> bool:
        order.append(priority.name)
        return True

    asked = [Priority.PROGRESS, Priority.NORMAL, Priority.FINAL] * 2
    calls = (send(pacing, lambda p=p: one(p), 1, priority=p) for p in asked)
    await asyncio.gather(*calls)
    assert order == ["FINAL"] * 2 + ["NORMAL"] * 2 + ["PROGRESS"] * 2


async def test_one_who_gives_up_waiting_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(5.0, 1.0))
    pacing = Pacing()
    first = asyncio.create_task(pacing.turn(1, Priority.FINAL))
    second = asyncio.create_task(pacing.turn(1, Priority.NORMAL))
    await asyncio.sleep(0)
    first.cancel()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(second, timeout=5)
    assert asyncio.get_running_loop().time() - began < 0.35  # one token's time, not two
    assert pacing._waiting == {}


async def test_what_is_paid_goes_at_once() -> None:
    pacing = Pacing(clock=lambda: 0.0)  # a clock that stands: a turn would never come
    assert await send(pacing, Flaky(), 1, priority=Paid.PAID) is True


@pytest.mark.parametrize(
    ("endpoint", "chat"), [("getFile", None), ("answerCallbackQuery", None), ("getChat", 1)]
)
async def test_what_no_chat_sees_is_not_limited(endpoint: str, chat: int | None) -> None:
    pacing = Pacing(clock=lambda: 0.0)
    call = Flaky()
    for _ in range(50):
        await send(pacing, call, chat, endpoint)
    assert len(call.calls) == 50


async def test_an_album_counts_as_its_pictures() -> None:
    pacing = Pacing()
    await asyncio.sleep(0.1)  # the buckets are full
    for chat in (1, -5):
        await send(pacing, Flaky(), chat, "sendMediaGroup", media=[object()] * 8)
    assert pacing.wait(1) == 0.0  # as one, to a chat
    assert pacing.wait(-5) == pytest.approx(5 / 20, abs=0.05)


@pytest.mark.parametrize(("chat", "most"), [(1, 62), (-5, 20)])
def test_the_limits_that_telegram_publishes_are_kept(
    chat: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a full bucket, for a minute: the most that the limits in force let go."""
    monkeypatch.undo()
    from bot.pacing import LIMIT_IN_ALL, _limits

    turns = Turns(LIMIT_IN_ALL, _limits, -1000.0)
    for _ in range(200):
        turns.ask(chat, Priority.FINAL, 1.0, 1.0, 0.0)
    sent, now = len(turns.grant(0.0)), 0.0
    while (now := turns.next_at(now)) < 60.0 - 1e-6:
        sent += len(turns.grant(now))
    assert most - 1 <= sent <= most


def test_thirty_a_second_in_all_are_never_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    from bot.pacing import LIMIT_IN_ALL, _limits

    turns = Turns(LIMIT_IN_ALL, _limits, -1000.0)
    for chat in range(1, 200):
        turns.ask(chat, Priority.FINAL, 1.0, 1.0, 0.0)
    sent, now = len(turns.grant(0.0)), 0.0
    while (now := turns.next_at(now)) < 1.0:
        sent += len(turns.grant(now))
    assert 22 <= sent <= 24
