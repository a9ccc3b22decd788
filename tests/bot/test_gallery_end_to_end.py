"""Private chats: photos as they come, the gallery, and which photo is which. Over HTTP."""

import asyncio
from types import SimpleNamespace

import pytest

from bot import gathering
from bot.gallery_renderer import Picture
from bot.gathering import Outcome, Session
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.chats import RESULT, STATUS, said, see
from tests.bot.fakes import FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import decoded, jpeg

pytestmark = pytest.mark.usefixtures("app")

NAMES = ("mosaic", "neon", *(f"own-{number}" for number in range(1, 11)))
PICTURES = {name: jpeg(64, 48, seed=500 + number) for number, name in enumerate(NAMES)}
ASK = "Now send the style"
WHICH = "Now send the photo"


@pytest.fixture
def styles() -> list[Picture]:
    return [Picture(name, name.capitalize(), data) for name, data in PICTURES.items()]


async def first_photo(person: SandboxClient, seed: int = 1) -> Message:
    """Send one, and wait for the question."""
    sent = await person.send_photo(jpeg(320, 240, seed=seed))
    return await see(person, said(ASK, after=sent.id))


def sizes(run: FakeRun) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    request = run.request
    return decoded(request.content).size, [decoded(style).size for style in request.styles]


async def finish(person: SandboxClient, run: FakeRun) -> None:
    status = await see(person, said(STATUS))
    run.finish()
    await see(person, said(RESULT, after=status.id))


async def test_after_the_first_photo_the_gallery_is_shown_and_chosen_from(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await first_photo(person)
    album = [one for one in await person.messages() if one.from_bot and one.photo]
    assert len(album) == 6, "half of twelve: two albums of even length"
    assert {one.raw["media_group_id"] for one in album} == {album[0].raw["media_group_id"]}
    assert [one.text for one in album][:2] == ["1. Mosaic", "2. Neon in the rain"]
    assert all(one.id < question.id for one in album)
    answer = await person.press(question.id, "2. Neon in the rain")
    assert "Neon" in answer.text
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["neon"],)
    assert decoded(run.request.content).size == (320, 240)


async def test_the_other_styles_are_on_the_next_page(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await first_photo(person)
    await person.press(question.id, "More styles")
    page = await see(person, said("In which style?"))
    assert page.buttons[0].text == "7. Own-5"
    await person.press(page.id, "12. Own-10")
    assert (await executor.next_run()).request.styles == (PICTURES["own-10"],)


async def test_the_same_photo_can_be_painted_in_another_style_by_the_same_buttons(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await first_photo(person)
    await person.press(question.id, "Mosaic")
    first = await executor.next_run()
    await person.press(question.id, "Neon")
    first.finish()
    second = await executor.next_run()
    assert second.request.content == first.request.content
    assert second.request.styles == (PICTURES["neon"],)


async def test_the_last_style_is_offered_once_there_is_one(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await first_photo(person)
    assert not [one for one in question.buttons if "last style" in one.text]
    await person.press(question.id, "Mosaic")
    await finish(person, await executor.next_run())
    question = await first_photo(person, seed=2)
    await person.press(question.id, "My last style")
    assert (await executor.next_run()).request.styles == (PICTURES["mosaic"],)


async def test_this_one_is_the_style_turns_the_roles_and_back(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await first_photo(person)
    await person.press(question.id, "My photo is the style")
    turned = await see(person, said("Got the style"))
    assert turned.id == question.id, "the question changes in place"
    assert [one.text for one in turned.buttons] == ["Repaint my photo"]
    await person.press(question.id, "Repaint my photo")
    await see(person, said(ASK))
    await person.press(question.id, "My photo is the style")
    await see(person, said("Got the style"))
    await person.send_photo(jpeg(240, 320, seed=2))
    assert sizes(await executor.next_run()) == ((240, 320), [(320, 240)])


async def test_a_style_may_be_chosen_before_any_photo(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_text("/styles")
    gallery = await see(person, said("Choose a style"))
    await person.press(gallery.id, "Mosaic")
    await see(person, said("The style: Mosaic"))
    await person.press(gallery.id, "Neon")
    await see(person, said("The style: Neon"))
    await person.send_photo(jpeg(seed=1))
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["neon"],)
    assert not [one for one in await person.messages() if ASK in one.text]


async def test_the_gallery_for_a_photo_that_waits_is_for_that_photo(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await first_photo(person)
    await person.send_text("/styles")
    gallery = await see(person, said("In which style?"))
    await person.press(gallery.id, "Mosaic")
    assert (await executor.next_run()).request.styles == (PICTURES["mosaic"],)


async def test_pictures_are_uploaded_once(person: SandboxClient) -> None:
    await first_photo(person)
    await person.send_text("/styles")
    await see(person, said("In which style?"))
    first, second = await person.calls("sendMediaGroup")
    assert len([one for one in first["parameters"].values() if isinstance(one, dict)]) == 6
    assert not [one for one in second["parameters"].values() if isinstance(one, dict)]


async def test_pictures_that_telegram_does_not_know_any_more_are_uploaded_again(
    person: SandboxClient,
) -> None:
    await first_photo(person)
    await person.fault(
        "sendMediaGroup", "error", error_code=400, description="Bad Request: wrong file identifier"
    )
    await person.send_text("/styles")
    await see(person, said("In which style?"))
    pictures = [one for one in await person.messages() if one.photo and one.from_bot]
    albums = {one.raw["media_group_id"] for one in pictures}
    assert len(albums) == 2


async def test_a_gallery_that_is_refused_leaves_the_question(person: SandboxClient) -> None:
    await person.fault("sendMediaGroup", "error", error_code=400, description="no", times=None)
    question = await first_photo(person)
    assert question.button("Mosaic")


@pytest.mark.parametrize("button", ["Mosaic", "My photo is the style"])
async def test_a_button_for_a_photo_that_was_let_go_says_so(
    person: SandboxClient, executor: FakeExecutor, button: str
) -> None:
    question = await first_photo(person)
    await person.send_text("/cancel")
    await see(person, said("photos are forgotten"))
    answer = await person.press(question.id, button)
    assert "do not have this photo any more" in answer.text
    assert executor.runs == []


async def test_a_session_expires_without_a_word(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = asyncio.Event()

    def tick(session: Session, now: float) -> tuple[Session, list[Outcome]]:
        settled, outcomes = gathering.tick(session, now)
        if settled == Session():
            expired.set()
        return settled, outcomes

    monkeypatch.setattr("bot.gathering.EXPIRY_SECONDS", 2.0)
    monkeypatch.setattr("bot.handlers.gathering", SimpleNamespace(tick=tick))
    question = await first_photo(person)
    before = [one.id for one in await person.messages()]
    async with asyncio.timeout(10):
        await expired.wait()
    answer = await person.press(question.id, "My photo is the style")
    assert "do not have this photo any more" in answer.text
    assert [one.id for one in await person.messages()] == before
    await first_photo(person, seed=2)
    assert executor.runs == []


async def test_three_photos_in_an_album_blend_two_styles(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_album([jpeg(320, 240), jpeg(240, 320), jpeg(200, 200)])
    assert sizes(await executor.next_run()) == ((320, 240), [(240, 320), (200, 200)])
    assert not [one for one in await person.messages() if ASK in one.text]


async def test_a_part_that_comes_late_joins_its_albums_painting(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_album([jpeg(320, 240), jpeg(240, 320), jpeg(200, 200)], late=1)
    run = await executor.next_run()
    assert sizes(run) == ((320, 240), [(240, 320)])
    status = await see(person, said(STATUS))
    await person.release()
    again = await executor.next_run()
    assert sizes(again) == ((320, 240), [(240, 320), (200, 200)])
    await run.closed.wait()
    await finish(person, again)
    assert status.id not in {one.id for one in await person.messages()}
    assert not [one for one in await person.messages() if "Cancelled" in one.text]


@pytest.mark.parametrize(
    ("caption", "swapped"),
    [("стиль", True), ("This is the style!", True), ("мое фото", False), ("conteúdo", False)],
)
async def test_a_caption_names_the_role_in_any_language(
    person: SandboxClient, executor: FakeExecutor, caption: str, swapped: bool
) -> None:
    await person.send_photo(jpeg(320, 240, seed=1), caption)
    await see(person, said(WHICH if swapped else ASK))
    await person.send_photo(jpeg(240, 320, seed=2))
    content, [style] = sizes(await executor.next_run())
    assert (content, style) == (((240, 320), (320, 240)) if swapped else ((320, 240), (240, 320)))
