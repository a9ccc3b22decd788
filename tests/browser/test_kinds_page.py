"""The chat page shows what the bot and the person send: albums, stickers, films, voices."""

import pytest
from playwright.async_api import FilePayload, Page, expect

from bot.sandbox.client import SandboxClient
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import encoded, jpeg, picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILM = FilePayload(name="a.mp4", mimeType="video/mp4", buffer=b"\x00\x00\x00\x18ftypmp42")
STILL = FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=jpeg())
STICKER = FilePayload(name="a.webp", mimeType="image/webp", buffer=encoded(picture(), "WEBP"))
VOICE = FilePayload(name="a.ogg", mimeType="audio/ogg", buffer=b"OggS")


async def test_the_gallery_is_an_album_with_buttons_below_that_start_a_painting(
    page: Page, executor: FakeExecutor
) -> None:
    await page.set_input_files("#files", STILL)
    await page.get_by_role("button", name="Send").click()
    album = page.locator(".message:not(.mine) .album")
    await expect(album.locator(".picture img")).to_have_count(9)
    rows = await album.evaluate(
        "(one) => [...one.querySelectorAll('.picture')].map(picture => picture.offsetTop)"
    )
    assert [rows.count(row) for row in sorted(set(rows))] == [3, 3, 3]
    await page.get_by_role("button", name="3. Style 3", exact=True).click()
    await expect(page.locator("#toasts")).to_contain_text("Style 3")
    run = await executor.next_run()
    assert run.request.styles == (jpeg(64, 48, seed=103),)


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ([STICKER], "img.sticker"),
        ([STILL, FILM], ".picture .badge"),
        ([FILM], ".bubble > video"),
        ([VOICE], ".bubble > audio"),
    ],
    ids=["sticker", "live photo", "film", "voice"],
)
async def test_what_is_picked_is_sent_as_a_phone_would_and_shown(
    page: Page, person: SandboxClient, files: list[FilePayload], shown: str
) -> None:
    await page.set_input_files("#files", files)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(f".message.mine {shown}")).to_have_count(1)


async def test_a_sticker_that_cannot_be_shown_has_a_word_in_its_place(
    page: Page, person: SandboxClient
) -> None:
    await person.send_sticker(b"moves")
    await expect(page.locator(".message.mine span.sticker")).to_have_text("Sticker")
