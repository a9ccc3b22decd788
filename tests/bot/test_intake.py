"""Updates: committed, then confirmed."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox, intake
from bot.database import Database
from bot.errors import AtelierError
from bot.gateway_errors import SecondReader, Unauthorised, Unreachable, WebhookActive
from bot.inbox import StoredUpdate

pytestmark = pytest.mark.usefixtures("waits")


class Telegram:
    """A gateway that answers `updates` from a script, and then never again."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.offsets: list[int] = []
        self.exhausted = asyncio.Event()
        self.webhooks = self
        self.deleted = 0

    async def delete(self) -> None:
        self.deleted += 1

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        self.offsets.append(offset)
        if not self.script:
            self.exhausted.set()
            await asyncio.Event().wait()
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if not isinstance(step, list):
            return cast(list[dict[str, Any]], step)
        return [{"update_id": one} if isinstance(one, int) else one for one in step]


async def polled(telegram: Telegram, database: Database) -> list[int]:
    """Poll until the script is over; returns the ids that were handed on."""
    taken: list[int] = []

    def put(updates: Sequence[StoredUpdate]) -> None:
        taken.extend(update.update_id for update in updates)

    task = asyncio.create_task(intake.poll(telegram, database, put))  # type: ignore[arg-type]
    done, _ = await asyncio.wait(
        {task, asyncio.create_task(telegram.exhausted.wait())},
        timeout=10,
        return_when=asyncio.FIRST_COMPLETED,
    )
    if task in done:
        await task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return taken


async def test_a_batch_is_confirmed_by_the_next_offset(database: Database) -> None:
    telegram = Telegram([5, 6], [7])
    assert await polled(telegram, database) == [5, 6, 7]
    assert telegram.offsets == [0, 7, 8]
    stored = await database.run(inbox.unhandled)
    assert [update.update_id for update in stored] == [5, 6, 7]


async def test_ids_may_begin_anew_and_lower_after_a_quiet_time(database: Database) -> None:
    """https://core.telegram.org/bots/api#update: after a week, they do."""
    telegram = Telegram([500], [], [7], [])
    assert await polled(telegram, database) == [500, 7]
    assert telegram.offsets == [0, 501, 0, 8, 0]


@pytest.mark.both_databases
async def test_what_comes_twice_is_handled_once(database: Database) -> None:
    assert await polled(Telegram([5, 6], [6, 5, 7], [7]), database) == [5, 6, 7]


async def test_an_update_that_was_handled_before_a_restart_is_not_handled_again(
    database: Database,
) -> None:
    await polled(Telegram([5]), database)
    await database.run(inbox.mark_handled, 5)
    assert await polled(Telegram([5, 6]), database) == [6]
    assert [update.update_id for update in await database.run(inbox.unhandled)] == [6]


async def test_a_batch_that_cannot_be_stored_is_not_confirmed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, failures = inbox.add, 2

    async def full_disk(
        connection: AsyncConnection, batch: Sequence[dict[str, Any]]
    ) -> list[StoredUpdate]:
        nonlocal failures
        if failures:
            failures -= 1
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return await add(connection, batch)

    monkeypatch.setattr("bot.intake.inbox.add", full_disk)
    telegram = Telegram([5], [5], [5])
    assert await polled(telegram, database) == [5]
    assert telegram.offsets == [0, 0, 0, 6]


async def test_a_rejected_token_ends_the_service_with_a_sentence(database: Database) -> None:
    with pytest.raises(AtelierError, match="BotFather"):
        await polled(Telegram(Unauthorised("x")), database)


async def test_a_second_reader_is_explained_and_waited_for(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await polled(Telegram(SecondReader("Conflict"), [5]), database) == [5]
    assert "Another program reads this bot's updates" in capsys.readouterr().out


async def test_a_webhook_of_an_earlier_run_is_deleted(
    database: Database, waits: list[float]
) -> None:
    telegram = Telegram(WebhookActive("Conflict"), [5])
    assert await polled(telegram, database) == [5]
    assert (telegram.deleted, waits) == (1, [])


async def test_a_webhook_that_comes_later_is_left_to_whoever_has_set_it(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram = Telegram([5], WebhookActive("Conflict"), [6])
    assert await polled(telegram, database) == [5, 6]
    assert telegram.deleted == 0
    assert "a webhook is set" in capsys.readouterr().out


async def test_errors_are_waited_out_longer_each_time_and_as_long_as_telegram_asks(
    database: Database, waits: list[float]
) -> None:
    down = [Unreachable("down") for _ in range(8)]
    await polled(Telegram(*down, [5], Unreachable("slow down", retry_after=17)), database)
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits[:8]) == intake.MAX_WAIT
    assert waits[8] == 17


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"reply_to_message": found}
    return found


@pytest.mark.parametrize(
    "bad",
    [
        "a text",
        None,
        [],
        {},
        {"message": {}},
        {"update_id": "6"},
        {"update_id": True},
        {"update_id": 6.0},
        {"update_id": -6},
        {"update_id": 2**63},
        {"update_id": 6, "message": float("nan")},
        {"update_id": 6, "message": deep(100_000)},
    ],
    ids=lambda bad: type(bad).__name__,
)
async def test_what_is_no_update_is_left_out_and_those_beside_it_are_taken(
    database: Database, bad: object
) -> None:
    assert await polled(Telegram([5, bad, 7], [8]), database) == [5, 7, 8]


@pytest.mark.parametrize("answer", [{"update_id": 5}, "text", 7, None, [{}], ["x", None]], ids=str)
async def test_an_answer_that_is_no_list_of_updates_is_waited_out(
    database: Database, answer: object, waits: list[float]
) -> None:
    telegram = Telegram([4], answer, answer, [5])
    assert await polled(telegram, database) == [4, 5]
    assert telegram.offsets == [0, 5, 5, 5, 6]
    assert waits == [1, 2]


async def test_an_answer_that_breaks_its_reader_ends_nothing(
    database: Database, waits: list[float]
) -> None:
    assert await polled(Telegram(RecursionError(), KeyError("x"), [5]), database) == [5]
    assert waits == [1, 2]


@pytest.mark.both_databases
async def test_a_caption_of_ten_megabytes_is_stored_like_any_other(database: Database) -> None:
    caption = '{"a": [' * 1_400_000
    huge = {"update_id": 5, "message": {"caption": caption}}
    assert await polled(Telegram([huge]), database) == [5]
    [stored] = await database.run(inbox.unhandled)
    assert stored.data == huge
