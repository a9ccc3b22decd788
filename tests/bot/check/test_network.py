"""What a check says of the address where the bot is to be reached."""

import socket
import threading

import pytest

from bot.check import network
from bot.check.finding import Finding, ok
from bot.settings import Settings


async def found(settings: Settings, *, running: bool = False) -> list[Finding]:
    return [one async for one in network.look(settings, running=running)]


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
async def test_an_address_that_is_free_or_taken(family: int, host: str) -> None:
    with socket.socket(family) as other:
        try:
            other.bind((host, 0))
        except OSError:
            pytest.skip(f"there is no {host} here")
        other.listen()
        port = other.getsockname()[1]
        settings = Settings(listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        [said] = await found(settings)
        assert said.state == "FAIL"
        assert said.text.startswith(f"{host}, port {port}: Address already in use: stop the prog")
        assert await found(settings, running=True) == []
    assert await found(settings) == [ok("listen", f"{host}, port {port}")]


async def test_an_address_of_another_machine() -> None:
    [said] = await found(Settings(listen="192.0.2.1:8080"))
    assert said.state == "FAIL"
    assert "ATELIER_LISTEN" in said.text


async def test_nothing_is_said_where_nothing_is_served() -> None:
    assert await found(Settings()) == []


async def test_a_name_that_takes_too_long_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(network, "SECONDS", 0.1)
    monkeypatch.setattr("bot.check.network.socket.socket", lambda *_: ended.wait())
    try:
        [said] = await found(Settings(listen="somewhere:8080"))
    finally:
        ended.set()
    assert said.state == "FAIL"
    assert "somewhere is not found" in said.text
