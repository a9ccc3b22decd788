"""A person's walk through the chat page on two screens: what they do, see, and have pictures of.

Knows the page, not the bot. Writes screenshots into the folder that it is given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import FilePayload, Locator, Page, expect

from bot.texts import Texts

ANSWER_SECONDS, PAINTING_SECONDS = 30.0, 300.0
ALL_SHOWN = (
    "() => [...document.querySelectorAll('#messages img')].every("
    "one => one.hidden || (one.complete && one.naturalWidth > 0))"
)

Words = str | re.Pattern[str]


@dataclass
class Walk:
    """The person acts on one screen; the others follow the same chats."""

    here: Page
    screens: Mapping[str, Page]  # by the name in the screenshots
    texts: Texts
    folder: Path
    steps: list[str] = field(default_factory=list)

    async def shot(self, name: str, *, of: str = "") -> None:
        """What every screen shows now, as `NN-name-screen.png`: the end, or the last `of` these."""
        self.steps.append(name)
        for screen, page in self.screens.items():
            down = page.locator("#down")
            if of:
                await page.locator(of).last.scroll_into_view_if_needed()
            elif await down.is_visible():
                await down.click()
            await page.wait_for_function(ALL_SHOWN)
            path = self.folder / f"{len(self.steps):02}-{name}-{screen}.png"
            await page.screenshot(path=path, animations="disabled")

    # What the person does

    async def say(self, text: str) -> None:
        """Write, and send."""
        await self.here.get_by_label("Message", exact=True).fill(text)
        await self.here.keyboard.press("Enter")

    async def send(self, *pictures: bytes, caption: str = "") -> None:
        """Send pictures: several are an album."""
        files = [
            FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=picture)
            for number, picture in enumerate(pictures, 1)
        ]
        await self.here.set_input_files("#files", files)
        await expect(self.here.locator("#picked li")).to_have_count(len(files))
        if caption:
            await self.here.get_by_label("Message", exact=True).fill(caption)
        await self.here.get_by_role("button", name="Send", exact=True).click()
        await expect(self.here.locator("#tray")).to_be_hidden()

    async def press(self, label: Words, notice: str = "", *, under: Locator | None = None) -> None:
        """Press the last button with this label; the bot answers with this notice."""
        within = under or self.here.locator("#messages")
        await within.get_by_role("button", name=label, exact=True).last.click()
        if notice:
            toasts = self.here.locator("#toasts p", has_text=notice)
            await expect(toasts.last).to_be_visible(timeout=ANSWER_SECONDS * 1000)

    async def reply_to(self, message: Locator) -> None:
        """Choose a message to write in reply to."""
        await message.hover()
        await message.get_by_role("button", name="Reply", exact=True).click()
        await expect(self.here.locator("#replying")).to_be_visible()

    async def write_as(self, name: str) -> None:
        """Be somebody else in a group."""
        await self.here.get_by_label("Write as").select_option(name)

    async def open_panel(self) -> None:
        """What there is to try: on a phone it is folded away."""
        if await self.here.locator("#side-open").is_visible():
            await self.here.locator("#side-open").click()

    async def make(self, kind: str) -> None:
        """Make a group or a forum, and have it on every screen."""
        await self.open_panel()
        await self.here.get_by_role("button", name=kind, exact=True).click()
        chosen = self.here.locator("#chats option:checked")
        await expect(chosen).to_have_text(kind)
        await expect(self.here.locator("#group-bar")).to_be_visible()
        for page in self.others:
            chat = page.get_by_label("Chat", exact=True)
            await expect(chat.locator("option", has_text=kind)).to_have_count(1)
            await chat.select_option(kind)

    async def open_topic(self, name: str) -> None:
        """Turn every screen to a topic."""
        for page in self.screens.values():
            await page.get_by_label("Topic").select_option(name)

    # What the person sees

    @property
    def others(self) -> list[Page]:
        """The screens that follow."""
        return [page for page in self.screens.values() if page is not self.here]

    def message(self, words: Words) -> Locator:
        """The last message with these words."""
        return self.here.locator(".message", has_text=words).last

    def with_button(self, label: str) -> Locator:
        """The last message with this button."""
        key = self.here.get_by_role("button", name=label, exact=True)
        return self.here.locator(".message", has=key).last

    async def sees(self, words: Words, *, count: int = 1, painted: bool = False) -> None:
        """So many messages have these words, on every screen; a painting takes its time."""
        timeout = (PAINTING_SECONDS if painted else ANSWER_SECONDS) * 1000
        for page in self.screens.values():
            found = page.locator(".message:not(.mine) .words", has_text=words)
            await expect(found).to_have_count(count, timeout=timeout)

    async def receives(self, words: str, *, count: int = 1) -> None:
        """So many results; the status message has made way."""
        await self.sees(words, count=count, painted=True)
        for page in self.screens.values():
            cancel = page.get_by_role("button", name=self.texts.cancel_button(), exact=True)
            await expect(cancel).to_have_count(0)

    async def sees_progress(self) -> None:
        """The bar and the percentage."""
        for page in self.screens.values():
            words = page.locator(".words", has_text=re.compile(r"[▰▱].*\d"))
            await expect(words.last).to_be_visible(timeout=PAINTING_SECONDS * 1000)

    async def sees_reaction(self, emoji: str) -> None:
        """Under the last message that has one."""
        for page in self.screens.values():
            found = page.locator(".reactions").last
            await expect(found).to_have_text(emoji, timeout=PAINTING_SECONDS * 1000)

    async def is_asked(self, words: str, hint: str) -> None:
        """A forced reply is open, with its hint in the empty field."""
        await expect(self.here.locator("#replying-text")).to_have_text(words)
        await expect(self.here.locator("#text")).to_have_attribute("placeholder", hint)


def setting(label: str) -> re.Pattern[str]:
    """A setting's button, whatever is in force."""
    return re.compile(f"^{re.escape(label)} · ")
