"""Updates: long polling with offsets, and webhooks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import BadRequest, Conflict

from bot.sandbox.client import SandboxClient
from bot.serving import listen, serving


def _texts(updates: Any) -> list[str | None]:
    return [update.message.text for update in updates]


async def test_an_update_stays_until_a_higher_offset_confirms_it(
    bot: Bot, person: SandboxClient
) -> None:
    for text in ("one", "two", "three"):
        await person.send_text(text)
    first = await bot.get_updates()
    assert _texts(first) == ["one", "two", "three"]
    assert _texts(await bot.get_updates()) == ["one", "two", "three"]
    assert _texts(await bot.get_updates(offset=first[1].update_id)) == ["two", "three"]
    assert _texts(await bot.get_updates(limit=1)) == ["two"]
    assert _texts(await bot.get_updates(offset=-1)) == ["three"]
    assert await bot.get_updates(offset=first[2].update_id + 1) == ()


async def test_a_long_poll_is_answered_when_something_comes(
    bot: Bot, person: SandboxClient
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await person.wait_for_calls("getUpdates")
    assert not poll.done()
    await person.send_text("hello")
    assert _texts(await asyncio.wait_for(poll, 5)) == ["hello"]


async def test_a_second_poll_ends_the_first(bot: Bot, person: SandboxClient) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await person.wait_for_calls("getUpdates")
    async with httpx.AsyncClient() as second:
        answer = await second.get(f"{person.url}/bot{person.token}/getUpdates")
    assert answer.json() == {"ok": True, "result": []}
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first


async def test_only_the_kinds_that_were_asked_for_come(bot: Bot, person: SandboxClient) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await person.send_text("not wanted")
    assert await bot.get_updates(allowed_updates=[]) == ()
    await person.send_text("wanted")
    assert _texts(await bot.get_updates()) == ["wanted"]


class Hook:
    """A webhook that refuses the first deliveries."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.received: asyncio.Queue[tuple[str | None, Any]] = asyncio.Queue()

    async def __call__(self, request: Request) -> Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        await self.received.put((secret, await request.json()))
        self.refusals -= 1
        return Response(status_code=500 if self.refusals >= 0 else 200)


@asynccontextmanager
async def _serving(hook: Hook) -> AsyncIterator[str]:
    listening = listen("127.0.0.1", 0)
    app = Starlette(routes=[Route("/hook", hook.__call__, methods=["POST"])])
    async with serving(app, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


async def test_a_webhook_gets_each_update_with_its_secret_and_again_after_a_refusal(
    bot: Bot, person: SandboxClient
) -> None:
    hook = Hook(refusals=1)
    async with _serving(hook) as url:
        await bot.set_webhook(url, secret_token="a-secret")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await person.send_text("one")
        await person.send_text("two")
        got = [await asyncio.wait_for(hook.received.get(), 10) for _ in range(3)]
        assert [update["message"]["text"] for _, update in got] == ["one", "one", "two"]
        assert {secret for secret, _ in got} == {"a-secret"}
        info = await bot.get_webhook_info()
        assert info.url == url
        assert info.last_error_message == (
            "Wrong response from the webhook: 500 Internal Server Error"
        )
        await bot.delete_webhook()


async def test_updates_wait_while_the_webhook_is_gone(bot: Bot, person: SandboxClient) -> None:
    await bot.set_webhook("http://127.0.0.1:9/nobody-there")
    await person.send_text("kept")
    await bot.delete_webhook()
    assert _texts(await bot.get_updates()) == ["kept"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "https://example.org/hook", "nonsense"])
async def test_webhooks_are_on_loopback(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook(url)
