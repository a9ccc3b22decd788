"""What is not a photo gets a sentence, and the chat goes on."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxClient
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"text": "hello"}, "photos only"),
        ({"text": "/nonsense"}, "do not know this command"),
        ({"document": ("notes.pdf", b"%PDF-1.7")}, "not a picture"),
    ],
)
async def test_what_is_not_a_photo_is_answered_and_the_first_photo_is_kept(
    person: SandboxClient, executor: FakeExecutor, message: dict[str, Any], words: str
) -> None:
    await person.send_photo(jpeg(seed=1))
    if "text" in message:
        await person.send_text(message["text"])
    else:
        name, data = message["document"]
        await person.send_document(data, name)
    await see(person, said(words))
    await person.send_photo(jpeg(seed=2))
    run = await executor.next_run()
    run.finish()
    await see(person, said(RESULT))


async def test_a_file_above_telegrams_limit_is_refused_before_it_is_fetched(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.send_document(b"\xff\xd8\xff" + bytes(20_000_001), "huge.jpg")
    await see(person, said("20 MB"))
    assert await person.calls("getFile") == []
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))


@pytest.mark.parametrize(
    "description", ["Bad Request: wrong file_id", "Bad Request: file is temporarily unavailable"]
)
async def test_a_photo_that_is_gone_before_it_is_fetched_is_asked_for_again(
    person: SandboxClient, executor: FakeExecutor, description: str
) -> None:
    await person.fault("getFile", "error", error_code=400, description=description)
    await person.send_photo(jpeg(seed=1))
    await see(person, said("could not fetch"))
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))


async def test_a_network_that_fails_for_a_while_delays_the_fetching_only(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("getFile", "error", error_code=502, description="Bad Gateway")
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))


async def test_the_order_of_a_chat_is_kept_while_one_update_is_tried_again(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    await person.fault("sendMessage", "error")
    await person.send_text("/start")
    await person.send_text("/help")
    texts = await see(
        person, lambda chat: [m.text for m in chat if m.from_bot][:2] if len(chat) >= 4 else None
    )
    assert texts[0].startswith("Hello")
    assert texts[1].startswith("Send two photos")


async def test_a_button_that_was_tampered_with_or_is_too_old_is_answered(
    person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    run.finish()
    result = await see(person, said(RESULT))
    # The database has moved on without this painting: as a button of a deleted job.
    bob = await person.new_user("Bob")
    answer = await person.press(result.id, "File", user=bob)
    assert "Only the person" in answer.text
    assert await person.calls("sendDocument") == []


async def test_what_breaks_in_the_bot_is_apologised_for_with_a_number_that_is_in_the_log(
    person: SandboxClient,
    executor: FakeExecutor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("bot.handlers.conversation.decide", None)
        await person.send_photo(jpeg(seed=1))
        apology = await see(person, said("Something went wrong"))
    error_id = apology.text.split()[-1]
    assert error_id in capsys.readouterr().out
    run = await order_painting(person, executor)
    run.finish()
    await see(person, said(RESULT))


async def test_a_file_that_is_larger_than_it_says_is_not_fetched_to_its_end(
    person: SandboxClient, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bot.gateway_files.MAX_DOWNLOAD", 1000)  # what the answer itself must obey
    await person.send_document(b"\xff\xd8\xff" + bytes(5000), "picture.jpg")
    await see(person, said("20 MB"))
    assert not [path for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()]
