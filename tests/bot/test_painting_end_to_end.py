"""From two photos to a painting, over HTTP, with an executor in the test's hands."""

import pytest

from bot.app import App
from bot.sandbox.client import SandboxClient
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.usefixtures("app")


async def test_two_photos_become_a_painting_that_can_be_watched(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_photo(jpeg(seed=1))
    await person.wait_for(lambda chat: "style" in chat[-1].text and chat[-1].from_bot)
    await person.send_photo(jpeg(seed=2))

    run = await executor.next_run()
    status = await person.wait_for(
        lambda chat: next((m for m in chat if "Mixing" in m.text and m.buttons), None)
    )
    run.sketch()
    await person.wait_for(lambda chat: [m for m in chat if m.id == status.id and m.photo])
    run.snapshot(4)
    await person.wait_for(lambda chat: [m for m in chat if m.id == status.id and "40 %" in m.text])
    run.finish()
    result = await person.wait_for(lambda chat: [m for m in chat if "Here is" in m.text])
    assert result[0].photo
    await person.wait_for(lambda chat: status.id not in [m.id for m in chat])

    await person.press(result[0].id, "File")
    files = await person.wait_for(lambda chat: [m for m in chat if m.document])
    assert await person.file(files[0].document or "") == FILE
