"""Several messages that answer one thing: each comes once, whatever comes in between."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from bot import said
from bot.buttons import Rows
from bot.database import Database
from bot.decision import Reply
from bot.files import Files
from bot.gallery import Style
from bot.gateway import Chat, Gateway, Sent
from bot.gateway_errors import Refused
from bot.inbox import StoredUpdate
from bot.replies import Replies
from bot.said import Cause
from bot.sessions import Where

WHERE = Where(7, 0, 7)
UPDATE = StoredUpdate(5, {}, 0.0)
STYLE = Style("mosaic", "Mosaic", "0" * 64, file_id="known")
GALLERY = Reply("Which one?", album=[(STYLE, "1. Mosaic")])


class Killed(Exception):
    """What a kill looks like from inside: nothing that comes after happens."""


class Telegram:
    """Takes what it is sent, unless an error is due."""

    def __init__(self) -> None:
        self.errors: dict[str, list[Exception]] = {}
        self.arrived: list[str] = []

    async def send_text(
        self, chat: Chat, text: str, *, reply_to: int | None, rows: Rows, asks: str, **more: Any
    ) -> Sent:
        if self.errors.get(text):
            raise self.errors[text].pop()
        self.arrived.append(text)
        return Sent(len(self.arrived))

    async def send_album(
        self, chat: Chat, pictures: Sequence[tuple[bytes | str, str]]
    ) -> list[str | None]:
        self.arrived += [caption for _, caption in pictures]
        return ["known" for _ in pictures]


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def replies(database: Database, telegram: Telegram, tmp_path: Path) -> Replies:
    return Replies(database, Files(tmp_path), cast(Gateway, telegram))


@pytest.mark.parametrize("cause", [UPDATE, WHERE], ids=["update", "session"])
async def test_what_has_arrived_is_not_said_again_when_the_rest_is_tried_once_more(
    replies: Replies, telegram: Telegram, cause: Cause
) -> None:
    telegram.errors["Which one?"] = [Killed(), Killed()]
    for _ in range(2):
        with pytest.raises(Killed):
            await replies.say(WHERE, [GALLERY, Reply("And then?")], cause)
        assert telegram.arrived == ["1. Mosaic"]
    await replies.say(WHERE, [GALLERY, Reply("And then?")], cause)
    assert telegram.arrived == ["1. Mosaic", "Which one?", "And then?"]


async def test_it_may_be_said_again_once_all_was_committed(
    replies: Replies, telegram: Telegram, database: Database
) -> None:
    await replies.say(WHERE, [GALLERY], WHERE)
    await database.run(said.forget, WHERE, UPDATE)
    await replies.say(WHERE, [GALLERY], WHERE)
    assert telegram.arrived == 2 * ["1. Mosaic", "Which one?"]


async def test_another_answer_is_said_even_if_the_first_had_begun(
    replies: Replies, telegram: Telegram
) -> None:
    telegram.errors["One"] = [Killed()]
    with pytest.raises(Killed):
        await replies.say(WHERE, [Reply("Zero"), Reply("One")], UPDATE)
    await replies.say(WHERE, [Reply("Two"), Reply("One")], UPDATE)
    assert telegram.arrived == ["Zero", "Two", "One"]


async def test_two_that_are_alike_are_both_said(replies: Replies, telegram: Telegram) -> None:
    await replies.say(WHERE, [Reply("Full."), Reply("Full.")], UPDATE)
    assert telegram.arrived == ["Full.", "Full."]


async def test_what_is_refused_is_left_out(replies: Replies, telegram: Telegram) -> None:
    telegram.errors["One"] = [Refused("no")]
    await replies.say(WHERE, [Reply("One"), Reply("Two")], UPDATE)
    assert telegram.arrived == ["Two"]


async def test_a_single_message_costs_no_note(replies: Replies, database: Database) -> None:
    await replies.say(WHERE, [Reply("One")], UPDATE)
    assert await database.run(said.so_far, UPDATE) == set()
