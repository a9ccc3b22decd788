"""Whatever a photo is sent as, it is a photo; what is none is answered, and nothing is lost."""

from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.chats import RESULT, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import decoded, encoded, jpeg, picture

pytestmark = pytest.mark.usefixtures("app")

FILM = b"\x00\x00\x00\x18ftypmp42"
MOVING = encoded(
    picture(64, 64),
    "WEBP",
    save_all=True,
    append_images=[picture(64, 64, seed=1)],
    duration=900,
)

Send = Callable[[SandboxClient], Awaitable[Message]]


async def photos_in(person: SandboxClient, executor: FakeExecutor, send: Send) -> tuple[int, int]:
    """Send this as the content, and a photo as its style; what is painted of it."""
    await send(person)
    await see(person, said("Now send the style"))
    await person.send_photo(jpeg(seed=2))
    run = await executor.next_run()
    run.finish()
    await see(person, said(RESULT))
    return decoded(run.request.content).size


@pytest.mark.parametrize(
    ("send", "size"),
    [
        (lambda person: person.send_photo(jpeg(320, 240)), (320, 240)),
        (lambda person: person.send_document(encoded(picture(99, 70), "PNG"), "a.png"), (99, 70)),
        (lambda person: person.send_sticker(encoded(picture(200, 99), "WEBP")), (200, 99)),
        (lambda person: person.send_sticker(MOVING), (64, 64)),
        (lambda person: person.send_live_photo(jpeg(320, 200), FILM), (320, 200)),
    ],
    ids=["photo", "file", "sticker", "moving sticker", "live photo"],
)
async def test_a_photo_is_painted_whatever_it_is_sent_as(
    person: SandboxClient, executor: FakeExecutor, send: Send, size: tuple[int, int]
) -> None:
    assert await photos_in(person, executor, send) == size


async def test_an_album_of_files_is_an_album(person: SandboxClient, executor: FakeExecutor) -> None:
    sent = [encoded(picture(90 + number, 70), "PNG") for number in range(3)]
    await person.send_album(sent, send_as="document")
    run = await executor.next_run()
    assert (run.request.content, *run.request.styles) == tuple(sent)


@pytest.mark.parametrize(
    ("send", "words"),
    [
        (lambda person: person.send_film(FILM), "cannot paint videos"),
        (lambda person: person.send_voice(b"OggS"), "cannot listen"),
        (lambda person: person.send_sticker(b"\x1aE\xdf\xa3"), "only moves"),
        (lambda person: person.send_text("what now?"), "photos only"),
        (lambda person: person.send_text("/nonsense"), "do not know this command"),
        (lambda person: person.send_document(b"%PDF-1.7", "notes.pdf"), "not a picture"),
        (lambda person: person.send_document(bytes(20_000_001), "a.jpg"), "20 MB"),
    ],
    ids=["video", "voice", "moving sticker", "text", "command", "file", "too large"],
)
async def test_what_is_no_photo_is_answered_and_the_photo_before_it_waits_on(
    person: SandboxClient, executor: FakeExecutor, send: Send, words: str
) -> None:
    async def photo_and_that(person: SandboxClient) -> Message:
        photo = await person.send_photo(jpeg(320, 240))
        await see(person, said("Now send the style"))
        await send(person)
        await see(person, said(words))
        return photo

    assert await photos_in(person, executor, photo_and_that) == (320, 240)


async def test_a_photo_that_is_gone_is_asked_for_again_and_the_one_before_it_waits_on(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    async def photo_and_ghost(person: SandboxClient) -> Message:
        photo = await person.send_photo(jpeg(320, 240))
        await see(person, said("Now send the style"))
        await person.fault("getFile", "error", error_code=400, description="wrong file_id")
        await person.send_photo(jpeg(seed=3))
        await see(person, said("could not fetch"))
        return photo

    assert await photos_in(person, executor, photo_and_ghost) == (320, 240)
    assert len(executor.runs) == 1


async def test_a_part_of_an_album_that_is_gone_does_not_spoil_the_others(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("getFile", "error", error_code=400, description="wrong file_id")
    await person.send_album([jpeg(320, 240), jpeg(240, 320), jpeg(200, 200)])
    await see(person, said("could not fetch"))
    run = await executor.next_run()
    assert [decoded(one).size for one in (run.request.content, *run.request.styles)] == [
        (240, 320),
        (200, 200),
    ]
