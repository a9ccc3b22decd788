"""HTTP on the bot's loop."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.serving import listen, serving


async def test_a_client_that_hangs_up_while_it_asks_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked, over = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        try:
            await Request(scope, receive).body()
        finally:
            over.set()

    listening = listen("127.0.0.1", 0)
    async with serving(app, listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\n\r\nhalf")
        await asked.wait()
        writer.close()
        await over.wait()
    assert caplog.text == ""


async def test_what_else_goes_wrong_is_one(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("a mistake")

    listening = listen("127.0.0.1", 0)
    async with serving(app, listening):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        assert b" 500 " in await reader.readline()
        writer.close()
    assert "a mistake" in caplog.text
