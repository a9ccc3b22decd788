"""The webhook by itself: what is in hand, and what Telegram says of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import httpx
import pytest
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox, intake, web, webhook
from bot.addresses import hook
from bot.database import Database
from bot.errors import AtelierError
from bot.gateway import Gateway
from bot.gateway_errors import Refused, Unauthorised, Unreachable
from bot.gateway_updates import WebhookState
from bot.health import Health
from bot.inbox import StoredUpdate
from bot.webhook import HEADER, Webhook
from tests.bot.updates import message
from tests.bot.waiting import Waiting

HOOK = hook("https://bot.example.org", "a key of the test's own")


class Telegram:
    """Answers from a script, where None is that all is well, and then no more."""

    def __init__(self, *script: WebhookState | Exception | None) -> None:
        self.webhooks = self
        self.script = list(script)
        self.urls: list[str] = []
        self.noted = Waiting()
        self.exhausted = False

    async def set(self, url: str, secret: str) -> None:
        self.urls.append(url)
        await self._next()

    async def state(self) -> WebhookState:
        return await self._next() or WebhookState(HOOK.url, 0, "", 0.0)

    async def _next(self) -> WebhookState | None:
        self.exhausted = not self.script
        self.noted.changed()
        if self.exhausted:
            await asyncio.Event().wait()
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


class Desk:
    """A webhook that takes updates, and what came of them."""

    def __init__(self, database: Database, telegram: Telegram) -> None:
        self.health = Health(database)
        self.taken: list[int] = []
        self.telegram = telegram
        self._webhook = Webhook(HOOK, self.health)
        transport = httpx.ASGITransport(web.app(self.health, self._webhook))
        headers = {HEADER: HOOK.secret}
        self.http = httpx.AsyncClient(transport=transport, headers=headers)
        self.receiving = asyncio.create_task(
            self._webhook.receive(cast(Gateway, telegram), database, self._put)
        )

    def _put(self, updates: Sequence[StoredUpdate]) -> None:
        self.taken += [update.update_id for update in updates]

    async def post(self, update_id: int) -> int:
        return (await self.http.post(HOOK.url, json=message(update_id, 7))).status_code

    async def close(self) -> None:
        self.receiving.cancel()
        await asyncio.gather(self.receiving, return_exceptions=True)


pytestmark = pytest.mark.usefixtures("waits")


class Gate:
    """Commits that wait until they are let through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.noted = Waiting()
        self.begun = 0
        self.refuses: int | None = None
        self._add = inbox.add
        monkeypatch.setattr("bot.webhook.inbox.add", self._gated)

    async def _gated(
        self, connection: AsyncConnection, batch: Sequence[dict[str, Any]]
    ) -> list[StoredUpdate]:
        self.begun += 1
        self.noted.changed()
        await self.open.wait()
        if self.refuses in [one["update_id"] for one in batch]:
            raise DataError("INSERT", {}, Exception("this is no text"))
        return await self._add(connection, batch)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    desk = Desk(database, Telegram(None))
    await desk.telegram.noted.until(lambda: desk.telegram.exhausted)
    yield desk
    await desk.close()


async def known(database: Database) -> list[int]:
    return [update.update_id for update in await database.run(inbox.unhandled)]


async def test_a_commit_that_takes_long_is_an_error_goes_on_and_is_made_once(
    desk: Desk, database: Database, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.webhook.COMMIT_SECONDS", 0.01)
    assert await desk.post(5) == 503
    assert await desk.post(5) == 503
    monkeypatch.setattr("bot.webhook.COMMIT_SECONDS", 30.0)
    again = asyncio.create_task(desk.post(5))
    await asyncio.wait([again], timeout=0.01)
    gate.open.set()
    assert await again == 200
    assert (gate.begun, desk.taken, await known(database)) == (1, [5], [5])


async def test_there_is_an_end_to_what_is_taken_at_the_same_time(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.webhook.MAX_TAKING", 2)
    taken = [asyncio.create_task(desk.post(number)) for number in (1, 2)]
    await gate.noted.until(lambda: gate.begun >= 1)
    await asyncio.wait(taken, timeout=0)
    assert await desk.post(3) == 503
    gate.open.set()
    assert await asyncio.gather(*taken) == [200, 200]


async def test_what_comes_during_a_commit_is_committed_together(
    desk: Desk, database: Database, gate: Gate
) -> None:
    first = asyncio.create_task(desk.post(1))
    await gate.noted.until(lambda: gate.begun == 1)
    others = [asyncio.create_task(desk.post(number)) for number in (4, 2, 3, 2)]
    await asyncio.wait(others, timeout=0.05)
    gate.open.set()
    assert await asyncio.gather(first, *others) == [200] * 5
    assert (gate.begun, desk.taken, await known(database)) == (2, [1, 2, 3, 4], [1, 2, 3, 4])


async def test_what_cannot_be_stored_keeps_none_of_those_beside_it_out(
    desk: Desk, database: Database, gate: Gate
) -> None:
    gate.refuses = 3
    first = asyncio.create_task(desk.post(1))
    await gate.noted.until(lambda: gate.begun == 1)
    others = [asyncio.create_task(desk.post(number)) for number in (2, 3, 4)]
    await asyncio.wait(others, timeout=0.05)
    gate.open.set()
    assert await asyncio.gather(first, *others) == [200, 200, 503, 200]
    assert desk.taken == await known(database) == [1, 2, 4]


async def test_an_end_waits_for_what_is_in_hand_and_takes_no_more(
    desk: Desk, database: Database, gate: Gate
) -> None:
    in_hand = asyncio.create_task(desk.post(5))
    await gate.noted.until(lambda: gate.begun == 1)
    ending = asyncio.create_task(desk.close())
    await asyncio.wait([ending], timeout=0)
    assert await desk.post(6) == 503
    gate.open.set()
    assert await in_hand == 200
    await ending
    assert desk.taken == [], "the next run's"
    assert await known(database) == [5]


async def test_an_end_does_not_wait_for_a_disk_that_takes_nothing(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def insisting(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.webhook.STOP_SECONDS", 0.01)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", insisting)
        in_hand = asyncio.create_task(desk.post(5))
        await asked.wait()
        await desk.close()
        assert await in_hand == 503
    assert await known(database) == []


async def looked(database: Database, *script: WebhookState | Exception | None) -> Desk:
    """After all that Telegram says."""
    desk = Desk(database, Telegram(*script))
    await desk.telegram.noted.until(lambda: desk.telegram.exhausted)
    await desk.close()
    return desk


async def test_a_webhook_that_telegram_refuses_is_said_and_tried_again(
    database: Database, waits: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = await looked(
        database,
        Refused("bad webhook: Failed to resolve host"),
        Unreachable("down"),
        Unreachable("slow down", retry_after=17),
        KeyError("what is this"),
        None,
    )
    assert desk.health.announced
    assert desk.telegram.urls == [HOOK.url] * 5
    assert waits == [1, 2, 17, intake.MAX_WAIT, webhook.LOOK_SECONDS]
    said = capsys.readouterr().out
    assert "Failed to resolve host" in said
    assert "ATELIER_WEBHOOK_URL" in said
    assert HOOK.path not in said


async def test_a_rejected_token_ends_the_service_with_a_sentence(database: Database) -> None:
    desk = Desk(database, Telegram(Unauthorised("x")))
    with pytest.raises(AtelierError, match="BotFather"):
        await desk.receiving


async def test_a_webhook_that_somebody_else_has_changed_is_said_and_set_again(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = WebhookState("https://elsewhere", 3, "", 0.0)
    desk = await looked(database, None, None, elsewhere, Unreachable("down"), None, None)
    assert desk.telegram.urls == [HOOK.url] * 3
    assert capsys.readouterr().out.count("has taken the webhook away") == 1


async def test_what_keeps_telegram_from_bringing_updates_is_said_once(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = WebhookState(HOOK.url, 3, "Connection refused", 4e9)
    old = WebhookState(HOOK.url, 3, "SSL error", 1.0)  # from before this run
    await looked(database, None, old, failing, failing)
    said = capsys.readouterr().out
    assert said.count("Connection refused") == 1
    assert "SSL error" not in said
