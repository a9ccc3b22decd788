"""Private chats: styles of the gallery that are called by their names. Over HTTP."""

import pytest

from bot.gallery_renderer import Picture
from bot.sandbox.client import SandboxClient
from tests.bot.chats import RESULT, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import decoded, jpeg
from tests.bot.test_gallery_end_to_end import first_photo

pytestmark = pytest.mark.usefixtures("app")

PICTURES = {name: jpeg(64, 48, seed=600 + number) for number, name in enumerate(("mosaic", "neon"))}


@pytest.fixture
def styles() -> list[Picture]:
    return [Picture(name, name.capitalize(), data) for name, data in PICTURES.items()]


@pytest.mark.parametrize("text", ["style: NEON", "rain"])
async def test_after_the_first_photo_a_style_may_be_called_by_its_name(
    person: SandboxClient, executor: FakeExecutor, text: str
) -> None:
    question = await first_photo(person)
    await person.send_text(text)
    assert (await executor.next_run()).request.styles == (PICTURES["neon"],)
    await see(person, said("The style: Neon in the rain.", after=question.id))


async def test_a_name_in_the_persons_own_language(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    ivan = await person.new_user("Ivan", language_code="ru")
    await person.send_photo(jpeg(320, 240, seed=1), "Мозаика", chat=ivan, user=ivan)
    run = await executor.next_run()
    assert run.request.styles == (PICTURES["mosaic"],)
    assert decoded(run.request.content).size == (320, 240)


async def test_a_caption_with_a_styles_name_needs_no_second_photo(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    waiting = await first_photo(person)
    sent = await person.send_photo(jpeg(240, 320, seed=2), "mosaic")
    run = await executor.next_run()
    assert decoded(run.request.content).size == (240, 320)
    assert run.request.styles == (PICTURES["mosaic"],)
    told = await see(person, said("The style: Mosaic.", after=sent.id))
    assert told.reply_to == sent.id
    await person.press(waiting.id, "Neon")  # the first photo has not been forgotten
    run.finish()
    assert decoded((await executor.next_run()).request.content).size == (320, 240)


async def test_a_name_before_the_photo_and_one_that_nobody_knows(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_text("mosaic")
    await see(person, said("The style: Mosaic. Now send the photo"))
    await person.send_photo(jpeg(seed=1))
    (await executor.next_run()).finish()
    await see(person, said(RESULT))
    question = await first_photo(person, seed=3)
    await person.send_text("as my grandmother did")
    await see(person, said("I know no style of this name", after=question.id))
    await person.press(question.id, "Mosaic")
    await executor.next_run()


async def test_a_link_to_the_bot_may_bring_a_style(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_text("/start mosaic")
    await see(person, said("The style: Mosaic. Now send the photo"))
    await person.send_photo(jpeg(seed=1))
    assert (await executor.next_run()).request.styles == (PICTURES["mosaic"],)
    sent = await person.send_text("/start of_the_channel")
    await see(person, said("Hello!", after=sent.id))
