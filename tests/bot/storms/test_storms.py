"""Telegram at its worst, with the limits in force: results arrive, in order, without a flood.

Run with: uv run pytest -m slow -s tests/bot/storms
"""

from collections.abc import Iterator
from typing import Any

import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from bot import pacing, status_message
from bot.sandbox.client import SandboxClient
from bot.sandbox.flood import FloodLimits
from bot.settings import Settings
from tests.bot.storms.town import COLUMNS, Outcome, Size, check, ride_out
from tests.bot.storms.weather import EDITS, GONE, NEW_METHODS, Storm, every, mixture, some, updates

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PUBLISHED = FloodLimits()
SIZE = Size(people=12, groups=3)
TOO_MANY: dict[str, Any] = {"error_code": 429}

STORMS = (
    Storm("fair weather"),
    Storm("a 429 for a third of all calls", some("error", 0.33, **TOO_MANY, retry_after=2)),
    Storm(
        "a 429 of 20 s in one chat",
        first_chat=some("error", 0.5, **TOO_MANY, retry_after=20),
    ),
    Storm("stricter than published: 10 a second in all", enforced={"in_all": 10}),
    Storm("stricter: a message in 3 s, in a chat", enforced={"chat_rate": 0.33, "chat_burst": 2}),
    Storm("5xx for a third of all calls", some("error", 0.33, error_code=502)),
    Storm("time-outs before the effect", some("timeout_before", 0.15, seconds=6.0), patience=5.0),
    Storm(
        "time-outs after the effect",
        some("timeout_after", 0.15, seconds=6.0),
        patience=5.0,
        repeats=True,
    ),
    Storm("answers lost after the effect", some("drop_after", 0.3), repeats=True),
    Storm("lines that break before it", some("drop_before", 0.3)),
    Storm(
        "every edit is refused",
        every("error", EDITS, error_code=400, description="Bad Request: message can't be edited"),
    ),
    Storm("a server that is too old", every("unknown_method", NEW_METHODS)),
    Storm(
        "files that are gone",
        ({"method": "getFile", "kind": "error", "times": 4, **GONE},),
        lost_photos=4,
    ),
    Storm(
        "downloads that fail",
        some("error", 0.5, ["download"]) + some("drop_after", 0.3, ["getFile"]),
    ),
    Storm("updates twice, in disorder, late", updates(0.3)),
    Storm("a minute of no network", no_network=60.0),
    *(mixture(seed) for seed in range(1, 7)),
)  # fmt: skip


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[Outcome]]:
    """All, for the table in the end."""
    found: list[Outcome] = []
    yield found
    table = Table(*COLUMNS, title="Telegram at its worst", box=box.MARKDOWN)
    for one in found:
        table.add_row(*one.row())
    Console(width=250).print("\n", table)


IN_FORCE = {  # as they are before any test has shortened them
    "bot.pacing.CHAT_LIMIT": pacing.CHAT_LIMIT,
    "bot.pacing.GROUP_LIMIT": pacing.GROUP_LIMIT,
    "bot.status_message.PRIVATE_SECONDS": status_message.PRIVATE_SECONDS,
    "bot.status_message.GROUP_SECONDS": status_message.GROUP_SECONDS,
}


@pytest.fixture(autouse=True)
def _limits_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the service."""
    for name, limit in IN_FORCE.items():
        monkeypatch.setattr(name, limit)


def test_the_limits_are_those_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = pacing.CHAT_LIMIT, pacing.GROUP_LIMIT, pacing.LIMIT_IN_ALL
    seconds = status_message.PRIVATE_SECONDS, status_message.GROUP_SECONDS
    monkeypatch.undo()
    assert tried == (pacing.CHAT_LIMIT, pacing.GROUP_LIMIT, pacing.LIMIT_IN_ALL)
    assert seconds == (status_message.PRIVATE_SECONDS, status_message.GROUP_SECONDS)


@pytest.mark.parametrize("storm", STORMS, ids=str)
async def test_a_storm(
    storm: Storm,
    person: SandboxClient,
    settings: Settings,
    outcomes: list[Outcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.gateway.READ_SECONDS", storm.patience)
    outcome = await ride_out(storm, SIZE, person, settings, PUBLISHED, within=300)
    outcomes.append(outcome)
    check(outcome)


async def test_sixty_chats_at_once_and_six_groups(
    person: SandboxClient, settings: Settings, outcomes: list[Outcome]
) -> None:
    size = Size(people=60, groups=6, at_once=2, slots=32)
    storm = Storm("fair weather, 66 chats, two paintings each")
    roomy = settings.model_copy(update={"max_jobs": 1000})
    outcome = await ride_out(storm, size, person, roomy, PUBLISHED, within=400)
    outcomes.append(outcome)
    check(outcome)
    assert outcome.peak(1.0, groups=False) > 15, "the limit for all was not reached"
