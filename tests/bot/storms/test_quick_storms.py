"""Telegram at its worst, in short: a tenth of its times, and a few chats."""

import pytest

from bot.rate_limits import Limit
from bot.sandbox.client import SandboxClient
from bot.sandbox.flood import FloodLimits
from bot.settings import Settings
from tests.bot.storms.town import Size, check, ride_out
from tests.bot.storms.weather import Storm, mixture, updates

# Ten times as fast as published; a burst is longer, for the machine may falter as long as ever.
LIMITS = FloodLimits(chat_rate=10.0, chat_burst=10.0, group_seconds=6.0)
SIZE = Size(people=4, groups=1, snapshots=2, beat=0.1, calm=1.0)


@pytest.fixture(autouse=True)
def _a_tenth_of_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(10.0, 3.0, calls=True))
    monkeypatch.setattr("bot.pacing.GROUP_LIMIT", Limit(10.0 / 6.0, 10.0))
    monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", 0.3)
    monkeypatch.setattr("bot.status_message.GROUP_SECONDS", 1.0)


@pytest.mark.parametrize(
    "storm",
    [
        Storm("no network", updates(0.3), enforced={"in_all": 6, "chat_rate": 2.0}, no_network=1.0),
        mixture(31, 0.25),
    ],
    ids=str,
)
async def test_a_storm(storm: Storm, person: SandboxClient, settings: Settings) -> None:
    outcome = await ride_out(storm, SIZE, person, settings, LIMITS, within=150)
    check(outcome)
    assert len(outcome.calls) > 30
