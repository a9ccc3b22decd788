"""A bot against a sandbox, an executor in the test's hands, and a person with a phone."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr

from bot import gallery_keeper
from bot.app import App, running
from bot.files import Files
from bot.gallery_renderer import Picture
from bot.gateway_profile import Profile
from bot.rate_limits import Limit
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import Group


def pytest_configure(config: pytest.Config) -> None:
    # As in `bot.gateway`: pytest forgets the filters of the code under test.
    config.addinivalue_line("filterwarnings", "ignore:Please use 'Bot.getUpdates'")
    config.addinivalue_line("filterwarnings", "ignore:.* attribute `retry_after`")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command under test may have set them up for itself."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def sandbox() -> AsyncIterator[server.Sandbox]:
    async with server.running() as running_sandbox:
        yield running_sandbox


@pytest.fixture
async def person(sandbox: server.Sandbox) -> AsyncIterator[SandboxClient]:
    async with SandboxClient(sandbox.url) as client:
        yield client


@pytest.fixture
def settings(sandbox: server.Sandbox, tmp_path: Path) -> Settings:
    return Settings(token=SecretStr(sandbox.token), api_url=sandbox.url, data_dir=tmp_path / "data")


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits that a chat feels, shortened for the tests that are not about them."""
    monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", 0.05)
    monkeypatch.setattr("bot.status_message.GROUP_SECONDS", 0.05)
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(50.0, 3.0))
    monkeypatch.setattr("bot.pacing.GROUP_LIMIT", Limit(50.0, 4.0))


@pytest.fixture
async def group(person: SandboxClient) -> Group:
    """One with privacy mode on."""
    return await Group.of(person)


@pytest.fixture(autouse=True)
def _no_menus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred calls at every start, for the tests that are not about them."""

    async def publish(profile: Profile, owners: Sequence[int]) -> None:
        """Nothing."""

    monkeypatch.setattr("bot.app.menu.publish", publish)


@pytest.fixture
def styles() -> list[Picture]:
    """What hangs in the gallery: nothing, unless a module says otherwise."""
    return []


@pytest.fixture(autouse=True)
def _no_rendering(monkeypatch: pytest.MonkeyPatch, styles: list[Picture]) -> None:
    """Half a minute of computing at the first start, for the tests that are not about it."""

    async def pictures(folder: Path | None) -> AsyncIterator[Picture]:
        for picture in styles:
            yield picture

    monkeypatch.setattr("bot.gallery_keeper.pictures", pictures)


@pytest.fixture
async def app(
    settings: Settings, executor: FakeExecutor, styles: list[Picture]
) -> AsyncIterator[App]:
    """With the whole gallery, where a module has one."""
    async with running(settings, executor) as started:
        if styles:
            await gallery_keeper.keep(started.database, Files(settings.data_dir / "files"), None)
        yield started
