"""From two photos to a painting, over HTTP, with an executor in the test's hands."""

import asyncio

import pytest

from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from tests.bot.chats import APOLOGY, RESULT, STATUS, gone, order_painting, said, see
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import decoded, encoded, jpeg, picture

pytestmark = pytest.mark.usefixtures("app")


async def test_two_photos_become_a_painting_that_can_be_watched(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_photo(jpeg(seed=1))
    await see(person, said("send the style"))
    await person.send_photo(jpeg(seed=2))

    run = await executor.next_run()
    status = await see(person, said(STATUS))
    assert status.button("Cancel")
    run.sketch()
    await see(person, lambda chat: [m for m in chat if m.id == status.id and m.photo])
    run.snapshot(4)
    await see(
        person, lambda chat: [m for m in chat if m.id == status.id and "6 seconds left" in m.text]
    )
    run.finish()
    result = await see(person, said(RESULT))
    assert result.photo
    await see(person, gone(status.id))

    await person.press(result.id, "File")
    [file] = await see(person, lambda chat: [m for m in chat if m.document])
    assert await person.file(file.document or "") == FILE


async def test_content_and_style_are_told_apart_by_order_and_by_caption(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    wide, tall = jpeg(320, 240, seed=1), jpeg(240, 320, seed=2)
    run = await order_painting(person, executor, [wide, tall])
    assert decoded(run.request.content).size == (320, 240)
    assert decoded(run.request.styles[0]).size == (240, 320)
    run.finish()
    await see(person, said(RESULT))

    await person.send_photo(wide, "style")
    await see(person, said("photo that I should repaint"))
    await person.send_photo(tall)
    run = await executor.next_run()
    assert decoded(run.request.content).size == (240, 320)


async def test_an_album_of_two_is_one_request_without_a_question(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_album([jpeg(320, 240, seed=1), jpeg(240, 320, seed=2)])
    run = await executor.next_run()
    assert decoded(run.request.content).size == (320, 240)
    await see(person, said(STATUS))
    assert not [m for m in await person.messages() if "style" in m.text]


async def test_pictures_sent_as_files_are_painted_from_their_very_bytes(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    content = encoded(picture(200, 100, seed=1), "PNG")
    await person.send_document(content, "content.png")
    await person.send_document(jpeg(seed=2), "style.jpg")
    run = await executor.next_run()
    assert run.request.content == content


async def test_the_file_button_answers_again_without_another_upload(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    await person.press(result.id, "File")
    await person.wait_for_calls("sendDocument", lambda calls: len(calls) == 1)
    await see(person, lambda chat: [m for m in chat if m.document])
    await person.press(result.id, "File")
    await person.wait_for_calls("sendDocument", lambda calls: len(calls) == 2)
    first, second = await person.calls("sendDocument")
    assert isinstance(second["parameters"]["document"], str), (first, second)


async def test_what_waits_shows_its_place_and_moves_up(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    first = await order_painting(person, executor)
    for seed in (3, 4, 5, 6):
        await person.send_photo(jpeg(seed=seed))
    await see(person, said("place 1"))
    last = await see(person, said("place 2"))
    first.finish()
    second = await executor.next_run()
    await see(person, lambda chat: [m for m in chat if m.id == last.id and "place 1" in m.text])
    assert second.request.job_id == first.request.job_id + 1


async def test_people_take_turns_and_nobody_has_two_at_once(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    mine = await order_painting(person, executor)
    await person.send_photo(jpeg(seed=3))
    await person.send_photo(jpeg(seed=4))
    await see(person, said("place 1"))
    bob = await person.new_user("Bob")
    for seed in (5, 6):
        await person.send_photo(jpeg(seed=seed), chat=bob, user=bob)
    await person.wait_for(said("place"), chat=bob)
    mine.finish()
    await executor.next_run()
    await person.wait_for(said(STATUS), chat=bob)


async def test_the_cancel_button_stops_a_running_painting(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    run.sketch()
    status = await see(person, said("sketch"))
    answer = await person.press(status.id, "Cancel")
    assert "Cancelled" in answer.text
    async with asyncio.timeout(5):
        await run.cancelled.wait()
        await run.closed.wait()
    last = await see(person, said("Cancelled"))
    assert (last.id, last.buttons) == (status.id, ())
    assert last.photo
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))


async def test_a_run_that_the_executor_did_not_know_yet_is_cancelled_at_its_first_event(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(job_id: int) -> None:
        """As for a run that is about to be asked for."""

    monkeypatch.setattr(executor, "cancel", unknown)
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    await person.press(status.id, "Cancel")
    await see(person, said("Cancelled"))
    run.sketch()
    async with asyncio.timeout(5):
        await run.closed.wait()


async def test_cancel_stops_what_is_queued_and_what_is_running(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    for seed in (3, 4, 5):
        await person.send_photo(jpeg(seed=seed))
    await see(person, said("send the style", after=4))
    await person.send_text("/cancel")
    await see(person, said("2 paintings are cancelled"))
    async with asyncio.timeout(5):
        await run.closed.wait()
    await person.send_photo(jpeg(seed=6))
    await see(person, lambda chat: chat[-1].from_bot and "send the style" in chat[-1].text)
    assert len(executor.runs) == 1


async def test_a_fourth_painting_is_refused_politely(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    for seed in range(0, 8, 2):
        await person.send_album([jpeg(seed=seed), jpeg(seed=seed + 1)])
    await see(person, said("3 paintings in work already"))
    await executor.next_run()


async def test_a_failed_attempt_is_made_again_from_its_checkpoint(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    assert run.request.attempt == 1
    run.sketch()
    run.snapshot(3, checkpoint=b"three steps")
    run.emit(Failed("worker_died", retryable=True))
    run = await executor.next_run()
    assert (run.request.attempt, run.request.checkpoint) == (2, b"three steps")
    run.emit(Failed("out_of_memory", retryable=True))
    run = await executor.next_run()
    assert run.request.checkpoint == b"three steps"
    run.finish()
    await see(person, said(RESULT))


@pytest.mark.parametrize(
    ("code", "retryable", "attempts", "words"),
    [
        ("worker_died", True, 3, "not by your fault"),
        ("out_of_memory", True, 3, "out of memory"),
        ("unreadable", False, 1, "damaged"),
        ("too_small", False, 1, "too small"),
        ("a_code_of_next_year", False, 1, "not by your fault"),
    ],
)
async def test_what_cannot_be_painted_is_apologised_for_and_the_chat_goes_on(
    person: SandboxClient,
    executor: FakeExecutor,
    code: str,
    retryable: bool,
    attempts: int,
    words: str,
) -> None:
    await person.send_photo(jpeg(seed=1))
    await person.send_photo(jpeg(seed=2))
    for _ in range(attempts):
        run = await executor.next_run()
        run.emit(Failed(code, retryable))
    apology = await see(person, said(words))
    assert ("number" in apology.text) == (APOLOGY in apology.text)
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))
    assert len(executor.runs) == attempts + 1
