"""The chat page in groups: several people, one page; what an owner does to the bot."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.client import SandboxClient
from tests.bot.fakes import FakeExecutor

pytestmark = [
    pytest.mark.usefixtures("quick_chats"),
    pytest.mark.asyncio(loop_scope="session"),
]


async def _make(page: Page, kind: str) -> None:
    # On a phone the panel is folded away.
    await page.locator(f"#new-{kind}").evaluate("button => button.click()")
    await expect(page.locator("#group-bar")).to_be_visible()
    title = {"supergroup": "Group", "group": "Small group"}.get(kind, kind.capitalize())
    await expect(page.locator("#chats option:checked")).to_have_text(title)
    await expect(page.locator("#voice option").last).to_have_text(
        title if kind == "channel" else "Anonymous admin"
    )
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator("#empty")).to_contain_text("/style")


async def _write(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


@pytest.mark.usefixtures("executor")
async def test_only_whoever_is_asked_is_put_into_a_reply(page: Page) -> None:
    await _make(page, "supergroup")
    voices = page.get_by_label("Write as")
    await expect(voices.locator("option")).to_have_text(["Guest", "Ann", "Bob", "Anonymous admin"])
    await voices.select_option("Bob")
    await _write(page, "/style")
    await expect(page.locator("#replying")).to_be_visible()
    await expect(page.locator("#replying-text")).to_contain_text("photo that I should repaint")
    hint = await page.locator("#text").get_attribute("placeholder")
    assert hint == "The photo to repaint", "as the forced reply has it"
    await page.locator("#replying-off").click()
    await _write(page, "/style")
    await voices.select_option("Ann")  # before the answer comes, or after: it is not for her
    await page.locator("#replying-off").evaluate("button => button.click()")
    await _write(page, "hello")
    await expect(page.locator("#replying")).to_be_hidden()
    await expect(page.locator(".message .sender", has_text="Ann")).to_be_visible()
    await voices.select_option("Anonymous admin")
    await _write(page, "/help")
    await expect(page.locator(".message", has_text="only when spoken to")).to_be_visible()


async def test_topics_channels_and_upgrades(
    page: Page, person: SandboxClient, executor: FakeExecutor
) -> None:
    await _make(page, "forum")
    await page.get_by_role("button", name="New topic").click()
    await expect(page.get_by_label("Topic").locator("option:checked")).to_have_text("Topic 1")
    await _write(page, "/help")
    await expect(page.locator(".message", has_text="only when spoken to")).to_be_visible()
    forum = int(await page.get_by_label("Chat", exact=True).input_value())
    answer = next(one for one in await person.messages(forum) if one.from_bot)
    assert answer.thread
    await page.get_by_label("Topic").select_option("General")
    await expect(page.locator(".message:visible")).to_have_count(0)

    await _make(page, "channel")
    await expect(page.get_by_label("Write as").locator("option")).to_have_text(["Channel"])
    await _write(page, "/help")
    await expect(page.locator(".message", has_text="only when spoken to")).to_be_visible()

    await _make(page, "group")
    await page.get_by_role("button", name="Remove the bot").click()
    await page.get_by_role("button", name="Add the bot").click()
    await page.get_by_role("button", name="Make the bot an admin").click()
    await expect(page.get_by_role("button", name="Make the bot a member")).to_be_visible()
    await page.get_by_role("button", name="Make it a supergroup").click()
    await expect(page.locator(".service", has_text="upgraded to a supergroup")).to_be_visible()
    await expect(page.get_by_role("button", name="Make it a supergroup")).to_be_hidden()
    await _write(page, "/help")
    await expect(page.locator(".message", has_text="only when spoken to")).to_be_visible()
