"""The whole conversation in private, walked through in a browser, with the real bot and engine.

Two screens, a desktop and a phone, show it at the same time; the person acts on one of them. Every
step leaves a screenshot of both: in the folder that WALK_FOLDER names, or in a temporary one.
"""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from bot.app import running
from bot.sandbox import server
from bot.texts import texts_for
from tests.browser.stage import (
    SCENES,
    SIZE,
    Scene,
    photo,
    settled_bot,
    style,
    told_its_menus,
    walking,
)
from tests.browser.walk import Walk, setting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("quick_chats"),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.language)
async def test_in_private(browser: Browser, tmp_path: Path, scene: Scene) -> None:
    async with server.running() as sandbox:
        settings = await settled_bot(sandbox, tmp_path)
        async with walking(browser, sandbox, scene, tmp_path) as walk:
            async with running(settings):
                await told_its_menus(sandbox)
                await _first_steps(walk)
                await _a_style_of_the_gallery(walk)
                await _what_comes_with_a_result(walk)
                await _what_goes_on_from_a_result(walk)
                await _more_time(walk)
                await _the_queue(walk)
                await _the_settings(walk, scene)
                await _what_is_not_a_photo(walk)
            async with running(settings):
                await _after_a_restart(walk)
                await _being_forgotten(walk)


async def _first_steps(walk: Walk) -> None:
    say = walk.texts
    for page in walk.screens.values():
        await expect(page.locator("#empty")).to_be_visible()
        await expect(page.locator(".sample-styles button")).to_have_count(18, timeout=90_000)
    await walk.shot("an-empty-chat")
    panel = walk.screens["phone"]
    await panel.locator("#side-open").click()
    await walk.shot("what-there-is-to-try")
    await panel.locator("#side-close").click()
    await walk.here.get_by_role("button", name="Commands").click()
    menu = walk.here.get_by_role("menuitem")
    await expect(menu).to_contain_text(list(say.private_commands().values()))
    await walk.shot("the-menu-of-commands")
    await walk.here.keyboard.press("Escape")
    await walk.say("/start")
    await walk.sees(say.start())
    await walk.shot("start")


async def _a_style_of_the_gallery(walk: Walk) -> None:
    say = walk.texts
    await walk.send(photo())
    await walk.sees(say.ask_style_or_choose())
    for page in walk.screens.values():
        await expect(page.locator(".message:not(.mine) .album .picture")).to_have_count(9)
    await walk.shot("the-photo-is-there-now-the-style")
    await walk.press(say.more_styles_button())
    await walk.sees(say.choose_style())
    await walk.shot("more-styles")
    mosaic = say.style_titles()["mosaic"]
    await walk.press(say.style_button(4, mosaic), say.style_taken(mosaic))
    await walk.sees(say.sketch(), painted=True)
    await walk.shot("a-sketch-with-two-buttons")
    await walk.sees_progress()
    await walk.shot("a-snapshot-and-the-time-left")
    await walk.receives(say.result())
    await walk.shot("the-result-and-its-buttons")


async def _what_comes_with_a_result(walk: Walk) -> None:
    say = walk.texts
    before = await walk.here.locator(".message:not(.mine) .picture").count()
    await walk.press(say.pair_button(), say.pair_coming())
    for page in walk.screens.values():
        await expect(page.locator(".message:not(.mine) .picture")).to_have_count(before + 1)
    await walk.shot("before-and-after")
    await walk.press(say.film_button(), say.film_coming())
    for page in walk.screens.values():
        await expect(page.locator(".animation")).to_have_count(1)
        await page.wait_for_function(
            "() => document.querySelector('.animation video')?.readyState >= 2"
        )
    await walk.shot("the-timelapse")
    await walk.press(say.file_button(), say.file_coming())
    for page in walk.screens.values():
        await expect(page.locator("a.document")).to_have_count(1)
    async with walk.here.expect_download() as download:
        await walk.here.locator("a.document").click()
    with Image.open(await (await download.value).path()) as lossless:
        assert (lossless.format, lossless.size) == ("PNG", (SIZE, SIZE * 3 // 4))
    await walk.shot("the-file")


async def _what_goes_on_from_a_result(walk: Walk) -> None:
    say = walk.texts
    await walk.press(say.stronger_button(), say.going_on())
    await walk.shot("stronger-has-begun")
    await walk.receives(say.result(), count=2)
    await walk.shot("stronger")
    await walk.press(say.keep_colours_button(), say.going_on())
    await walk.receives(say.result(), count=3)
    await expect(walk.with_button(say.style_colours_button())).to_have_count(1)
    await walk.shot("my-own-colours")
    await walk.press(say.swap_button(), say.beginning_anew())
    await walk.sees(say.sketch(), painted=True)
    await walk.shot("swapped-a-sketch")
    await walk.press(say.finish_button(), say.finishing_now())
    await walk.receives(say.result_as_it_is())
    await walk.shot("finished-as-it-is")


async def _more_time(walk: Walk) -> None:
    """So that what follows is not over at once."""
    say = walk.texts
    await walk.say("/settings")
    await walk.press(setting(say.setting_labels()["quality"]))
    await walk.sees(say.setting_pages()["quality"])
    await walk.shot("how-long-it-may-take")
    await walk.press(say.choice_labels()["quality", "fine"])
    await walk.sees(say.settings_page(True))
    await walk.shot("settings")
    await walk.press(say.done_button())
    await walk.sees(say.settings_done())
    await walk.shot("the-settings-are-saved")


async def _the_queue(walk: Walk) -> None:
    say = walk.texts
    asked = await walk.here.locator(".words", has_text=say.ask_style_or_choose()).count()
    await walk.press(say.another_style_button())
    await walk.sees(say.ask_style_or_choose(), count=asked + 1)
    await walk.shot("another-style")
    title = say.style_titles()["waves"]
    await walk.press(say.style_button(2, title), say.style_taken(title))
    await walk.send(photo(), style("linocut"))
    waits = re.compile(re.escape(say.queued(1, None).rstrip(".")))
    await walk.sees(waits)
    await walk.shot("one-is-painted-the-other-waits")
    await walk.say("/queue")
    await walk.sees(say.your_queue())
    await walk.shot("my-queue")
    await walk.press(say.cancel_one_button(2), say.stopped())
    await expect(walk.here.get_by_role("button", name=say.cancel_one_button(2))).to_have_count(0)
    await walk.sees(say.stopped())
    await walk.shot("the-queued-one-is-cancelled")
    await walk.press(say.cancel_button(), say.stopped())
    await walk.sees(say.stopped(), count=2)
    await walk.shot("the-running-one-is-cancelled")


async def _the_settings(walk: Walk, scene: Scene) -> None:
    say, other = walk.texts, texts_for(scene.other_language)
    await walk.say("/settings")
    await walk.press(setting(say.setting_labels()["language"]))
    await walk.sees(say.setting_pages()["language"])
    await walk.shot("a-page-of-languages")
    await walk.press(other.language.name)
    await walk.sees(other.settings_page(True))
    await walk.shot("another-language")
    await walk.press(setting(other.setting_labels()["language"]))
    await walk.press(say.language.name)
    await walk.press(setting(say.setting_labels()["snapshots"]))
    await walk.sees(say.setting_pages()["snapshots"])
    await walk.shot("pictures-or-words")
    await walk.press(say.choice_labels()["snapshots", "off"])
    await walk.sees(say.settings_page(True))
    await walk.press(say.done_button())
    await walk.sees(say.settings_done(), count=2)
    await walk.press(say.stronger_button(), say.going_on())
    await walk.sees_progress()
    status = walk.with_button(say.cancel_button())
    await expect(status.locator("img")).to_have_count(0)
    await walk.shot("words-only")
    await walk.press(say.cancel_button(), say.stopped())


async def _what_is_not_a_photo(walk: Walk) -> None:
    say = walk.texts
    for text, answer in (
        ("/privacy", say.privacy(7)),
        ("/help", say.help()),
        ("Hello!", say.not_a_photo("text")),
        ("/paint", say.unknown_command()),
    ):
        await walk.say(text)
        await walk.sees(answer)
        await walk.shot(f"said-{text.strip('/!').lower()}")


async def _after_a_restart(walk: Walk) -> None:
    say = walk.texts
    done = await walk.here.locator(".words", has_text=say.result()).count()
    await walk.press(say.softer_button(), say.going_on())
    await walk.receives(say.result(), count=done + 1)
    await walk.shot("a-button-works-after-a-restart")


async def _being_forgotten(walk: Walk) -> None:
    say = walk.texts
    await walk.say("/forget")
    await expect(walk.with_button(say.keep_button())).to_be_visible()
    await walk.shot("forget-is-asked")
    await walk.press(say.forget_button())
    gone = say.forgotten(0, 0, 0, 0, settings=False).splitlines()
    await walk.sees(re.compile(f"{re.escape(gone[0])}.*{re.escape(gone[-1])}", re.DOTALL))
    await walk.shot("forgotten")
    await walk.press(say.stronger_button(), say.button_too_old())
    await walk.shot("an-old-button-says-so")
