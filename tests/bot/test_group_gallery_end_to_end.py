"""The gallery in groups, over HTTP: one message of buttons for whoever asked, and names."""

from typing import Any

import pytest

from bot.gallery_renderer import Picture
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.chats import said
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import ASKS_CONTENT, ASKS_STYLE, RESULT, Group
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.usefixtures("app")

NAMES = ("mosaic", "neon", *(f"own-{number}" for number in range(1, 7)))
PICTURES = {name: jpeg(64, 48, seed=500 + number) for number, name in enumerate(NAMES)}
CHOICE, FIRST, TAKEN = "A style of my gallery", "Choose a style", "The style: Mosaic."


@pytest.fixture
def styles() -> list[Picture]:
    return [Picture(name, name.capitalize(), data) for name, data in PICTURES.items()]


async def choice(group: Group, **where: Any) -> Message:
    """After the first photo: the buttons."""
    photo = await group.photo(1, "/style", **where)
    shown = await group.see(said(CHOICE, after=photo.id))
    assert shown.reply_to == photo.id
    return shown


async def test_after_the_first_photo_there_is_a_choice_and_no_album(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    shown = await choice(group)
    own = await group.own()
    assert [bool(ASKS_STYLE in one.text) for one in own] == [True, False]
    assert not [one for one in own if one.photo]
    assert [button.text for button in shown.buttons] == [
        *("Mosaic", "Neon in the rain", "Own-1", "Own-2", "More styles"),
    ]
    answer = await person.press(shown.id, "Mosaic", chat=group.id)
    assert answer.text == TAKEN
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["mosaic"],)
    chosen = await group.see(said(TAKEN))
    assert (chosen.id, chosen.buttons) == (shown.id, ())
    run.finish()
    await group.see(said(RESULT))


async def test_more_styles_turn_the_page_in_place(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    shown = await choice(group)
    before = len(await group.messages())
    await person.press(shown.id, "More styles", chat=group.id)
    await group.see(lambda chat: [m for m in chat for b in m.buttons if b.text == "Own-6"])
    assert len(await group.messages()) == before
    await person.press(shown.id, "Own-6", chat=group.id)
    assert (await executor.next_run()).request.styles == (PICTURES["own-6"],)


async def test_others_are_told_in_private_and_nothing_is_chosen(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    shown = await choice(group)
    before = len(await group.messages())
    for label in ("Mosaic", "More styles"):
        answer = await person.press(shown.id, label, chat=group.id, user=group.bob)
        assert answer.text == "This button is for somebody else."
    assert len(await group.messages()) == before
    await person.press(shown.id, "Neon", chat=group.id)
    assert (await executor.next_run()).request.styles == (PICTURES["neon"],)
    assert len(executor.runs) == 1


async def test_an_admin_may_choose_for_somebody(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    shown = await choice(group, user=group.bob)
    await person.press(shown.id, "Mosaic", chat=group.id)  # Ann, who owns the group
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["mosaic"],)
    status = await group.see(said("Mixing the paint"))
    assert status.reply_to == shown.reply_to
    answer = await person.press(status.id, "Cancel", chat=group.id, user=group.bob)
    assert answer.text == "Cancelled.", "the painting is Bob's"


async def test_an_anonymous_admins_buttons_are_for_the_groups_admins(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    shown = await choice(group, sender_chat=group.id)
    answer = await person.press(shown.id, "Mosaic", chat=group.id, user=group.bob)
    assert answer.text == "This button is for somebody else."
    await person.press(shown.id, "Mosaic", chat=group.id)  # presses are never anonymous
    assert (await executor.next_run()).request.styles == (PICTURES["mosaic"],)


async def test_styles_first_and_then_the_photo(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    command = await group.text("/styles", user=group.bob)
    shown = await group.see(said(FIRST))
    assert shown.reply_to == command.id
    assert not [one for one in await group.own() if one.photo]
    await person.press(shown.id, "Mosaic", chat=group.id, user=group.bob)
    question = await group.see(said(ASKS_CONTENT))
    assert question.reply_to == command.id
    assert question.keyboard
    assert question.keyboard["selective"]
    await group.photo(5, reply_to=question.id)  # Ann was not asked
    photo = await group.photo(6, reply_to=question.id, user=group.bob)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    assert run.request.styles == (PICTURES["mosaic"],)
    assert len(executor.runs) == 1


async def test_in_a_topic_the_choice_stays_in_the_topic(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, is_forum=True)
    art = await person.new_topic(group.id, "Art")
    shown = await choice(group, thread=art)
    await person.press(shown.id, "More styles", chat=group.id)
    await group.see(lambda chat: [m for m in chat for b in m.buttons if b.text == "Own-6"])
    await person.press(shown.id, "Own-6", chat=group.id)
    (await executor.next_run()).finish()
    await group.see(said(RESULT))
    await group.text("/styles", thread=art)
    shown = await group.see(said(FIRST))
    await person.press(shown.id, "Mosaic", chat=group.id)
    await group.see(said(ASKS_CONTENT))
    assert {one.thread for one in await group.own()} == {art}


async def test_a_styles_name_in_reply_to_the_question(group: Group, executor: FakeExecutor) -> None:
    question = await group.asked()
    before = len(await group.own())
    await group.text("mosaic", user=group.bob, reply_to=question.id)  # he was not asked
    await group.text("which one?", reply_to=question.id)
    await group.text("mosaic")  # said to friends
    await group.text("Neon", reply_to=question.id)
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["neon"],)
    said_since = (await group.own())[before:]
    assert len(executor.runs) == 1
    assert not [one for one in said_since if "Neon" in one.text]


async def test_a_styles_name_with_the_command(group: Group, executor: FakeExecutor) -> None:
    photo = await group.photo(3, f"/style@{group.bot} Mosaic")
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    assert run.request.styles == (PICTURES["mosaic"],)
    run.finish()
    result = await group.see(said(RESULT))
    theirs = await group.photo(4, user=group.bob)
    await group.text("/style neon", reply_to=theirs.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(theirs)
    assert run.request.styles == (PICTURES["neon"],)
    run.finish()
    await group.see(said(RESULT, after=result.id))
    await group.text("own-3", reply_to=result.id, user=group.bob)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    assert run.request.styles == (PICTURES["own-3"],)


async def test_another_style_offers_them_as_well(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    content, result = await group.painting(executor)
    await person.press(result.id, "Another style", chat=group.id)
    shown = await group.see(said(CHOICE, after=result.id))
    assert [one.text for one in shown.buttons][-2:] == ["My last style", "More styles"]
    await person.press(shown.id, "Mosaic", chat=group.id)
    run = await executor.next_run()
    assert (run.request.content, run.request.styles) == (content, (PICTURES["mosaic"],))
