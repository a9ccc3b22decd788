"""The chat page as a person uses it: pictures in, the status message, buttons, the result."""

import aiofiles
import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import jpeg
from tests.browser.conftest import PHONE, opened_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

DROP = """
async (pictures) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of pictures) {
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
  }
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  const target = document.getElementById("scroll");
  target.dispatchEvent(new DragEvent("dragover", options));
  target.dispatchEvent(new DragEvent("drop", options));
}
"""


async def _drop(page: Page, *pictures: bytes) -> None:
    await page.evaluate(DROP, [[f"{n}.jpg", list(data)] for n, data in enumerate(pictures)])


async def test_two_dropped_photos_become_a_painting_before_ones_eyes(
    page: Page, executor: FakeExecutor
) -> None:
    await _drop(page, jpeg(seed=1), jpeg(seed=2))
    await expect(page.locator("#picked li")).to_have_count(2)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.mine .album .picture")).to_have_count(2)

    run = await executor.next_run()
    status = page.locator(".message", has=page.get_by_role("button", name="Cancel"))
    await expect(status.locator(".words")).to_be_visible()
    await expect(status.locator("img")).to_have_count(0)
    number = await status.get_attribute("data-id")

    run.sketch()
    await expect(status.locator(".picture img")).to_have_js_property("naturalWidth", 64)
    run.snapshot(4)
    await expect(status.locator(".words")).to_contain_text(" %", timeout=10_000)
    assert await status.get_attribute("data-id") == number, "the message was edited in place"

    run.finish()
    button = page.get_by_role("button", name="File in full quality")
    await button.click()
    await expect(page.locator("#toasts")).to_contain_text("on its way")
    async with page.expect_download() as download:
        await page.locator("a.document").click()
    path = await (await download.value).path()
    async with aiofiles.open(path, "rb") as file:
        assert await file.read() == FILE
    await expect(page.locator(f".message[data-id='{number}']")).to_have_count(0)


async def test_a_picture_opens_in_full_size_and_closes_by_key(
    page: Page, person: SandboxClient
) -> None:
    await person.send_photo(jpeg(900, 600))
    await page.locator(".picture").click()
    shown = page.locator("#viewer-image")
    await expect(shown).to_be_visible()
    await expect(shown).to_have_js_property("naturalWidth", 900)
    await page.keyboard.press("Escape")
    await expect(shown).to_be_hidden()


async def test_files_are_sent_as_they_are_where_asked(page: Page, person: SandboxClient) -> None:
    data = jpeg(1600, 1200)
    await page.set_input_files(
        "#files", FilePayload(name="big.jpg", mimeType="image/jpeg", buffer=data)
    )
    await page.locator("label.toggle").click()
    await page.get_by_label("Message", exact=True).fill("style")
    await page.keyboard.press("Enter")
    (sent,) = await person.wait_for(lambda chat: chat)
    assert sent.text == "style"
    assert await person.file(sent.document or "") == data
    await expect(page.locator("a.document .name")).to_have_text("big.jpg")
    await expect(page.locator("#tray")).to_be_hidden()


async def test_a_pasted_picture_waits_in_the_tray(page: Page) -> None:
    await page.evaluate(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "p.jpg", { type: "image/jpeg" }));
          const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
          document.dispatchEvent(paste);
        }""",
        list(jpeg()),
    )
    await expect(page.locator("#picked li")).to_have_count(1)
    await page.get_by_role("button", name="Remove p.jpg").click()
    await expect(page.locator("#tray")).to_be_hidden()


async def test_what_cannot_be_sent_says_why_and_is_not_lost(
    page: Page, person: SandboxClient
) -> None:
    await page.set_input_files(
        "#files", FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"text")
    )
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#toasts")).to_contain_text("Send it as a file")
    await expect(page.locator("#picked li")).to_have_count(1)
    assert await person.messages() == []


@pytest.mark.usefixtures("executor")
async def test_the_menu_sends_a_command(page: Page) -> None:
    await page.wait_for_function(
        "() => fetch('/sandbox/calls?method=setMyCommands').then(r => r.json())"
        ".then(found => found.calls.length > 0)"
    )
    await page.get_by_role("button", name="Commands").click()
    await page.get_by_role("menuitem", name="/help").press("Enter")
    await expect(page.locator(".message.mine .words")).to_contain_text("/help")
    await expect(page.locator(".message:not(.mine) .words")).to_contain_text("two photos")


async def test_text_is_never_markup(page: Page, person: SandboxClient) -> None:
    await person.send_text("<img src=x onerror=alert(1)> /start")
    await expect(page.locator(".words")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(page.locator(".words img")).to_have_count(0)


async def test_nothing_is_wider_than_the_window(page: Page, person: SandboxClient) -> None:
    await person.new_group("A group with a rather long name, and then some", [person.user])
    await person.send_text("x" * 300)
    await person.send_album([jpeg(1200, 200), jpeg(200, 1200), jpeg()])
    await person.send_photo(jpeg(1280, 100), "a wide one")
    await person.send_document(jpeg(), f"{'long' * 30}.jpg")
    await expect(page.locator(".message")).to_have_count(4)
    await page.evaluate("() => { document.getElementById('side-open').hidden = false; }")
    sideways = await page.evaluate(
        "() => [...document.querySelectorAll('.bar *, #scroll, #scroll *, #composer *')]"
        ".filter(one => one.getBoundingClientRect().right > innerWidth"
        "   || (one.scrollWidth > one.clientWidth && one.matches('.bar, #scroll, #composer')))"
        ".map(one => one.id || one.className)"
    )
    assert sideways == []


async def test_groups_are_chats_of_their_own(page: Page, person: SandboxClient) -> None:
    mina = await person.new_user("Mina")
    group = await person.new_group("Friends", [person.user, mina])
    chats = page.get_by_role("combobox", name="Chat")
    await chats.select_option("Friends")
    await expect(chats.locator("option")).to_have_text(["Atelier", "Friends"])
    await person.send_text("hello from Mina", chat=group, user=mina)
    await expect(page.locator(".message")).to_contain_text("Mina")
    await page.get_by_label("Message", exact=True).fill("hello back")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.mine")).to_contain_text("hello back")
    texts = [message.text for message in await person.messages(group)]
    assert texts == ["hello from Mina", "hello back"]
    assert await person.messages() == []


@pytest.mark.timeout(60)
async def test_the_page_comes_back_with_the_sandbox(browser: Browser) -> None:
    async with server.running() as first, SandboxClient(first.url) as person:
        port = int(first.url.rpartition(":")[2])
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(first.url)
        await person.send_text("before")
        await expect(page.get_by_text("before")).to_be_visible()
    await expect(page.get_by_role("status").first).to_contain_text("Waiting for it")
    async with server.running(port) as second, SandboxClient(second.url) as person:
        await person.send_text("after")
        await expect(page.get_by_text("after")).to_be_visible(timeout=15_000)
        await expect(page.get_by_text("before")).to_have_count(0)
        await expect(page.get_by_role("status").first).to_have_text("online")
        await context.close()


async def test_the_end_stays_in_view_unless_one_has_scrolled_away(
    page: Page, person: SandboxClient
) -> None:
    for number in range(30):
        await person.send_text(f"message {number}")
    await expect(page.get_by_text("message 29")).to_be_in_viewport()
    await page.evaluate("() => { document.getElementById('scroll').scrollTop = 0; }")
    down = page.get_by_role("button", name="To the latest message")
    await expect(down).to_be_visible()
    await down.click()
    await expect(page.get_by_text("message 29")).to_be_in_viewport()


async def test_the_keyboard_reaches_everything(page: Page, person: SandboxClient) -> None:
    await person.send_photo(jpeg())
    await expect(page.locator(".picture")).to_be_visible()
    reached = set()
    for _ in range(20):
        await page.keyboard.press("Tab")
        reached.add(
            await page.evaluate(
                "() => document.activeElement.ariaLabel || document.activeElement.id"
            )
        )
    assert {"Messages", "Open: Photo", "Commands", "Choose pictures", "Message"} <= reached


@pytest.mark.timeout(180)
async def test_a_sample_is_one_click_away(page_with_samples: Page, executor: FakeExecutor) -> None:
    page = page_with_samples
    await page.get_by_role("button", name="Try it with samples").click(timeout=90_000)
    await page.locator(".sample-styles button").first.click()
    run = await executor.next_run()
    for picture in (run.request.content, *run.request.styles):
        assert picture.startswith(b"\xff\xd8\xff")
    await expect(page.locator(".message.mine .album .picture")).to_have_count(2)


async def test_the_bot_is_told_the_browsers_language_and_a_finger_reaches_replies(
    browser: Browser, sandbox: server.Sandbox, person: SandboxClient
) -> None:
    async with opened_page(
        browser, sandbox, PHONE, locale="pt-BR", has_touch=True, is_mobile=True
    ) as page:
        await page.get_by_label("Message", exact=True).fill("oi")
        await page.keyboard.press("Enter")
        (sent,) = await person.wait_for(lambda chat: chat)
        assert sent.raw["from"]["language_code"] == "pt"
        reply = page.get_by_role("button", name="Reply")
        await expect(reply).to_have_css("opacity", "0.6")
        await reply.tap()
        await expect(page.locator("#replying-text")).to_have_text("oi")
