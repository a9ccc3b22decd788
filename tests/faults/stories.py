"""What persons do in the scenes: each story ends when they have all that they asked for."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from bot.sandbox.view import Message
from tests.bot import group_chats
from tests.bot.chats import RESULT, said, several
from tests.bot.group_chats import Group
from tests.bot.sandbox.pictures import jpeg
from tests.faults.judge import Record
from tests.faults.lives import Nursery
from tests.faults.scene import PATIENCE, Scene, opened

Deed = Callable[[Scene], Coroutine[Any, Any, None]]
Stage = Callable[[Nursery, Path], AbstractAsyncContextManager[Scene]]


async def private(scene: Scene) -> None:
    """Two photos, one after the other; then all that can be had with the painting."""
    person = scene.person
    await scene.until(lambda ledger: ledger.styles > 0)
    await person.send_photo(jpeg(seed=1))
    await scene.see(said("Now send the style"))
    await person.send_photo(jpeg(seed=2))
    result = await scene.see(said(RESULT))
    for button, kind in (
        ("File in full quality", "document"),
        ("Before and after", "photo"),
        ("Timelapse", "animation"),
    ):
        await person.press(result.id, button, within=PATIENCE)
        await scene.see(several(1, _after(result, kind)))


async def group(scene: Scene) -> None:
    """A photo, /style in reply to it, and the style in reply to the question."""
    await scene.until(lambda ledger: ledger.styles > 0)
    friends = await Group.of(scene.person)
    photo = await friends.photo(1)
    command = await friends.text("/style", reply_to=photo.id)
    question = await scene.see(said(group_chats.ASKS_STYLE), friends.id)
    # Who answers before they come is offered none any more.
    await scene.see(said("A style of my gallery"), friends.id)
    await friends.photo(2, reply_to=question.id)
    await scene.see(said(group_chats.RESULT), friends.id)
    # A reaction is a courtesy: after a kill nobody makes up for it.
    await scene.unless_disturbed(friends.reacted(command.id, "👍"))


async def album(scene: Scene) -> None:
    """Both photos at once: the bot has to wait whether there are more."""
    await scene.person.send_album([jpeg(seed=1), jpeg(seed=2)])
    await scene.see(said(RESULT))


async def apology(scene: Scene) -> None:
    """Pictures that the engine refuses."""
    scene.refuses = True
    await scene.person.send_album([jpeg(seed=1), jpeg(seed=2)])
    await scene.see(said("could not read"))


async def cancelled(scene: Scene) -> None:
    """A painting that is stopped halfway."""
    scene.stops_at = 3
    person = scene.person
    await person.send_album([jpeg(seed=1), jpeg(seed=2)])
    # After a kill it may be there already, and then nothing more is shown of it.
    halfway = scene.until(lambda _: any(one.after == 2 for one in scene.studio.paintings))
    await scene.first(scene.see(said("2 seconds left")), halfway)
    status = await scene.see(_status)
    await person.press(status.id, "Cancel", within=PATIENCE)
    await scene.see(said("Cancelled"))


async def settings(scene: Scene) -> None:
    """A panel that changes in place."""
    person = scene.person
    await person.send_text("/settings")
    panel = await scene.see(said("How I paint for you"))
    await person.press(panel.id, "Progress", within=PATIENCE)
    await scene.see(lambda chat: [b for m in chat for b in m.buttons if b.text == "Words only"])
    await person.press(panel.id, "Words only", within=PATIENCE)


async def forgotten(scene: Scene) -> None:
    """A painting, and then everything of it is to be deleted."""
    person = scene.person
    await album(scene)
    await person.send_text("/forget")
    question = await scene.see(said("Shall I delete"))
    await person.press(question.id, "Delete everything", within=PATIENCE)
    await scene.see(said("This is deleted"))


STORIES: dict[str, Deed] = {
    one.__name__: one for one in (private, group, album, apology, cancelled, settings, forgotten)
}


async def play(
    nursery: Nursery,
    story: str,
    folder: Path,
    deed: Deed | None = None,
    *,
    hurries: bool = False,
    stage: Stage = opened,
) -> Record:
    """A story to its end, and what was seen of it. `deed`: what is done to the bot meanwhile."""
    async with stage(nursery, folder) as scene:
        scene.hurries = hurries
        telling = asyncio.create_task(_told(story, scene))
        doing = asyncio.create_task(deed(scene) if deed else scene.start())
        try:
            done, _ = await asyncio.wait({doing, telling}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            telling.cancel()
            doing.cancel()
            await asyncio.gather(telling, doing, return_exceptions=True)
        await scene.until(lambda ledger: ledger.at_rest)
        await scene.stop()
        return await scene.record()


async def _told(story: str, scene: Scene) -> None:
    await STORIES[story](scene)
    await scene.until(lambda ledger: ledger.at_rest and ledger.styles > 0)


def _after(message: Message, kind: str) -> Callable[[Message], bool]:
    return lambda one: one.id > message.id and kind in one.raw


def _status(chat: list[Message]) -> Message | None:
    """The last one that can be cancelled."""
    found = [one for one in chat if any(button.text == "Cancel" for button in one.buttons)]
    return found[-1] if found else None
