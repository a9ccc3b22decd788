"""Who administers a group: asked rarely, and where Telegram knows."""

from typing import cast

import pytest

from bot.admins import KEPT_SECONDS, Admins
from bot.gateway import Gateway
from bot.sessions import Where


class Telegram:
    """Its `chats`, as a gateway has them."""

    def __init__(self) -> None:
        self.admins = {7}
        self.asked: list[tuple[int, int]] = []
        self.chats = self

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        self.asked.append((chat_id, user_id))
        return user_id in self.admins


async def test_an_answer_is_kept_for_a_minute_a_person_and_group() -> None:
    telegram, now = Telegram(), [0.0]
    admins = Admins(cast(Gateway, telegram), lambda: now[0])
    for _ in range(3):
        assert await admins.include(Where(-1, 0, 7))
        assert not await admins.include(Where(-1, 5, 8))
        assert await admins.include(Where(-2, 0, 7))
    assert telegram.asked == [(-1, 7), (-1, 8), (-2, 7)]
    telegram.admins.clear()
    now[0] += KEPT_SECONDS
    assert not await admins.include(Where(-1, 0, 7))


@pytest.mark.parametrize(
    ("where", "may"),
    [
        (Where(7, 0, 7), True),
        (Where(-1, 0, -1), True),  # anonymous
        (Where(-1, 0, -100), False),  # a channel
    ],
)
async def test_nobody_is_asked_about_those_that_are_no_persons_of_a_group(
    where: Where, may: bool
) -> None:
    telegram = Telegram()
    assert await Admins(cast(Gateway, telegram)).include(where) is may
    assert telegram.asked == []
