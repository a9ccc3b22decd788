"""The conversation in groups, walked through in a browser; see `test_walk`."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.app import running
from bot.sandbox import server
from tests.browser.stage import SCENES, Scene, photo, settled_bot, style, walking
from tests.browser.walk import Walk, setting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("quick_chats"),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.language)
async def test_in_groups(browser: Browser, tmp_path: Path, scene: Scene) -> None:
    async with server.running() as sandbox:
        settings = await settled_bot(sandbox, tmp_path)
        async with (
            walking(browser, sandbox, scene, tmp_path, group=True) as walk,
            running(settings),
        ):
            await _quiet_until_it_is_meant(walk)
            await _a_painting_for_all(walk)
            await _whose_buttons_they_are(walk)
            await _an_admins_settings(walk)
            await _the_command_alone(walk)
            await _a_result_in_another_style(walk)
            await _a_topic(walk)
            await _a_groups_language(walk)
            await _an_anonymous_admin(walk)


async def _quiet_until_it_is_meant(walk: Walk) -> None:
    await walk.make("Group")
    await walk.shot("an-empty-group")
    await walk.send(photo())
    await walk.say("Look!")
    await walk.say("/help")
    await walk.sees(walk.texts.help())
    await expect(walk.here.locator(".message:not(.mine)")).to_have_count(1)
    await walk.shot("quiet-unless-it-is-asked")


async def _a_painting_for_all(walk: Walk) -> None:
    say = walk.texts
    await walk.reply_to(walk.here.locator(".message.mine", has=walk.here.locator(".picture")))
    await walk.say("/style")
    await walk.sees(say.reply_with_style())
    await walk.is_asked(say.reply_with_style(), say.style_placeholder())
    await walk.shot("style-in-reply-to-a-photo")
    await walk.send(style("waves"))
    await walk.sees_reaction("👀")
    await walk.sees(say.sketch(), painted=True)
    await walk.shot("a-sketch-in-the-group")
    await walk.shot("taken", of=".reactions")
    await walk.sees_progress()
    await walk.shot("a-snapshot-in-the-group")
    await walk.receives(say.result())
    await walk.shot("the-result-for-all")
    await walk.sees_reaction("👍")
    await walk.shot("done", of=".reactions")


async def _whose_buttons_they_are(walk: Walk) -> None:
    await walk.write_as("Bob")
    await walk.press(walk.texts.stronger_button(), walk.texts.not_yours())
    await walk.shot("another-persons-press")


async def _an_admins_settings(walk: Walk) -> None:
    say = walk.texts
    await walk.say("/settings")
    await walk.sees(say.only_admins())
    await walk.shot("settings-are-for-admins")
    await walk.write_as("Guest")
    await walk.say("/settings")
    await walk.sees(say.settings_page(False))
    await walk.press(setting(say.setting_labels()["colours"]))
    await walk.press(say.choice_labels()["colours", "content"])
    await walk.sees(say.settings_page(False))
    await walk.shot("an-admins-settings")
    await walk.press(say.done_button())
    await walk.sees(say.settings_done())


async def _the_command_alone(walk: Walk) -> None:
    say = walk.texts
    await walk.write_as("Bob")
    await walk.say("/style")
    await walk.is_asked(say.reply_with_content(), say.content_placeholder())
    await walk.shot("style-alone-asks-for-the-photo")
    await walk.send(photo())
    await walk.is_asked(say.reply_with_style(), say.style_placeholder())
    await walk.send(style("stained-glass"))
    await walk.sees(say.sketch(), painted=True)
    await walk.write_as("Guest")
    await walk.press(say.cancel_button(), say.stopped())
    await walk.sees(say.stopped())
    await walk.shot("an-admin-has-stopped-it")


async def _a_result_in_another_style(walk: Walk) -> None:
    say = walk.texts
    await walk.reply_to(walk.with_button(say.file_button()))
    await walk.send(style("engraving"))
    await walk.sees(say.sketch(), painted=True)
    await walk.press(say.finish_button(), say.finishing_now())
    await walk.receives(say.result_as_it_is())
    await walk.shot("another-style-by-a-reply")


async def _a_topic(walk: Walk) -> None:
    say = walk.texts
    await walk.make("Forum")
    await walk.here.get_by_role("button", name="New topic").click()
    await walk.open_topic("Topic 1")
    await walk.open_panel()
    await walk.here.locator(".sample-styles button").nth(3).click()
    await walk.receives(say.result())
    await walk.shot("a-topic")
    await walk.open_topic("General")
    for page in walk.screens.values():
        await expect(page.locator(".message:visible")).to_have_count(0)


async def _a_groups_language(walk: Walk) -> None:
    """Whoever hides behind the group has none of their own."""
    say = walk.texts
    await walk.say("/language")
    await walk.sees(say.setting_pages()["language"])
    await walk.shot("a-language-for-the-group")
    await walk.press(say.language.name)
    await walk.press(say.done_button())
    await walk.sees(say.settings_done())


async def _an_anonymous_admin(walk: Walk) -> None:
    say = walk.texts
    await walk.write_as("Anonymous admin")
    await walk.send(photo(), caption="/style")
    await walk.is_asked(say.reply_with_style(), say.style_placeholder())
    await walk.shot("an-anonymous-admin")
