"""Groups, over HTTP: what is meant for the bot is painted, and all else is left alone."""

import pytest

from bot.sandbox.client import SandboxClient
from tests.bot.chats import said, several
from tests.bot.fakes import FakeExecutor
from tests.bot.group_chats import ASKS_CONTENT, ASKS_STYLE, RESULT, Group

pytestmark = pytest.mark.usefixtures("app")


async def test_style_as_a_reply_to_a_photo_and_then_the_style_as_a_reply_to_the_question(
    group: Group, executor: FakeExecutor
) -> None:
    photo = await group.photo(1, user=group.bob)
    command = await group.text("/style", reply_to=photo.id)
    question = await group.see(said(ASKS_STYLE))
    assert question.reply_to == command.id
    assert question.keyboard
    assert question.keyboard["force_reply"]
    assert question.keyboard["selective"]
    assert question.keyboard["input_field_placeholder"]
    await group.photo(2, reply_to=question.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    status = await group.see(said("Mixing the paint"))
    assert status.reply_to == command.id
    run.finish()
    result = await group.see(said(RESULT))
    assert result.reply_to == command.id, "the result replies to the request"


async def test_style_in_the_caption_of_a_photo(group: Group, executor: FakeExecutor) -> None:
    photo = await group.photo(1, f"/style@{group.bot}")
    question = await group.see(said(ASKS_STYLE))
    assert question.reply_to == photo.id
    style = await group.photo(2, reply_to=question.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    assert run.request.styles == (await group.bytes_of(style),)


async def test_style_alone_is_asked_for_both(group: Group, executor: FakeExecutor) -> None:
    await group.text("/style")
    first = await group.see(said(ASKS_CONTENT))
    photo = await group.photo(1, reply_to=first.id)
    second = await group.see(said(ASKS_STYLE))
    assert second.reply_to == photo.id
    style = await group.photo(2, reply_to=second.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    assert run.request.styles == (await group.bytes_of(style),)


async def test_a_question_that_the_bot_does_not_know_to_be_there_can_be_answered_all_the_same(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("sendMessage", "drop_after")
    await group.text("/style")
    first, second = await group.see(several(2, lambda one: ASKS_CONTENT in one.text))
    photo = await group.photo(1, reply_to=first.id)
    question = await group.see(said(ASKS_STYLE))
    assert question.reply_to == photo.id
    await group.photo(2, reply_to=question.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(photo)
    asked = [one.id for one in await group.own() if ASKS_CONTENT in one.text]
    assert asked == [first.id, second.id]


async def test_one_photo_with_style_in_reply_to_another_is_a_whole_request(
    group: Group, executor: FakeExecutor
) -> None:
    theirs = await group.photo(1, user=group.bob)
    mine = await group.photo(2, "/style", reply_to=theirs.id)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(theirs)
    assert run.request.styles == (await group.bytes_of(mine),)


async def test_an_album_in_reply_to_the_question_is_several_styles_to_blend(
    group: Group, executor: FakeExecutor
) -> None:
    await group.photo(1, "/style")
    question = await group.see(said(ASKS_STYLE))
    await group.album([2, 3], reply_to=question.id)
    run = await executor.next_run()
    assert len(run.request.styles) == 2


async def test_a_picture_in_reply_to_a_result_repaints_the_results_content(
    group: Group, executor: FakeExecutor
) -> None:
    content, result = await group.painting(executor)
    style = await group.photo(7, reply_to=result.id, user=group.bob)
    run = await executor.next_run()
    assert run.request.content == content, "the photo, not the painting"
    assert run.request.styles == (await group.bytes_of(style),)
    run.finish()
    again = await group.see(said(RESULT, after=result.id))
    assert again.reply_to == style.id
    # and in turn
    await group.photo(8, reply_to=again.id)
    assert (await executor.next_run()).request.content == content


async def test_two_people_at_once_do_not_mix(group: Group, executor: FakeExecutor) -> None:
    ann = await group.photo(1, "/style")
    for_ann = await group.see(said(ASKS_STYLE))
    bob = await group.photo(2, "/style", user=group.bob)
    for_bob = await group.see(said(ASKS_STYLE, after=for_ann.id))
    assert (for_ann.reply_to, for_bob.reply_to) == (ann.id, bob.id)

    await group.photo(9, reply_to=for_ann.id, user=group.bob)  # not Bob's to answer: nothing
    await group.photo(4, reply_to=for_bob.id, user=group.bob)
    run = await executor.next_run()
    assert run.request.content == await group.bytes_of(bob)
    await group.photo(3, reply_to=for_ann.id)
    run.finish()
    other = await executor.next_run()
    assert other.request.content == await group.bytes_of(ann)
    other.finish()
    results = await group.see(several(2, lambda one: RESULT in one.text))
    assert {one.reply_to for one in results} == {ann.id, bob.id}
    assert len(executor.runs) == 2


@pytest.mark.parametrize("sees_all", [False, True], ids=["privacy mode", "administrator"])
async def test_never_a_word_that_was_not_asked_for(
    person: SandboxClient, executor: FakeExecutor, sees_all: bool
) -> None:
    group = await Group.of(person, bot_is_admin=sees_all)
    _, result = await group.painting(executor)
    question = await group.asked()
    before = len(await group.own())
    await group.text("hello")
    await group.text("about /style")
    await group.text("/roll")
    await group.text("/style@another_bot")
    await group.text("/cancel@another_bot")
    await group.text("/cancel", user=group.bob)  # he has nothing here: another bot's, perhaps
    await group.text("nice!", reply_to=result.id)
    await group.text("which one?", reply_to=question.id)
    await group.photo(5)
    await group.photo(5, "look at my style")
    await group.photo(6, user=group.bob, reply_to=question.id)
    await group.album([1, 2])
    await person.send_document(b"%PDF", "a.pdf", chat=group.id)
    await person.send_document(b"%PDF", "a.pdf", chat=group.id, reply_to=result.id)
    # The lane of a chat is in order: what comes after all that has been seen by now.
    await group.text(f"/help@{group.bot}")
    await group.see(said("only when spoken to"))
    own = await group.own()
    assert len(own) == before + 1, own
    assert len(executor.runs) == 1
    reacted = [one for one in await group.messages() if one.reactions and not one.from_bot]
    assert len(reacted) == 1, "only the request of the painting"


async def test_what_is_no_picture_is_told_to_whoever_was_asked(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    question = await group.asked()
    sent = await person.send_document(b"%PDF", "a.pdf", chat=group.id, reply_to=question.id)
    answer = await group.see(said("not a picture"))
    assert answer.reply_to == sent.id
    await group.photo(2, reply_to=question.id)
    await executor.next_run()  # nothing was lost


async def test_help_and_start_tell_how_it_is_in_groups(group: Group) -> None:
    for text in ("/help", "/start", f"/start@{group.bot} group"):
        sent = await group.text(text)
        answer = await group.see(said("Send /style as a reply", after=sent.id))
        assert answer.reply_to == sent.id


async def test_to_be_added_is_no_reason_to_speak(person: SandboxClient) -> None:
    group = await Group.of(person)
    await person.promote(group.id)
    await group.text("/help")
    await group.see(said("Send /style"))
    assert len(await group.own()) == 1


async def test_cancel_stops_what_a_person_has_here_and_nobody_elses(
    group: Group, executor: FakeExecutor
) -> None:
    await group.order()
    mine = await executor.next_run()
    await group.order(user=group.bob)
    command = await group.text("/cancel")
    answer = await group.see(said("1 painting is cancelled"))
    assert answer.reply_to == command.id
    await mine.cancelled.wait()
    (await executor.next_run()).finish()  # Bob's
    await group.see(said(RESULT))


async def test_in_a_topic_all_stays_in_the_topic(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    group = await Group.of(person, is_forum=True)
    art, music = await person.new_topic(group.id, "Art"), await person.new_topic(group.id, "Music")
    await group.text("/style", thread=art)
    question = await group.see(said(ASKS_CONTENT))
    await group.photo(1, reply_to=question.id, thread=art)
    question = await group.see(said(ASKS_STYLE))
    await group.photo(2, reply_to=question.id, thread=art)
    run = await executor.next_run()
    run.finish()
    await group.see(said(RESULT))
    assert {one.thread for one in await group.own()} == {art}
    await group.text("/help", thread=music)
    await group.see(lambda chat: chat[-1].from_bot and chat[-1].thread == music)
