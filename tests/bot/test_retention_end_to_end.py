"""What a person meets when the house is full, and when what they press is too old."""

import asyncio
import time
from hashlib import sha256

import pytest
from sqlalchemy import update

from bot import sweeping
from bot.app import running
from bot.files import Files
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from bot.tables import jobs
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.disks import files_below
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

FULL = "I have no room for more pictures just now"


async def test_a_full_house_says_so_in_a_sentence_and_paints_what_it_has_accepted(
    settings: Settings, person: SandboxClient
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        await order_painting(person, executor)
    full = settings.model_copy(update={"max_disk_gb": 1e-6})
    executor = FakeExecutor()
    async with running(full, executor):
        run = await executor.next_run()
        first = await person.send_photo(jpeg(seed=3))  # perhaps before all there is was counted
        await see(person, lambda chat: [one for one in chat if one.from_bot and one.id > first.id])
        await person.send_photo(jpeg(seed=4))
        answer = await see(person, said(FULL))
        run.finish()
        await see(person, said(RESULT, after=answer.id))
        assert len(executor.runs) == 1


async def test_the_buttons_of_a_painting_that_is_too_old_say_so(
    settings: Settings, person: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "PAUSE", 0)
    executor = FakeExecutor()
    async with running(settings, executor) as app:
        run = await order_painting(person, executor)
        run.finish()
        result = await see(person, said(RESULT))
        week_ago = update(jobs).values(finished_at=time.time() - 170 * sweeping.HOUR)
        await app.database.run(lambda connection: connection.execute(week_ago))
    async with running(settings, executor) as app:
        files = Files(settings.data_dir / "files")
        await sweeping.sweep(app.database, files, 168 * sweeping.HOUR, time.time())
        answer = await person.press(result.id, "Stronger")
        assert "too old" in answer.text
        # For an hour the session remembers the request: another style may be chosen for the photo.
        sent = {sha256(one).hexdigest() for one in (run.request.content, *run.request.styles)}
        assert await asyncio.to_thread(files_below, settings.data_dir / "files") == sent
