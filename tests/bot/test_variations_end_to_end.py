"""The buttons under a result, over HTTP: each goes on from what is there, restarts or not."""

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from bot.app import running
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from bot.settings import Settings
from tests.bot.chats import RESULT, Find, order_painting, said, see
from tests.bot.fakes import FILE, FILM, PAIR, FakeExecutor, FakeRun
from tests.bot.group_chats import RESULT as GROUP_RESULT
from tests.bot.group_chats import Group
from tests.bot.sandbox.pictures import decoded, jpeg

CONTENT, STYLE = jpeg(320, 240, seed=1), jpeg(240, 320, seed=2)


async def painting(person: SandboxClient, executor: FakeExecutor) -> tuple[FakeRun, Message]:
    """From two photos to the result."""
    run = await order_painting(person, executor, [CONTENT, STYLE])
    run.finish()
    return run, await see(person, said(RESULT))


def with_file(field: str, *, after: int) -> Find:
    """The bot's first message with such a file, sent after another one."""

    def find(chat: list[Message]) -> Message | None:
        found = [one for one in chat if one.from_bot and one.id > after and one.raw.get(field)]
        return found[0] if found else None

    return find


def more_than(count: int) -> Callable[[list[Any]], bool]:
    return lambda calls: len(calls) > count


async def no_new_run(executor: FakeExecutor, count: int) -> None:
    """Nothing was started that a person has not asked for."""
    await asyncio.sleep(0)
    assert len(executor.runs) == count


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("label", "option", "value"),
    [
        ("Stronger", "strength", 2.0),
        ("Softer", "strength", 0.5),
        ("Keep my colours", "colours", "content"),
        ("Bigger", "size", 768),
    ],
)
async def test_a_change_begins_with_the_result(
    person: SandboxClient, executor: FakeExecutor, label: str, option: str, value: object
) -> None:
    first, result = await painting(person, executor)
    answer = await person.press(result.id, label)
    assert answer.text == "I go on from this painting."
    run = await executor.next_run()
    assert run.request.start == FILE
    assert run.request.content == first.request.content
    assert run.request.styles == first.request.styles
    assert run.request.options == {**first.request.options, option: value}
    run.finish()
    changed = await see(person, said(RESULT, after=result.id))
    assert changed.reply_to == result.id
    assert changed.button("Another style")


@pytest.mark.usefixtures("app")
async def test_swap_paints_the_style_in_the_style_of_the_photo(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    first, result = await painting(person, executor)
    await person.press(result.id, "Swap")
    run = await executor.next_run()
    assert run.request.start is None
    assert (run.request.content,) == first.request.styles
    assert run.request.styles == (first.request.content,)


@pytest.mark.usefixtures("app")
async def test_another_style_asks_for_it_and_paints_the_same_photo(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    first, result = await painting(person, executor)
    await person.press(result.id, "Another style")
    await see(person, said("send the style", after=result.id))
    await person.send_photo(jpeg(300, 300, seed=3))
    run = await executor.next_run()
    assert run.request.content == first.request.content
    assert decoded(run.request.styles[0]).size == (300, 300)


@pytest.mark.usefixtures("app")
async def test_a_double_press_starts_one_job_and_a_later_one_is_answered_at_once(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    _, result = await painting(person, executor)
    await person.press(result.id, "Stronger")
    again = await person.press(result.id, "Stronger")
    assert again.text == "I am at it already."
    run = await executor.next_run()
    run.finish()
    changed = await see(person, said(RESULT, after=result.id))
    await person.press(result.id, "Stronger")
    await see(person, said("painted exactly this before", after=changed.id))
    await no_new_run(executor, 2)


@pytest.mark.usefixtures("app")
async def test_limits_hold_and_then_the_answer_promises_nothing(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    _, result = await painting(person, executor)
    for label in ("Stronger", "Softer", "Bigger"):
        assert (await person.press(result.id, label)).text
    refused = await person.press(result.id, "Swap")
    assert not refused.text
    await see(person, said("the most I can take"))


@pytest.mark.usefixtures("app")
async def test_before_and_after_and_the_film_come_when_asked_for_and_are_uploaded_once(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    _, result = await painting(person, executor)
    for label, method, field, data in (
        ("Before and after", "sendPhoto", "photo", PAIR),
        ("Timelapse", "sendAnimation", "animation", FILM),
    ):
        before = len(await person.calls(method))
        assert "on its way" in (await person.press(result.id, label)).text
        await person.wait_for_calls(method, more_than(before))
        sent = await see(person, with_file(field, after=result.id))
        if field == "animation":
            assert await person.file(sent.raw[field]["file_id"]) == data
        else:
            assert decoded(await person.file(sent.photo or "")).size == decoded(data).size
        assert sent.reply_to == result.reply_to
        await person.press(result.id, label)
        await person.wait_for_calls(method, more_than(before + 1))
        again = (await person.calls(method))[-1]["parameters"][field]
        assert isinstance(again, str), again


@pytest.mark.usefixtures("app")
async def test_what_is_painted_again_at_once_has_the_same_extras(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await painting(person, executor)
    for picture in (CONTENT, STYLE):
        await person.send_photo(picture)
    again = await see(person, said("painted exactly this before"))
    await person.press(again.id, "Timelapse")
    await see(person, with_file("animation", after=again.id))


async def test_an_operator_may_do_without_films(
    person: SandboxClient, executor: FakeExecutor, settings: Settings
) -> None:
    async with running(settings.model_copy(update={"timelapse": False}), executor):
        run, result = await painting(person, executor)
    assert not run.request.film
    labels = [button.text for button in result.buttons]
    assert "Timelapse" not in labels
    assert "Before and after" in labels


async def test_after_a_restart_every_button_still_works(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        _, result = await painting(person, executor)
    executor = FakeExecutor()
    async with running(settings, executor):
        last = result
        for label in ("Stronger", "Softer", "Keep my colours", "Bigger", "Swap"):
            await person.press(result.id, label)
            run = await executor.next_run()
            assert run.request.start == (None if label == "Swap" else FILE)
            run.finish()
            last = await see(person, said(RESULT, after=last.id))
        await person.press(result.id, "Another style")
        await see(person, said("send the style", after=last.id))
        for label, field in (("File", "document"), ("Timelapse", "animation")):
            await person.press(result.id, label)
            await see(person, with_file(field, after=result.id))


async def test_what_is_asked_for_survives_a_restart_with_its_beginning(
    person: SandboxClient, settings: Settings
) -> None:
    executor = FakeExecutor()
    async with running(settings, executor):
        _, result = await painting(person, executor)
        await person.press(result.id, "Stronger")
        await executor.next_run()
    executor = FakeExecutor()
    async with running(settings, executor):
        assert (await executor.next_run()).request.start == FILE


@pytest.mark.usefixtures("app")
async def test_a_result_whose_pictures_are_gone_is_said_kindly(
    person: SandboxClient, executor: FakeExecutor, settings: Settings
) -> None:
    _, result = await painting(person, executor)
    shutil.rmtree(settings.data_dir / "files")
    of_style = ("Stronger", "Softer", "Keep my colours", "Bigger", "Swap", "Another style")
    for label in (*of_style, "Before and after", "Timelapse", "File in full quality"):
        answer = await person.press(result.id, label)
        assert "do not keep the pictures" in answer.text
    await no_new_run(executor, 1)


@pytest.mark.usefixtures("app")
async def test_what_was_forgotten_is_not_painted(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    _, result = await painting(person, executor)
    await person.send_text("/forget")
    question = await see(person, said("Shall I delete"))
    await person.press(question.id, question.buttons[0].text)
    await see(person, said("deleted"))
    answer = await person.press(result.id, "Stronger")
    assert "too old" in answer.text
    await no_new_run(executor, 1)


@pytest.mark.usefixtures("app")
async def test_in_a_group_strangers_are_told_in_private_and_the_owner_goes_on(
    group: Group, executor: FakeExecutor
) -> None:
    _, result = await group.painting(executor, user=group.bob)
    carol = await group.person.new_user("Carol")
    await group.person.new_group("Elsewhere", [carol])
    for label in ("Stronger", "Another style"):
        answer = await group.person.press(result.id, label, chat=group.id, user=carol)
        assert "Only" in answer.text
    await no_new_run(executor, 1)
    await group.person.press(result.id, "Stronger", chat=group.id, user=group.bob)
    run = await executor.next_run()
    assert run.request.start == FILE
    run.finish()
    changed = await group.see(said(GROUP_RESULT, after=result.id))
    assert changed.reply_to == result.id


@pytest.mark.usefixtures("app")
async def test_in_a_group_another_style_is_asked_of_whoever_pressed(
    group: Group, executor: FakeExecutor
) -> None:
    content, result = await group.painting(executor)
    await group.person.press(result.id, "Another style", chat=group.id)
    question = await group.see(said("Now the style", after=result.id))
    await group.photo(7, reply_to=question.id)
    run = await executor.next_run()
    assert run.request.content == content


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("label", "method", "words"),
    [
        ("Before and after", "sendPhoto", "does not take the picture of before and after"),
        ("Timelapse", "sendAnimation", "does not take the film"),
        ("File", "sendDocument", "does not take the file"),
    ],
)
async def test_what_telegram_refuses_beside_a_painting_is_told_in_its_own_words(
    person: SandboxClient, executor: FakeExecutor, label: str, method: str, words: str
) -> None:
    _, result = await painting(person, executor)
    await person.fault(method, "error", error_code=400, description="Bad Request: no", times=None)
    await person.press(result.id, label)
    told = await see(person, said(words))
    assert "The painting itself is not touched" in told.text
    assert "went wrong" not in told.text
    await person.clear_faults()
    await person.press(result.id, label)  # as the sentence says
    assert await see(
        person,
        lambda chat: [
            m
            for m in chat
            if m.id > told.id and (m.photo or m.raw.keys() & {"animation", "document"})
        ],
    )


@pytest.mark.usefixtures("app")
async def test_a_film_that_is_refused_in_a_group_leaves_the_thumb(
    group: Group, person: SandboxClient, executor: FakeExecutor
) -> None:
    _, result = await group.painting(executor)
    assert result.reply_to is not None
    await group.reacted(result.reply_to, "👍")
    await person.fault("sendAnimation", "error", error_code=400, description="Bad Request: no")
    await person.press(result.id, "Timelapse", chat=group.id)
    await group.see(said("does not take the film"))
    before = len(await person.calls("setMessageReaction"))
    await person.press(result.id, "Timelapse", chat=group.id)
    await group.see(lambda chat: [m for m in chat if m.raw.get("animation")])
    assert len(await person.calls("setMessageReaction")) == before
    await group.reacted(result.reply_to, "👍")
