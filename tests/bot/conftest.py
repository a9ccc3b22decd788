"""A bot against a sandbox, an executor in the test's hands, and a person with a phone.

All that touches a database does so on SQLite, and tests marked `both_databases` on PostgreSQL too.
All of them on PostgreSQL, but for those about SQLite's files, which skip:
ATELIER_TEST_DATABASE=postgresql uv run pytest tests/bot
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from pydantic import SecretStr

from bot import gallery_keeper
from bot.app import App, running
from bot.database import Database, opened
from bot.files import Files
from bot.gallery_renderer import Picture
from bot.gateway_profile import Profile
from bot.postgresql import SESSION
from bot.rate_limits import Limit
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot import servers
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import Group

CHOSEN = os.environ.get("ATELIER_TEST_DATABASE")


def pytest_configure(config: pytest.Config) -> None:
    # As in `bot.gateway`: pytest forgets the filters of the code under test.
    config.addinivalue_line("filterwarnings", "ignore:Please use 'Bot.getUpdates'")
    config.addinivalue_line("filterwarnings", "ignore:.* attribute `retry_after`")
    config.addinivalue_line("markers", "both_databases: on SQLite, and on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    both = metafunc.definition.get_closest_marker("both_databases")
    if (
        both
        and "database_kind" in metafunc.fixturenames
        and "ATELIER_TEST_DATABASE" not in os.environ
    ):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Server]:
    """A server for the whole session; a test that stops it starts it again."""
    programs = servers.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    with servers.running(programs) as server:
        yield server


@pytest.fixture
def database_kind() -> str:
    """`sqlite` or `postgresql`."""
    return CHOSEN or "sqlite"


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Of a database of the test's own: a file that is not there yet, or one with empty tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'atelier.db'}"
        return
    server: servers.Server = request.getfixturevalue("postgresql")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.fixture
def settings(
    sandbox: server.Sandbox, tmp_path: Path, database_kind: str, request: pytest.FixtureRequest
) -> Settings:
    """As an operator leaves them: without a URL, the database is in the data folder."""
    settings = Settings(
        token=SecretStr(sandbox.token), api_url=sandbox.url, data_dir=tmp_path / "data"
    )
    if database_kind == "sqlite":
        return settings
    url = SecretStr(request.getfixturevalue("database_url"))
    return settings.model_copy(update={"database_url": url})


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the bot says that its database is away."""
    said = asyncio.Event()
    log = SimpleNamespace(warning=lambda *_, **__: said.set())
    monkeypatch.setattr("bot.postgresql.log", log)
    return said


@pytest.fixture
def sqlite_only(database_kind: str) -> None:
    """For tests about what only SQLite has."""
    if database_kind != "sqlite":
        pytest.skip("about SQLite")


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a chat feels, or a second bot, shortened for the tests that are not about it."""
    monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", 0.05)
    monkeypatch.setattr("bot.status_message.GROUP_SECONDS", 0.05)
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(50.0, 3.0))
    monkeypatch.setattr("bot.pacing.GROUP_LIMIT", Limit(50.0, 4.0))
    session = [one.replace("'3s'", "'500ms'") for one in SESSION]
    monkeypatch.setattr("bot.postgresql.SESSION", session)


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


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long whoever sleeps would have waited: nobody does."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr("asyncio.sleep", no_sleep)
    return waited
