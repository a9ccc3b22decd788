"""Where a walk takes place: a sandbox, two screens, a bot with a gallery, pictures made by code."""

import io
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser
from pydantic import SecretStr

from bot import gallery_keeper
from bot.database import opened
from bot.files import Files
from bot.languages import LANGUAGES
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from bot.texts import texts_for
from nst import gallery, samples
from tests.browser.conftest import DESKTOP, PHONE, opened_page
from tests.browser.walk import Walk

SIZE = 256  # pixels: a painting takes ten seconds


@dataclass(frozen=True)
class Scene:
    """In which language, on which screen, and how it looks."""

    language: str
    acts_on: str
    colours: str
    other_language: str


SCENES = [Scene("en", "desktop", "light", "ru"), Scene("ru", "phone", "dark", "en")]


@cache
def photo() -> bytes:
    """The photo to repaint."""
    return _jpeg(samples.content())


@cache
def style(name: str) -> bytes:
    """A picture of one's own, for a style."""
    return _jpeg(gallery.style(name, 384))


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@asynccontextmanager
async def walking(
    browser: Browser, sandbox: server.Sandbox, scene: Scene, folder: Path, *, group: bool = False
) -> AsyncIterator[Walk]:
    """The chat page on both screens, in the scene's language."""
    kept = Path(os.environ.get("WALK_FOLDER", folder))
    kept = kept / f"{'group' if group else 'private'}-{scene.language}"
    kept.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        screens = {
            name: await stack.enter_async_context(
                opened_page(
                    browser,
                    sandbox,
                    size,
                    samples=True,
                    locale={"en": "en-GB", "ru": "ru-RU"}[scene.language],
                    color_scheme=scene.colours,
                    has_touch=name == "phone",
                    is_mobile=name == "phone",
                    device_scale_factor=2 if name == "phone" else 1,
                )
            )
            for name, size in (("desktop", DESKTOP), ("phone", PHONE))
        }
        texts = texts_for(scene.language, group=group)
        yield Walk(screens[scene.acts_on], screens, texts, kept)


async def settled_bot(sandbox: server.Sandbox, folder: Path) -> Settings:
    """The settings of a bot whose gallery hangs already."""
    settings = Settings(
        token=SecretStr(sandbox.token),
        api_url=sandbox.url,
        data_dir=folder / "data",
        size=SIZE,
        quality="draft",
    )
    files = Files(settings.data_dir / "files")
    files.prepare()
    async with opened(settings.database()) as database:
        await gallery_keeper.keep(database, files, None)
    return settings


async def told_its_menus(sandbox: server.Sandbox) -> None:
    """Wait until the bot has set its commands and descriptions in every language."""
    async with SandboxClient(sandbox.url) as person:
        await person.wait_for_calls(
            "setMyShortDescription", lambda calls: len(calls) >= len(LANGUAGES)
        )
