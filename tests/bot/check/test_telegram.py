"""What a check says of Telegram."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.check import telegram
from bot.check.finding import Finding
from bot.sandbox import server
from bot.settings import Settings
from tests.bot.check import stub_api
from tests.bot.check.stub_api import StubApi

TOKEN = "7000000001:A-token_of_thirty_or_more_characters"


@pytest.fixture
async def stub() -> AsyncIterator[StubApi]:
    async with stub_api.running() as running:
        yield running


def settings(api_url: str, **others: Any) -> Settings:
    return Settings(token=SecretStr(TOKEN), api_url=api_url, data_dir=Path("nowhere"), **others)


async def found(settings: Settings, *, running: bool = False) -> dict[str, Finding]:
    findings = [one async for one in telegram.look(settings, running=running)]
    assert not [one for one in findings if TOKEN[11:] in one.text]
    return {one.name: one for one in findings}


async def test_all_is_well_at_a_server_that_knows_the_token(sandbox: server.Sandbox) -> None:
    good = Settings(token=SecretStr(sandbox.token), api_url=sandbox.url)
    findings = await found(good)
    assert [one.name for one in findings.values()] == ["token", "clock", "groups", "updates"]
    assert {one.state for one in findings.values()} == {"ok"}
    assert findings["token"].text == "@atelier_sandbox_bot"
    assert findings["updates"].text == "by long polling, 0 waiting"


async def test_nothing_is_asked_of_telegram_that_changes_anything(stub: StubApi) -> None:
    await found(settings(stub.url))
    assert sorted(stub.calls) == ["getMe", "getWebhookInfo"]


async def test_no_token() -> None:
    findings = await found(Settings(token=None))
    assert findings["token"].state == "FAIL"
    assert "@BotFather" in findings["token"].text


async def test_a_rejected_token(sandbox: server.Sandbox) -> None:
    findings = await found(settings(sandbox.url))
    assert [one.state for one in findings.values()] == ["FAIL"]
    assert "rejects the token" in findings["token"].text
    assert "ATELIER_API_URL" in findings["token"].text


async def test_no_network() -> None:
    findings = await found(settings("http://127.0.0.1:1"))
    assert [one.state for one in findings.values()] == ["FAIL"]
    assert findings["token"].text.startswith("http://127.0.0.1:1 gives no answer (")
    assert "HTTPS_PROXY" in findings["token"].text


async def test_a_server_that_says_nothing(stub: StubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "SECONDS", 0.2)
    stub.silent = True
    findings = await found(settings(stub.url))
    assert [one.state for one in findings.values()] == ["FAIL"]
    assert "too slow" in findings["token"].text


@pytest.mark.parametrize(
    ("drift", "state", "text"),
    [
        (20, "ok", "right"),
        (-20, "ok", "right"),
        (95, "FAIL", "s ahead of Telegram's"),
        (-7200, "FAIL", "s behind Telegram's"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_by_how_much(
    stub: StubApi, drift: float, state: str, text: str
) -> None:
    stub.drift = drift
    clock = (await found(settings(stub.url)))["clock"]
    assert clock.state == state
    assert text in clock.text
    if state == "FAIL":
        assert abs(int(clock.text.split()[0]) - abs(drift)) <= 2


@pytest.mark.parametrize(
    ("joins", "reads_all", "state", "text"),
    [
        (True, False, "ok", "privacy mode is on"),
        (True, True, "note", "/setprivacy"),
        (False, False, "ok", "/setjoingroups"),
    ],
)
async def test_what_the_bot_sees_of_groups(
    stub: StubApi, joins: bool, reads_all: bool, state: str, text: str
) -> None:
    stub.me |= {"can_join_groups": joins, "can_read_all_group_messages": reads_all}
    groups = (await found(settings(stub.url)))["groups"]
    assert groups.state == state
    assert text in groups.text


def hooked(stub: StubApi, **info: Any) -> Settings:
    """Settings that ask for a webhook, which Telegram has as it should be but for `info`."""
    asked = settings(stub.url, webhook_url="https://bot.example.org")
    hook = asked.webhook()
    assert hook
    stub.webhook |= {"url": hook.url, **info}
    return asked


async def test_a_webhook_that_works(stub: StubApi) -> None:
    old = {"last_error_date": int(time.time()) - 86_400, "last_error_message": "Timed out"}
    updates = (await found(hooked(stub, pending_update_count=3, **old), running=True))["updates"]
    assert updates.state == "ok"
    assert updates.text == "by a webhook at https://bot.example.org, 3 waiting"


async def test_a_webhook_that_telegram_cannot_reach(stub: StubApi) -> None:
    asked = hooked(
        stub,
        pending_update_count=12,
        last_error_date=int(time.time()) - 300,
        last_error_message="Connection refused",
    )
    updates = (await found(asked, running=True))["updates"]
    assert updates.state == "FAIL"
    assert "12 waiting; 5 minutes ago" in updates.text
    assert "Connection refused. See" in updates.text


@pytest.mark.parametrize(("running", "state"), [(False, "ok"), (True, "FAIL")])
async def test_a_webhook_that_is_not_the_settings(stub: StubApi, running: bool, state: str) -> None:
    stub.webhook["url"] = "https://elsewhere.example.org/secret-path"
    updates = (await found(settings(stub.url), running=running))["updates"]
    assert updates.state == state
    assert "long polling" in updates.text
    assert "https://elsewhere.example.org" in updates.text
    assert "secret-path" not in updates.text
    missing = (await found(hooked(stub, url=""), running=running))["updates"]
    assert missing.state == state
    assert "no webhook" in missing.text


async def test_more_updates_wait_than_a_running_bot_keeps_up_with(stub: StubApi) -> None:
    stub.webhook["pending_update_count"] = 5000
    assert (await found(settings(stub.url), running=True))["updates"].state == "note"
    assert (await found(settings(stub.url)))["updates"].state == "ok"
