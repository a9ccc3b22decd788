"""Readiness: what is asked, and how long that may take."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.exc import OperationalError

from bot.database import Database, opened
from bot.dispatcher import Dispatcher
from bot.health import Health


class Fake:
    """A dispatcher."""

    working = True


@pytest.fixture
async def health(tmp_path: Path) -> AsyncIterator[Health]:
    """Of a service that is ready."""
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        health = Health(database)
        health.connected = health.announced = True
        health.dispatcher = cast(Dispatcher, Fake())
        yield health


async def test_a_dispatcher_that_has_ended_is_no_readiness(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await health.problem() == ""
    monkeypatch.setattr(Fake, "working", False)
    assert await health.problem() == "no paintings are begun"


async def test_a_database_that_refuses_is_no_readiness_until_it_answers(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the server has gone away"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", gone)
        assert await health.problem() == "the database does not answer"
    assert await health.problem() == ""


async def test_a_database_that_hangs_is_asked_once_however_often_one_looks(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, asked = asyncio.Event(), 0

    async def hanging(*_: object) -> None:
        nonlocal asked
        asked += 1
        await gate.wait()

    monkeypatch.setattr(Database, "run", hanging)
    monkeypatch.setattr("bot.health.DATABASE_SECONDS", 0.01)
    for _ in range(3):
        assert await health.problem() == "the database does not answer"
    assert asked == 1
    monkeypatch.setattr("bot.health.DATABASE_SECONDS", 30.0)
    gate.set()
    assert await health.problem() == ""
