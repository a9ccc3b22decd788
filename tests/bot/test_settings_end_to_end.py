"""/settings and /language, over HTTP: what is chosen is what is painted, shown and sent."""

import pytest

from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from tests.bot.chats import RESULT, STATUS, order_painting, said, see
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.usefixtures("app")

PANEL = "How I paint for you"


async def choose(person: SandboxClient, message: Message, *labels: str) -> None:
    """Press one button after the other, each as soon as it is shown."""
    for label in labels:

        def shows(chat: list[Message], label: str = label) -> bool:
            now = next(one for one in chat if one.id == message.id)
            return any(label in button.text for button in now.buttons)

        await see(person, shows)
        assert (await person.press(message.id, label)).text == ""


async def settings(person: SandboxClient) -> Message:
    sent = await person.send_text("/settings")
    return await see(person, said(PANEL, after=sent.id))


async def test_what_is_chosen_by_buttons_is_how_the_next_painting_is_painted(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    panel = await settings(person)
    await choose(person, panel, "Quality", "Fine", "Colours", "My photo's own", "Size", "768 px")
    await choose(person, panel, "Style", "Strong", "Done")
    closed = await see(person, said("settings are saved"))
    assert (closed.id, closed.buttons) == (panel.id, ())

    run = await order_painting(person, executor)
    assert run.request.options == {
        "size": 768,
        "quality": "fine",
        "strength": 2.0,
        "colours": "content",
    }
    again = await settings(person)
    assert "Quality · Fine" in [button.text for button in again.buttons]


async def test_without_pictures_the_progress_is_told_in_words(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await choose(person, await settings(person), "Progress", "Words only")
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    run.sketch()
    run.snapshot(4)
    shown = await see(person, said("6 seconds left"))
    assert shown.id == status.id
    assert shown.photo is None
    assert await person.calls("editMessageMedia") == []
    run.finish()
    assert (await see(person, said(RESULT))).photo


async def test_a_result_may_arrive_as_a_file_at_once(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await choose(person, await settings(person), "Result", "File")
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    assert await person.file(result.document or "") == FILE
    assert await person.calls("sendPhoto") == []


async def test_a_language_is_spoken_from_the_press_on_by_queued_jobs_too(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_text("/language")
    panel = await see(person, said("The language that I speak here"))
    await choose(person, panel, "Русский")
    await see(person, said("Как я рисую для вас"))
    await person.send_photo(jpeg(seed=1))
    await see(person, said("Теперь пришлите стиль"))
    await person.send_photo(jpeg(seed=2))
    run = await executor.next_run()
    await see(person, said("Смешиваю краски"))
    run.finish()
    await see(person, said("Ваша картина готова"))


async def test_a_persons_telegram_speaks_for_them_until_they_choose(person: SandboxClient) -> None:
    ivan = await person.new_user("Иван", language_code="ru")
    await person.send_text("/start", chat=ivan, user=ivan)
    await person.wait_for(said("Здравствуйте"), chat=ivan)
    await person.send_text("/language", chat=ivan, user=ivan)
    panel = await person.wait_for(said("Язык, на котором"), chat=ivan)
    assert panel
    await person.press(panel.id, "English", chat=ivan, user=ivan)
    await person.wait_for(said(PANEL), chat=ivan)
    await person.send_text("/help", chat=ivan, user=ivan)
    await person.wait_for(said("Send two photos"), chat=ivan)


async def test_a_groups_settings_are_its_admins_and_nobody_elses(person: SandboxClient) -> None:
    bob = await person.new_user("Bob")
    group = await person.new_group("Friends", [person.user, bob])
    sent = await person.send_text("/settings", chat=group, user=bob)
    refusal = await person.wait_for(said("Only this group's admins"), chat=group)
    assert refusal
    assert refusal.reply_to == sent.id
    sent = await person.send_text("/settings", chat=group)
    panel = await person.wait_for(said("How I paint in this group"), chat=group)
    assert panel
    assert panel.reply_to == sent.id
    answer = await person.press(panel.id, "Quality", chat=group, user=bob)
    assert "Only this group's admins" in answer.text
    assert (await person.press(panel.id, "Quality", chat=group)).text == ""
    await person.wait_for(
        lambda chat: any("Draft" in b.text for one in chat for b in one.buttons), chat=group
    )
    await person.press(panel.id, "Draft", chat=group)
    await person.wait_for(
        lambda chat: any(b.text == "Quality · Draft" for one in chat for b in one.buttons),
        chat=group,
    )
    mine = await settings(person)
    assert mine.button("Quality · Standard"), "a group's settings are not its members'"


async def test_where_telegram_does_not_say_who_is_admin_nobody_is(person: SandboxClient) -> None:
    group = await person.new_group("Friends", [person.user])
    await person.fault("getChatMember", "error", error_code=400, description="Bad Request: no")
    await person.send_text("/settings", chat=group)
    await person.wait_for(said("Only this group's admins"), chat=group)


async def test_a_group_hears_nothing_that_it_has_not_asked_for(person: SandboxClient) -> None:
    group = await person.new_group("Friends", [person.user], bot_is_admin=True)
    await person.send_text("hello", chat=group)
    await person.send_text("/roll", chat=group)
    await person.send_photo(jpeg(), chat=group)
    await person.send_text("/settings@another_bot", chat=group)
    await person.send_text("/settings", chat=group)
    await person.wait_for(said("How I paint in this group"), chat=group)
    own = [one for one in await person.messages(group) if one.from_bot]
    assert len(own) == 1, own
