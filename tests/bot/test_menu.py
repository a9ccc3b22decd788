"""What Telegram shows of the bot, in every language."""

from collections.abc import AsyncIterator

import pytest

from bot.gateway import Gateway
from bot.languages import LANGUAGES
from bot.menu import publish as original
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.texts import texts_for


@pytest.fixture
async def gateway(sandbox: server.Sandbox) -> AsyncIterator[Gateway]:
    gateway = Gateway(sandbox.token, sandbox.url)
    await gateway.connect()
    yield gateway
    await gateway.close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.menu.MAX_WAIT", 0.0)


async def changes(person: SandboxClient) -> list[str]:
    return [call["method"] for call in await person.calls() if call["method"].startswith("setMy")]


async def test_everyone_sees_the_commands_of_their_chat_in_their_language(
    gateway: Gateway, person: SandboxClient
) -> None:
    await original(gateway.profile)
    for language in LANGUAGES:
        texts = texts_for(language.code)
        one = await person.new_user("One", language_code=language.code)
        other = await person.new_user("Other", language_code=language.code)
        group = await person.new_group("Friends", [one, other])
        wanted = {
            (one, one): texts.private_commands(),
            (group, other): texts.group_commands(),
            (group, one): texts.group_commands() | texts.group_admin_commands(),
        }
        for (chat, user), commands in wanted.items():
            shown = await person.commands(chat=chat, user=user)
            assert {each["command"]: each["description"] for each in shown} == commands
    klingon = await person.new_user("Worf", language_code="tl")
    english = texts_for("en").private_commands()
    assert len(await person.commands(chat=klingon, user=klingon)) == len(english)


async def test_descriptions_are_set_in_every_language(
    gateway: Gateway, person: SandboxClient
) -> None:
    await original(gateway.profile)
    for method, field in (
        ("setMyDescription", "description"),
        ("setMyShortDescription", "short_description"),
    ):
        told = [call["parameters"] for call in await person.calls(method)]
        assert len(told) == len({one[field] for one in told}) == len(LANGUAGES)


async def test_only_what_has_changed_is_set(gateway: Gateway, person: SandboxClient) -> None:
    await original(gateway.profile)
    before = await changes(person)
    await original(gateway.profile)
    assert await changes(person) == before
    await gateway.profile.set_commands({"start": "Something else"}, "private", "ru")
    before = await changes(person)
    await original(gateway.profile)
    assert await changes(person) == [*before, "setMyCommands"]


async def test_a_part_that_is_refused_costs_the_others_nothing(
    gateway: Gateway, person: SandboxClient
) -> None:
    await person.fault("setMyDescription", "unknown_method", times=None)
    await person.fault("setMyCommands", "error", error_code=400, description="Bad Request: no")
    await original(gateway.profile)
    assert len(await person.calls("setMyShortDescription")) == len(LANGUAGES)
    assert len(await person.calls("setMyCommands")) == 3 * len(LANGUAGES)


async def test_what_telegram_puts_off_is_done_later(
    gateway: Gateway, person: SandboxClient
) -> None:
    await person.fault("setMyCommands", "error", error_code=429, retry_after=3)
    await person.fault("getMyDescription", "error", error_code=502, times=2)
    await original(gateway.profile)
    assert {one["command"] for one in await person.commands()} == (
        texts_for("en").private_commands().keys()
    )
    assert len(await person.calls("setMyDescription")) == len(LANGUAGES)


async def test_a_telegram_that_is_down_is_left_alone_soon(
    gateway: Gateway, person: SandboxClient
) -> None:
    await person.fault("*", "error", error_code=500, times=None)
    await original(gateway.profile)
    assert len(await person.calls()) <= 7


async def test_the_bots_own_administrators_see_their_commands_and_nobody_else(
    gateway: Gateway, person: SandboxClient
) -> None:
    boss, shy = await person.new_user("Boss", language_code="ru"), 404
    await original(gateway.profile, [shy, boss])
    texts = texts_for("ru")
    wanted = texts.private_commands() | texts.owner_commands()
    shown = await person.commands(chat=boss, user=boss)
    assert {each["command"]: each["description"] for each in shown} == wanted
    assert "stats" not in {one["command"] for one in await person.commands()}
