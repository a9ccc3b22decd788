"""The sandbox's page in a real browser: the system's Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright
from pydantic import SecretStr

from bot import gallery_keeper
from bot.app import running
from bot.files import Files
from bot.gallery_renderer import Picture
from bot.rate_limits import Limit
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1280, 860), (390, 844)


# One browser for all, so one event loop for all: `loop_scope="session"` here and in the tests.
_fixture = partial(pytest_asyncio.fixture, loop_scope="session")


@_fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Skips where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium; install the system's package of this name")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        await launched.close()


@_fixture()
async def sandbox() -> AsyncIterator[server.Sandbox]:
    async with server.running() as sandbox:
        yield sandbox


@_fixture()
async def person(sandbox: server.Sandbox) -> AsyncIterator[SandboxClient]:
    async with SandboxClient(sandbox.url) as client:
        yield client


@pytest.fixture
def quick_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small paintings are soon over: a chat may be told of them more often than Telegram's."""
    monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", 2.0)
    monkeypatch.setattr("bot.status_message.GROUP_SECONDS", 2.0)
    monkeypatch.setattr("bot.pacing.CHAT_LIMIT", Limit(50.0, 3.0))
    monkeypatch.setattr("bot.pacing.GROUP_LIMIT", Limit(50.0, 4.0))


@_fixture()
async def executor(sandbox: server.Sandbox, tmp_path: Path) -> AsyncIterator[FakeExecutor]:
    """The bot's, while the bot runs against the sandbox."""
    painter = FakeExecutor()
    settings = Settings(
        token=SecretStr(sandbox.token), api_url=sandbox.url, data_dir=tmp_path / "data"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.gallery_keeper.pictures", _styles)
        async with running(settings, painter) as app:
            await gallery_keeper.keep(app.database, Files(settings.data_dir / "files"), None)
            yield painter


async def _styles(folder: Path | None) -> AsyncIterator[Picture]:
    """A gallery that takes no time to render."""
    for number in range(1, 10):
        yield Picture(f"style-{number}", f"Style {number}", jpeg(64, 48, seed=100 + number))


@_fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
async def page(
    request: pytest.FixtureRequest, browser: Browser, sandbox: server.Sandbox
) -> AsyncIterator[Page]:
    """The chat page, loaded, without samples."""
    async with opened_page(browser, sandbox, request.param) as page:
        yield page


@_fixture()
async def page_with_samples(browser: Browser, sandbox: server.Sandbox) -> AsyncIterator[Page]:
    """The chat page at a phone's size, with samples as soon as they are made."""
    async with opened_page(browser, sandbox, PHONE, samples=True) as page:
        yield page


@asynccontextmanager
async def opened_page(
    browser: Browser,
    sandbox: server.Sandbox,
    size: tuple[int, int],
    *,
    samples: bool = False,
    **known: Any,
) -> AsyncIterator[Page]:
    """The chat page; the test fails where it logs an error or breaks its policy.

    `known`: more of what `Browser.new_context` takes.
    """
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, **known)
    if not samples:
        await context.route(
            "**/sandbox/samples?*", lambda route: route.fulfill(json={"samples": [], "done": True})
        )
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _bad(message) else None)
    await page.goto(sandbox.url)
    await page.wait_for_selector("body[data-ready]")
    yield page
    await context.close()
    assert problems == []


def _bad(message: ConsoleMessage) -> bool:
    # A refusal is answered with 400, which the browser logs and the page shows.
    return message.type == "error" and "status of 400" not in message.text
