"""Telegram at its worse: results arrive, and progress is no more than progress."""

import pytest

from bot.sandbox.client import SandboxClient
from tests.bot.chats import RESULT, STATUS, gone, order_painting, said, see, several
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import decoded, jpeg

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "error_code": 500},
        {"kind": "error", "error_code": 429, "retry_after": 1},
        {"kind": "drop_before"},
    ],
)
async def test_a_result_is_sent_until_telegram_has_it(
    person: SandboxClient, executor: FakeExecutor, fault: dict[str, object]
) -> None:
    run = await order_painting(person, executor)
    await person.fault("sendPhoto", times=2, **fault)  # type: ignore[arg-type]
    run.finish()
    await see(person, said(RESULT))
    results = [m for m in await person.messages() if RESULT in m.text]
    assert len(results) == 1


async def test_a_confirmation_that_is_lost_costs_a_duplicate_not_the_result(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    await person.fault("sendPhoto", "drop_after")
    run.finish()
    results = await see(person, several(2, lambda message: RESULT in message.text))
    assert all(result.photo for result in results)


async def test_a_result_that_is_no_photo_for_telegram_comes_as_a_file(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    await person.fault(
        "sendPhoto", "error", error_code=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
    )
    run.finish()
    result = await see(person, said(RESULT))
    assert result.document
    assert result.button("File")


async def test_a_refused_file_id_is_made_good_by_the_bytes(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    await person.press(result.id, "File")
    await see(person, lambda chat: [m for m in chat if m.document])
    await person.fault(
        "sendDocument", "error", error_code=400, description="Bad Request: wrong file identifier"
    )
    await person.press(result.id, "File")
    files = await see(person, several(2, lambda message: message.document is not None))
    assert await person.file(files[1].document or "") == FILE


async def test_a_server_that_refuses_pictures_in_edits_shows_words_instead(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("editMessageMedia", "unknown_method", times=None)
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    run.sketch()
    await see(person, lambda chat: [m for m in chat if m.id == status.id and "sketch" in m.text])
    run.snapshot(4)
    await see(person, lambda chat: [m for m in chat if m.id == status.id and "left" in m.text])
    assert len(await person.calls("editMessageMedia")) == 1
    run.finish()
    await see(person, said(RESULT))
    await see(person, gone(status.id))


async def test_a_server_that_refuses_every_edit_costs_nothing_but_the_progress(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    for method in ("editMessageMedia", "editMessageText", "editMessageCaption"):
        await person.fault(
            method, "error", error_code=400, description="Bad Request: no", times=None
        )
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    for step in range(1, 8):
        run.snapshot(step)
    await person.wait_for_calls("editMessageMedia", lambda calls: len(calls) >= 1)
    run.finish()
    await see(person, said(RESULT))
    await see(person, gone(status.id))


async def test_a_status_message_that_the_user_deletes_does_not_come_back(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    status = await see(person, said(STATUS))
    await person.delete(status.id)
    run.sketch()
    await person.wait_for_calls("editMessageMedia", lambda calls: len(calls) >= 1)
    run.finish()
    result = await see(person, said(RESULT))
    bots = [m for m in await person.messages() if m.from_bot and m.id > status.id]
    assert [m.id for m in bots] == [result.id]


async def test_late_snapshots_are_dropped_and_the_newest_is_shown(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.status_message.PRIVATE_SECONDS", 1.0)
    run = await order_painting(person, executor)
    run.sketch()
    await see(person, said("sketch"))
    for step in range(1, 10):
        run.snapshot(step)
    last = await see(person, said("left"))
    assert "1 second left" in last.text
    assert len(await person.calls("editMessageMedia")) == 2


async def test_a_429_for_progress_does_not_hold_up_the_result(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    await see(person, said(STATUS))
    await person.fault("editMessageMedia", "error", error_code=429, retry_after=1)
    run.sketch()
    await person.wait_for_calls("editMessageMedia", lambda calls: len(calls) >= 1)
    run.finish()
    result = await see(person, said(RESULT))
    assert decoded(await person.file(result.photo or "")).size == (512, 384)


async def test_a_blocked_bot_gives_up_the_painting_and_serves_the_others(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    await see(person, said(STATUS))
    await person.allow_bot(False)
    await run.cancelled.wait()
    bob = await person.new_user("Bob")
    for seed in (3, 4):
        await person.send_photo(jpeg(seed=seed), chat=bob, user=bob)
    run = await executor.next_run()
    run.finish()
    await person.wait_for(said(RESULT), chat=bob, within=15)
    assert len(await person.calls("sendPhoto")) == 1
