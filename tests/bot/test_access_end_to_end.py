"""Who is served, over HTTP: administrators block and let in again; others are invited, or not."""

import asyncio

from bot.app import running
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import STATUS, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import Group
from tests.bot.test_queue_end_to_end import edited, pictures, send_pair


async def test_block_stops_a_person_and_only_administrators_can(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    admin = await person.new_user("Root")
    async with running(settings.model_copy(update={"admins": (admin,)}), executor):
        run = await order_painting(person, executor, pictures(1))
        await send_pair(person, 2)
        waiting = await see(person, said("place 1"))
        await person.send_text("/queue")
        listed = await see(person, said("Your paintings:"))
        for name in ("/stats", f"/block {admin}"):
            sent = await person.send_text(name)
            await see(person, said("do not know this command", after=sent.id))
        await person.send_text("/stats", chat=admin, user=admin)
        told = await person.wait_for(said("In the queue: 1"), chat=admin)
        assert told is not None
        assert "In work: 1" in told.text
        await person.send_text(f"/block {person.user}", chat=admin, user=admin)
        await person.wait_for(said("Cancelled paintings: 2"), chat=admin)
        async with asyncio.timeout(5):
            await run.cancelled.wait()
        await see(person, edited(waiting.id, "Cancelled"))
        silent = await person.send_text("/help")
        fetched = len(await person.calls("getFile"))
        await send_pair(person, 3)
        answer = await person.press(listed.id, "Cancel 1")
        assert answer.text == ""
        await person.send_text(f"/unblock {person.user}", chat=admin, user=admin)
        await person.wait_for(said("No longer blocked"), chat=admin)
        await person.send_text("/help")
        await see(person, said("Send two photos", after=silent.id))
        assert len(await person.calls("getFile")) == fetched
        assert len([m for m in await person.messages() if m.from_bot and m.id > silent.id]) == 1


async def test_block_in_reply_to_a_painting_is_about_whoever_asked_for_it(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    async with running(settings.model_copy(update={"admins": (person.user,)}), executor):
        group = await Group.of(person)
        _, result = await group.painting(executor, user=group.bob)
        await group.text("/block", reply_to=result.id)
        await group.see(said(f"Blocked: {group.bob}."))
        before = len(executor.runs)
        await group.order(user=group.bob)
        await group.text("/unblock", reply_to=result.id)
        await group.see(said(f"No longer blocked: {group.bob}."))
        assert len(executor.runs) == before
        request = await group.photo(7, user=group.bob)
        await group.photo(8, "/style", reply_to=request.id, user=group.bob)
        await executor.next_run()
        status = await group.see(said(STATUS))
        await group.text("/block", reply_to=status.id)
        await group.see(said("Cancelled paintings: 1."))


async def test_only_invited_chats_are_served(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    bob = await person.new_user("Bob")
    async with running(settings.model_copy(update={"allowed_chats": (bob,)}), executor):
        await person.send_album(list(pictures(1)))
        await person.send_text("/start")
        told = await see(person, said("invited chats only"))
        assert str(person.user) in told.text
        assert len([m for m in await person.messages() if m.from_bot]) == 1
        await send_pair(person, 2, user=bob)
        await executor.next_run()
    assert await person.calls("getFile")
    assert len(executor.runs) == 1
