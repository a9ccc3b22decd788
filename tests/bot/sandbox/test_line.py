"""A line that is cut: no network."""

import asyncio

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.sandbox.line import Line


async def test_a_line_that_is_cut_refuses_connections_until_it_is_mended(
    sandbox: server.Sandbox, person: SandboxClient
) -> None:
    async with Line(sandbox.url) as line, Bot(sandbox.token, base_url=f"{line.url}/bot") as bot:
        await bot.get_me()
        url = line.url
        await line.cut()
        for _ in range(2):
            with pytest.raises(NetworkError):
                await bot.get_me()
        await person.send_text("the sandbox itself is there")
        await line.mend()
        assert line.url == url
        assert (await bot.get_me()).is_bot


async def test_what_is_under_way_is_lost(sandbox: server.Sandbox, person: SandboxClient) -> None:
    async with Line(sandbox.url) as line, httpx.AsyncClient() as http:
        url = f"{line.url}/bot{sandbox.token}/getUpdates"
        waiting = asyncio.create_task(http.get(url, params={"timeout": 30}))
        await person.wait_for_calls("getUpdates")
        await line.cut()
        with pytest.raises(httpx.TransportError):
            await asyncio.wait_for(waiting, 5)


async def test_nobody_is_there(unused_tcp_port: int) -> None:
    async with Line(f"http://127.0.0.1:{unused_tcp_port}") as line, httpx.AsyncClient() as http:
        with pytest.raises(httpx.TransportError):
            await http.get(line.url, timeout=5)
