"""The buttons under a result, pressed on the chat page: what is painted next, and what comes."""

from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import jpeg

pytestmark = [
    pytest.mark.usefixtures("quick_chats"),
    pytest.mark.asyncio(loop_scope="session"),
]

PHOTOS = [
    FilePayload(name=f"{seed}.jpg", mimeType="image/jpeg", buffer=jpeg(seed=seed))
    for seed in (1, 2)
]
CHANGES: list[tuple[str, dict[str, Any]]] = [  # a button, and the options that it changes
    ("Stronger", {"strength": 2.0}),
    ("Softer", {"strength": 0.5}),
    ("Keep my colours", {"colours": "content"}),
    ("Bigger", {"size": 768}),
]


async def _painted(page: Page, executor: FakeExecutor) -> Locator:
    """The results, the first of which has just arrived."""
    await page.set_input_files("#files", PHOTOS)
    await page.get_by_role("button", name="Send").click()
    (await executor.next_run()).finish()
    results = page.locator(".message", has=page.get_by_role("button", name="Stronger"))
    await expect(results).to_have_count(1)
    return results


async def _press(page: Page, results: Locator, label: str, notice: str = "") -> None:
    await results.first.get_by_role("button", name=label).click()
    if notice:
        await expect(page.locator("#toasts p").last).to_have_text(notice)


async def test_each_button_paints_what_it_says(page: Page, executor: FakeExecutor) -> None:
    results = await _painted(page, executor)
    first = executor.runs[0].request
    for number, (label, changed) in enumerate(CHANGES, start=2):
        await _press(page, results, label, "I go on from this painting.")
        run = await executor.next_run()
        assert (run.request.options, run.request.start) == ({**first.options, **changed}, FILE)
        run.finish()
        await expect(results).to_have_count(number)
    await expect(page.get_by_role("button", name="The style's colours")).to_have_count(1)
    await _press(page, results, "Swap", "I begin a new painting.")
    swapped = (await executor.next_run()).request
    assert (swapped.content, swapped.styles) == (first.styles[0], (first.content,))


async def test_what_can_be_had_of_a_result_comes_below_it(
    page: Page, executor: FakeExecutor
) -> None:
    results = await _painted(page, executor)
    await _press(page, results, "Before and after", "The picture is on its way.")
    await expect(page.locator(".message:not(.mine) .picture img")).to_have_count(2)
    await _press(page, results, "Timelapse", "The film is on its way.")
    await expect(page.locator(".animation img")).to_have_js_property("naturalWidth", 64)
    await _press(page, results, "File in full quality", "The file is on its way.")
    await expect(page.locator("a.document .name")).to_have_text("atelier-1.png")
    await _press(page, results, "Another style")
    await expect(page.locator(".message .words", has_text="Now send the style")).to_be_visible()
    await expect(page.locator(".message:not(.mine) .album .picture")).to_have_count(9)
