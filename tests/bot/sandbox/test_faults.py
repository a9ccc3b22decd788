"""Faults on demand, and the transcript."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.sandbox.client import SandboxClient, SandboxError
from tests.bot.sandbox.pictures import jpeg

Json = dict[str, Any]


@pytest.fixture(autouse=True)
async def _started(person: SandboxClient) -> None:
    await person.send_text("/start")


def _held(calls: list[Json], kind: str) -> bool:
    answered = kind == "hold_after"
    return any(one["fault"] == kind and bool(one["answer"]) == answered for one in calls)


async def _bot_texts(person: SandboxClient) -> list[str]:
    return [message.text for message in await person.messages() if message.from_bot]


async def test_flood_control_names_the_seconds(bot: Bot, person: SandboxClient) -> None:
    await person.fault("sendMessage", "error", error_code=429, retry_after=7)
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(person.user, "x")
    assert int(flood.value._retry_after.total_seconds()) == 7
    await bot.send_message(person.user, "y")
    assert await _bot_texts(person) == ["y"]


async def test_a_fault_happens_as_often_as_asked(bot: Bot, person: SandboxClient) -> None:
    await person.fault("sendMessage", "error", times=2, error_code=502, description="Bad Gateway")
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(person.user, "x")
    await bot.send_message(person.user, "y")
    await person.fault("*", "error", times=None, error_code=400, description="Bad Request: no")
    for _ in range(3):
        with pytest.raises(BadRequest, match="No"):
            await bot.get_me()
    await person.clear_faults()
    await bot.get_me()


@pytest.mark.parametrize(
    ("kind", "error", "arrives"),
    [
        ("timeout_before", TimedOut, False),
        ("timeout_after", TimedOut, True),
        ("drop_before", NetworkError, False),
        ("drop_after", NetworkError, True),
    ],
)
async def test_an_answer_is_lost_before_or_after_the_effect(
    bot: Bot, person: SandboxClient, kind: str, error: type[NetworkError], arrives: bool
) -> None:
    await person.fault("sendMessage", kind)
    with pytest.raises(error):
        await bot.send_message(person.user, kind, read_timeout=0.3)
    assert await _bot_texts(person) == ([kind] if arrives else [])


@pytest.mark.parametrize(("kind", "arrives"), [("hold_before", False), ("hold_after", True)])
async def test_a_call_is_held_before_or_after_its_effect_until_the_faults_are_cleared(
    bot: Bot, person: SandboxClient, kind: str, arrives: bool
) -> None:
    await person.fault("sendMessage", kind, skip=1)
    await bot.send_message(person.user, "first")
    held = asyncio.create_task(bot.send_message(person.user, kind))
    await person.wait_for_calls("sendMessage", lambda calls: _held(calls, kind))
    assert await _bot_texts(person) == (["first", kind] if arrives else ["first"])
    assert not held.done()
    await person.clear_faults()
    assert (await held).text == kind
    assert await _bot_texts(person) == ["first", kind]


async def test_a_call_that_is_held_before_its_effect_has_none_once_the_caller_is_gone(
    person: SandboxClient,
) -> None:
    await person.fault("sendMessage", "hold_before")
    url = f"{person.url}/bot{person.token}/sendMessage"
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post(url, json={"chat_id": person.user, "text": "x"}, timeout=0.2)
    await person.clear_faults()
    await person.new_user("Bob")  # the server has had time to do what it should not
    assert await _bot_texts(person) == []
    (call,) = await person.calls("sendMessage")
    assert call["answer"] is None


async def test_a_download_is_held_halfway(bot: Bot, person: SandboxClient) -> None:
    sent = await person.send_photo(jpeg())
    file = await bot.get_file(sent.photo or "")
    await person.fault("download", "hold_after")
    async with httpx.AsyncClient() as http, http.stream("GET", file.file_path or "") as answer:
        pieces = answer.aiter_raw()
        first = await anext(pieces)
        assert len(first) == (file.file_size or 0) // 2
        await person.clear_faults()
        assert len(first) + len(b"".join([piece async for piece in pieces])) == file.file_size


async def test_a_method_can_be_unknown(bot: Bot, person: SandboxClient) -> None:
    await person.fault("setMessageReaction", "unknown_method")
    with pytest.raises((BadRequest, InvalidToken), match=r"(?i)not found"):
        await bot.set_message_reaction(person.user, 1, "👍")


async def test_a_download_can_fail(bot: Bot, person: SandboxClient) -> None:
    sent = await person.send_photo(jpeg())
    assert sent.photo
    file = await bot.get_file(sent.photo)
    await person.fault("download", "error", error_code=500)
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert len(await file.download_as_bytearray()) == file.file_size


async def test_what_is_no_fault_is_refused(person: SandboxClient) -> None:
    with pytest.raises(SandboxError, match="kind must be one of"):
        await person.fault("sendMessage", "explosion")
    with pytest.raises(SandboxError, match="skip"):
        await person.fault("sendMessage", "error", skip=-1)
    with pytest.raises(SandboxError, match="colour"):
        await person.fault("sendMessage", "error", colour="red")


async def test_the_transcript_has_every_call_without_bytes(bot: Bot, person: SandboxClient) -> None:
    await bot.send_photo(person.user, jpeg(), "look", filename="a.jpg")
    await person.fault("sendMessage", "error")
    with pytest.raises(NetworkError):
        await bot.send_message(person.user, "x")
    (photo,) = await person.calls("sendPhoto")
    assert photo["parameters"]["caption"] == "look"
    uploads = [value for value in photo["parameters"].values() if isinstance(value, dict)]
    assert uploads == [{"file_name": "a.jpg", "bytes": len(jpeg())}]
    assert photo["answer"]["result"]["caption"] == "look"
    (message,) = await person.calls("sendMessage", after=photo["number"])
    assert (message["fault"], message["answer"]["error_code"]) == ("error", 500)
    assert bot.token not in str(await person.calls())


async def test_the_server_stops_while_a_line_is_held(person: SandboxClient, bot: Bot) -> None:
    await person.fault("getMe", "timeout_before", seconds=600)
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get(f"{person.url}/bot{person.token}/getMe", timeout=0.2)


async def test_a_fault_can_be_one_chats_own(bot: Bot, person: SandboxClient) -> None:
    bob = await person.new_user("Bob")
    await person.send_text("/start", chat=bob, user=bob)
    await person.fault("sendMessage", "error", chat=bob, times=None)
    await bot.send_message(person.user, "x")
    with pytest.raises(NetworkError):
        await bot.send_message(bob, "x")


async def test_a_share_of_the_calls_fails_the_same_ones_each_time(
    bot: Bot, person: SandboxClient
) -> None:
    async def fates() -> list[str | None]:
        await person.clear_faults()
        await person.fault("getMe", "error", times=None, share=0.5, seed=4)
        since = len(await person.calls("getMe"))
        for _ in range(20):
            with suppress(NetworkError):
                await bot.get_me()
        return [one["fault"] for one in (await person.calls("getMe"))[since:]]

    first = await fates()
    assert 3 < first.count("error") < 17
    assert await fates() == first


async def _ids(bot: Bot, offset: int, count: int) -> list[int]:
    """Of the updates that come, confirmed batch by batch."""
    ids: list[int] = []
    while len(ids) < count:
        found = await bot.get_updates(offset=offset, timeout=5)
        ids += [one.update_id for one in found]
        offset = max((one.update_id for one in found), default=offset - 1) + 1
    return ids


async def test_updates_come_twice_in_disorder_and_late(bot: Bot, person: SandboxClient) -> None:
    (start,) = [one.update_id for one in await bot.get_updates()]
    await person.fault("updates", "duplicate")
    await person.fault("updates", "reorder")
    await person.fault("updates", "late", seconds=0.5)
    for text in ("twice", "overtaken", "late", "in time"):
        await person.send_text(text)
    ids = await _ids(bot, start + 1, 5)
    assert [one - start for one in ids] == [1, 4, 1, 2, 3]


async def test_an_update_that_is_overtaken_by_none_comes_in_the_end(
    bot: Bot, person: SandboxClient
) -> None:
    (start,) = [one.update_id for one in await bot.get_updates()]
    await person.fault("updates", "reorder", seconds=0.3)
    await person.send_text("alone")
    assert await _ids(bot, start + 1, 1) == [start + 1]
    assert await bot.get_updates(offset=start + 2) == ()


@pytest.mark.parametrize(("method", "kind"), [("sendMessage", "late"), ("updates", "error")])
async def test_updates_have_faults_of_their_own(
    person: SandboxClient, method: str, kind: str
) -> None:
    with pytest.raises(SandboxError, match="updates, and nothing else"):
        await person.fault(method, kind)
