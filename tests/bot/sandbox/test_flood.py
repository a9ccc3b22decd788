"""Telegram's limits: the check of a transcript, and what the server refuses."""

import itertools
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import RetryAfter

from bot.sandbox.client import SandboxClient, SandboxError
from bot.sandbox.flood import Flood, FloodLimits, impatience, violations

Json = dict[str, Any]
LIMITS = FloodLimits()


def call(at: float, chat: object = 1, method: str = "sendMessage", **more: Any) -> Json:
    parameters = {"chat_id": str(chat), **more.pop("parameters", {})}
    shown = {"method": method, "parameters": parameters, "time": at, "answer": None, "seconds": 0.0}
    return {"number": int(at * 1000), **shown, **more}


def refused(at: float, retry_after: int, **more: Any) -> Json:
    return call(at, answer={"ok": False, "parameters": {"retry_after": retry_after}}, **more)


def test_a_second_apart_is_fine_for_ever_and_a_short_burst_too() -> None:
    assert violations([call(float(at)) for at in range(500)]) == []
    assert violations([call(7.0)] * 5 + [call(8.0)]) == []


def test_a_long_burst_in_a_chat_is_not() -> None:
    (found,) = violations([call(7.0)] * 5 + [call(7.5)])
    assert "sendMessage to 1: 0.50 s too early (chat)" in found
    assert violations([call(0.9 * at) for at in range(100)])


def test_twenty_a_minute_in_a_group_and_not_one_more() -> None:
    twenty = [call(2.9 * at, -5) for at in range(20)]
    assert violations(twenty) == []
    assert violations([*twenty, call(60.0, -5)]) == []
    (found,) = violations([*twenty, call(59.9, -5)])
    assert "(group)" in found
    assert violations([*twenty, call(59.9, -6)]) == []


def test_thirty_a_second_in_all_and_not_one_more() -> None:
    thirty = [call(1 + chat / 40, chat) for chat in range(1, 31)]
    assert violations(thirty) == []
    assert violations([*thirty, call(2.1, 99)]) == []
    (found,) = violations([*thirty, call(1.99, 99)])
    assert "(all)" in found


def test_edits_count_and_looks_deletions_and_actions_do_not() -> None:
    counted = ["sendPhoto", "editMessageText", "editMessageMedia", "sendDocument", "sendAnimation"]
    assert violations([call(7.0, method=one) for one in [*counted, "sendMessage"]])
    free = ["deleteMessage", "sendChatAction", "getChat", "setMessageReaction", "getUpdates"]
    assert violations([call(7.0, method=one) for one in free * 10]) == []


@pytest.mark.parametrize("as_json", [False, True])
def test_an_album_counts_as_its_pictures(as_json: bool) -> None:
    media: object = '[{"type": "photo"}, {"type": "photo"}]' if as_json else [{}, {}]
    album = [call(7.0, -5, method="sendMediaGroup", parameters={"media": media})]
    others = [call(10.0 + at, -5) for at in range(18)]
    assert violations(album + others) == []
    assert violations(album + others + [call(30.0, -5)])


def test_an_album_is_one_message_a_second() -> None:
    albums = [
        call(7.0 + at, method="sendMediaGroup", parameters={"media": [{}] * 5})
        for at in (0, 0, 0, 1, 2)
    ]
    assert violations(albums) == []


def test_an_album_that_is_larger_than_a_limit_may_go_when_all_is_quiet() -> None:
    album = call(7.0, -5, method="sendMediaGroup", parameters={"media": [{}] * 10})
    limits = FloodLimits(group=5, group_seconds=10.0)
    assert violations([album, call(17.0, -5)], limits) == []
    assert violations([album, call(16.0, -5)], limits)


def test_what_was_refused_counts_too() -> None:
    assert violations([refused(7.0, 1)] * 6)


@given(
    st.lists(st.tuples(st.sampled_from([0, 1 / 8, 1, 5]), st.sampled_from([1, 2, -5])), max_size=80)
)
def test_the_check_agrees_with_a_count_of_every_window(steps: list[tuple[float, int]]) -> None:
    limits = FloodLimits(group=4, group_seconds=8.0, in_all=6)
    now, calls = 100.0, []
    for wait, chat in steps:
        now += wait
        calls.append(call(now, chat))

    def most(seconds: float, *chats: str) -> int:
        times = [one["time"] for one in calls if one["parameters"]["chat_id"] in chats]
        return max((sum(at <= one < at + seconds for one in times) for at in times), default=0)

    def flooded(chat: str) -> bool:
        times = [one["time"] for one in calls if one["parameters"]["chat_id"] == chat]
        pairs = itertools.combinations_with_replacement(range(len(times)), 2)
        return any(j - i + 1 > 5 + times[j] - times[i] for i, j in pairs)

    bad = (
        most(8.0, "-5") > 4 or most(1.0, "1", "2", "-5") > 6 or any(map(flooded, ("1", "2", "-5")))
    )
    assert bool(violations(calls, limits)) == bad


@given(st.lists(st.tuples(st.sampled_from([0, 1 / 8, 1, 5]), st.sampled_from([1, 2, -5]))))
def test_what_the_server_lets_through_is_within_the_limits(steps: list[tuple[float, int]]) -> None:
    limits = FloodLimits(group=4, group_seconds=8.0, in_all=6)
    flood, now, calls = Flood(limits), 100.0, []
    closed: dict[int, float] = {}
    for wait, chat in steps:
        now += wait
        one = call(now, chat)
        retry_after = flood.refusal(one["method"], one["parameters"], now)
        if retry_after is None:
            calls.append(one)
            assert now >= closed.get(chat, 0.0)
        else:
            closed[chat] = max(closed.get(chat, 0.0), now + retry_after - 1)
            assert retry_after >= 1
    assert violations(calls, limits) == []


def test_a_call_before_the_end_of_a_429_is_impatient() -> None:
    (found,) = impatience([refused(10.0, 5), call(14.0)])
    assert "sendMessage to 1: 1.00 s too early" in found
    assert impatience([refused(10.0, 5), call(15.0), call(14.0, 2)]) == []
    assert impatience([refused(10.0, 5), call(14.0, method="deleteMessage")])
    assert impatience([refused(10.0, 5, seconds=3.0), call(17.9)])


def test_what_was_on_its_way_when_the_429_came_is_not() -> None:
    assert impatience([refused(10.0, 5), call(10.1)]) == []


def test_a_429_without_a_chat_is_about_its_method() -> None:
    flood = refused(10.0, 5, method="getFile", parameters={"file_id": "x"})
    flood["parameters"].pop("chat_id")
    again = {**flood, "time": 12.0}
    assert impatience([flood, again])
    assert impatience([flood, call(12.0)]) == []


async def test_the_server_refuses_what_exceeds_the_limits(bot: Bot, person: SandboxClient) -> None:
    await person.send_text("/start")
    group = await person.new_group("Friends", [person.user])
    await person.enforce_limits(chat_burst=3, group=2, group_seconds=2.0)
    for _ in range(3):
        await bot.send_message(person.user, "x")
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(person.user, "y")
    assert flood.value._retry_after.total_seconds() == 1
    for _ in range(2):
        await bot.send_message(group, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(group, "y")
    await bot.get_chat(group)
    shown = [one.text for one in await person.messages(group) if one.from_bot]
    assert shown == ["x", "x"]
    calls = await person.calls("sendMessage")
    assert [one["fault"] for one in calls] == [None] * 3 + ["flood"] + [None] * 2 + ["flood"]
    assert len(violations(calls, FloodLimits(chat_burst=3, group=2, group_seconds=2.0))) == 2


async def test_the_end_of_all_limits(bot: Bot, person: SandboxClient) -> None:
    await person.send_text("/start")
    await person.enforce_limits(chat_burst=1, chat_rate=0.001)
    await bot.send_message(person.user, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(person.user, "y")
    async with httpx.AsyncClient() as http:
        answer = await http.request("DELETE", f"{person.url}/sandbox/limits")
    assert answer.json() is None
    await bot.send_message(person.user, "z")


async def test_what_are_no_limits_is_refused(person: SandboxClient) -> None:
    with pytest.raises(SandboxError, match="above 0"):
        await person.enforce_limits(in_all=0)
    with pytest.raises(SandboxError, match="colour"):
        await person.enforce_limits(colour=3)


def test_a_transcript_of_many_chats_is_checked_quickly() -> None:
    calls = [call(number / 25, number % 1000 + 1) for number in range(20_000)]
    began = time.process_time()
    assert violations(calls) == []
    assert time.process_time() - began < 5
