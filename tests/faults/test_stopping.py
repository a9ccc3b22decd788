"""SIGTERM: a clean end within ten seconds, whatever is running, and the job goes on afterwards."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.client import SandboxClient
from tests.bot.chats import said
from tests.bot.sandbox.pictures import jpeg
from tests.faults import judge
from tests.faults.lives import Nursery
from tests.faults.matrix import Victim, When
from tests.faults.scene import PATIENCE, Scene
from tests.faults.stories import play

SENT = ["sendPhoto", "sendDocument", "sendAnimation"]


@pytest.mark.faults
@pytest.mark.parametrize(
    ("method", "when"),
    [("download", When.AFTER), ("sendPhoto", When.BEFORE)],
    ids=["downloading", "uploading"],
)
async def test_the_bot_stops_while_a_call_hangs(
    method: str, when: When, nursery: Nursery, tmp_path: Path
) -> None:
    async def deed(scene: Scene) -> None:
        await scene.hold(method, when)
        await scene.start()
        await scene.held(method, when)
        await scene.kill(Victim.STOPPED)
        await scene.person.clear_faults()
        await scene.start()

    calm = await play(nursery, "album", tmp_path / "calm")
    record = await play(nursery, "album", tmp_path / "stopped", deed)
    assert judge.broken(record, calm) == []


async def test_the_bot_stops_while_a_worker_paints_and_goes_on_from_the_checkpoint(
    nursery: Nursery, tmp_path: Path
) -> None:
    async def deed(scene: Scene) -> None:
        scene.stops_at = 3
        await scene.start()
        await scene.see(said("2 seconds left"))
        await scene.until(lambda ledger: [job.step for job in ledger.jobs] == [2])
        await scene.kill(Victim.STOPPED)
        scene.stops_at = None
        await scene.start()

    calm = await play(nursery, "album", tmp_path / "calm")
    record = await play(nursery, "album", tmp_path / "stopped", deed)
    assert judge.broken(record, calm) == []
    assert [(one.after, one.steps) for one in record.paintings] == [(0, [1, 2]), (2, [3, 4])]


@pytest.mark.faults
async def test_the_bot_stops_while_telegram_answers_nothing_at_all(
    nursery: Nursery, tmp_path: Path
) -> None:
    """A download, a reply, an upload, an edit and a deletion hang, each in a chat of its own."""

    async def deed(scene: Scene) -> None:
        person = scene.person
        await scene.start()
        await person.wait_for_calls("editMessageMedia", within=PATIENCE)
        await _hang(person)
        others = [await person.new_user(name) for name in ("Ann", "Bob")]
        for other in others:
            await person.send_text("/help", chat=other, user=other)
            await person.send_photo(jpeg(seed=other), chat=other, user=other)
        await person.wait_for_calls("sendMessage", lambda calls: calls[-1]["fault"])
        await scene.kill(Victim.STOPPED)
        await person.clear_faults()
        await scene.start()
        for other in others:
            await scene.see(said("Now send the style"), other)

    async def _hang(person: SandboxClient) -> None:
        for method in ("sendMessage", "editMessageMedia", "getFile", "deleteMessage", *SENT):
            await person.fault(method, "hold_before", times=None)

    record = await play(nursery, "album", tmp_path, deed)
    assert record.ledger.at_rest


@pytest.mark.faults
async def test_the_bot_stops_while_the_gallery_is_rendered_and_its_helper_with_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    async def deed(scene: Scene) -> None:
        for victim in (Victim.STOPPED, Victim.BOT):
            await scene.start(SUBJECT_RENDERS="1")
            await asyncio.wait_for(_rendering(scene), PATIENCE)
            await scene.kill(victim)
        await scene.start()

    record = await play(nursery, "album", tmp_path, deed)
    assert [kill.orphans for kill in record.kills] == [(), ()]
    assert record.ledger.at_rest


async def _rendering(scene: Scene) -> None:
    while not any("gallery_renderer" in name for name in scene.family().values()):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
