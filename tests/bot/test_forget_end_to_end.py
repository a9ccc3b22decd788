"""/forget, over HTTP: what was there is gone, on disk and in the database, and nothing else."""

import asyncio
from pathlib import Path

import pytest

from bot.app import App
from bot.forgetting import Kept, kept
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from bot.settings import Settings
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg


def files(settings: Settings) -> set[str]:
    folder: Path = settings.data_dir / "files"
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def ask(person: SandboxClient, user: int | None = None) -> Message:
    sent = await person.send_text("/forget", chat=user, user=user)
    question = await person.wait_for(said("Shall I delete", after=sent.id), chat=user)
    assert question is not None
    return question


async def settled(person: SandboxClient) -> None:
    """A chat is answered in order: with the next answer, all before it is done."""
    sent = await person.send_text("/help")
    await see(person, said("Send two photos", after=sent.id))


async def test_everything_of_a_person_goes_at_once_and_the_answer_says_what_it_was(
    app: App, person: SandboxClient, executor: FakeExecutor, settings: Settings
) -> None:
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    panel = await person.send_text("/settings")
    opened = await see(person, said("How I paint for you", after=panel.id))
    await person.press(opened.id, "Progress")
    await see(person, lambda chat: [b for m in chat for b in m.buttons if b.text == "Words only"])
    await person.press(opened.id, "Words only")
    await person.send_photo(jpeg(seed=9))
    await see(person, said("send the style", after=panel.id))
    assert len(files(settings)) == 7, "three photos; a result's picture, file, pair and film"

    question = await ask(person)
    for line in ("1 painting", "3 photos", "your settings"):
        assert f"• {line}" in question.text
    await person.press(question.id, "Delete everything")
    done = await see(person, said("This is deleted"))
    assert (done.id, done.buttons) == (question.id, ())
    assert "• 1 painting\n" in done.text
    await settled(person)
    assert files(settings) == set()
    assert await app.database.run(kept, person.user, 0) == Kept(messages=1), "the last /help"

    answer = await person.press(result.id, "File")
    assert "too old" in answer.text


async def test_what_is_queued_and_what_is_running_stops(
    app: App, person: SandboxClient, executor: FakeExecutor, settings: Settings
) -> None:
    run = await order_painting(person, executor)
    run.sketch()
    run.snapshot(3)
    status = await see(person, said("left"))
    await person.send_album([jpeg(seed=3), jpeg(seed=4)])
    await see(person, said("In the queue"))
    question = await ask(person)
    assert "• 2 paintings that are not finished" in question.text
    await person.press(question.id, "Delete everything")
    await see(person, said("This is deleted"))
    async with asyncio.timeout(5):
        await run.cancelled.wait()
        await run.closed.wait()
    await see(person, lambda chat: [m for m in chat if m.id == status.id and not m.buttons])
    await settled(person)
    assert files(settings) == set()
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))
    assert len(executor.runs) == 2


async def test_what_another_person_uses_stays(
    app: App, person: SandboxClient, executor: FakeExecutor, settings: Settings
) -> None:
    mine, style, theirs = jpeg(seed=1), jpeg(seed=2), jpeg(seed=3)
    run = await order_painting(person, executor, [mine, style])
    run.finish()
    await see(person, said(RESULT))
    before = files(settings)
    bob = await person.new_user("Bob")
    for picture in (theirs, style):
        await person.send_photo(picture, chat=bob, user=bob)
    await executor.next_run()
    question = await ask(person)
    await person.press(question.id, "Delete everything")
    await see(person, said("This is deleted"))
    await settled(person)
    assert len(files(settings)) == 2
    assert len(files(settings) & before) == 1, "the style is Bob's too"


async def test_keep_it_keeps_it_and_others_cannot_press(
    app: App, person: SandboxClient, executor: FakeExecutor
) -> None:
    bob = await person.new_user("Bob")
    group = await person.new_group("Friends", [person.user, bob])
    await order_painting(person, executor)
    await person.send_text("/forget", chat=group)
    question = await person.wait_for(said("Shall I delete"), chat=group)
    assert question
    answer = await person.press(question.id, "Delete", chat=group, user=bob)
    assert "somebody else" in answer.text
    await person.press(question.id, "Keep it", chat=group)
    await person.wait_for(said("Nothing is deleted"), chat=group)
    assert (await app.database.run(kept, person.user, 0)).active == (1,)


@pytest.mark.usefixtures("app")
async def test_privacy_is_told_to_everyone_in_their_language(person: SandboxClient) -> None:
    await person.send_text("/privacy")
    await see(person, said("What I keep"))
    ivan = await person.new_user("Иван", language_code="ru")
    await person.send_text("/privacy", chat=ivan, user=ivan)
    await person.wait_for(said("Что я храню"), chat=ivan)
