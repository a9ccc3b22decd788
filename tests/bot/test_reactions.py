"""Reactions: the newest wins, and a failure costs nothing."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from bot.gateway import Gateway
from bot.gateway_errors import Refused, Unreachable
from bot.reactions import Reactions
from tests.bot.test_conversation import JOB

REQUEST = replace(JOB, chat_id=-7, reply_to=5)


class Telegram:
    """Its `chats`, as a gateway has them; slow, until it may answer."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int, str | None]] = []
        self.fails: list[Exception] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.chats = self

    async def react(self, chat_id: int, message_id: int, emoji: str | None) -> None:
        self.shown.append((chat_id, message_id, emoji))
        await self.may_answer.wait()
        if self.fails:
            raise self.fails.pop(0)


async def _quiet(reactions: Reactions) -> None:
    while reactions._tasks:
        await asyncio.gather(*reactions._tasks.values())


async def test_what_was_overtaken_is_never_shown() -> None:
    telegram = Telegram()
    telegram.may_answer.clear()
    reactions = Reactions(cast(Gateway, telegram))
    reactions.taken(REQUEST)
    await asyncio.sleep(0)
    reactions.failed(REQUEST)
    reactions.done(REQUEST)
    telegram.may_answer.set()
    await _quiet(reactions)
    assert [emoji for _, _, emoji in telegram.shown] == ["👀", "👍"]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reactions.PAUSES", (0.0, 0.0))


async def test_what_telegram_could_not_take_is_tried_again_by_then_perhaps_as_another() -> None:
    telegram = Telegram()
    telegram.fails = [Unreachable("later"), Unreachable("later")]
    telegram.may_answer.clear()
    reactions = Reactions(cast(Gateway, telegram))
    reactions.taken(REQUEST)
    await asyncio.sleep(0)
    reactions.done(REQUEST)
    telegram.may_answer.set()
    await _quiet(reactions)
    assert [emoji for _, _, emoji in telegram.shown] == ["👀", "👍", "👍"]


async def test_in_the_end_it_is_given_up() -> None:
    telegram = Telegram()
    telegram.fails = [Unreachable("later")] * 9
    reactions = Reactions(cast(Gateway, telegram))
    reactions.done(REQUEST)
    await _quiet(reactions)
    assert len(telegram.shown) == 3


async def test_a_chat_that_wants_none_is_left_alone_and_no_other() -> None:
    telegram = Telegram()
    telegram.fails = [
        Refused("Reaction_invalid"),
        *3 * [Unreachable("later")],
        Refused("message to react not found"),
    ]
    reactions = Reactions(cast(Gateway, telegram))
    for job in (REQUEST, REQUEST, *3 * [replace(REQUEST, chat_id=-8)]):
        reactions.taken(job)
        await _quiet(reactions)
    assert [chat for chat, _, _ in telegram.shown] == [-7, *3 * [-8], -8, -8]


async def test_private_chats_and_requests_that_were_left_behind_have_none() -> None:
    telegram = Telegram()
    reactions = Reactions(cast(Gateway, telegram))
    reactions.done(replace(REQUEST, chat_id=7))
    reactions.done(replace(REQUEST, reply_to=0))
    await _quiet(reactions)
    assert telegram.shown == []
