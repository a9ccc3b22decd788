"""Updates that no honest client sends: forged, malformed, tampered with. Nothing is lost by them.

FUZZ=5000 makes more of those at random; each is another change of something that people do send.
"""

import asyncio
import copy
import json
import os
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs, tables
from bot.app import App, running
from bot.buttons import Action, Button, encode
from bot.settings import Settings
from tests.benchmarks import lean_server
from tests.benchmarks.lean_bot import Unpaced
from tests.benchmarks.lean_server import Call, Json, LeanServer
from tests.bot.disks import files_below
from tests.bot.fakes import FakeExecutor, FakeRun
from tests.bot.waiting import Waiting

ANN, EVE, GROUP = 1001, 6666, -1_001_234_567_890
FUZZ = int(os.environ.get("FUZZ", "150"))


class Chats(Waiting):
    """What the bot has said and done, by what it has called."""

    def __init__(self, lean: LeanServer) -> None:
        super().__init__()
        self.lean = lean
        self.calls: list[Call] = []
        lean.on_call = self._note

    def _note(self, call: Call) -> None:
        self.calls.append(call)
        self.changed()

    def to(self, chat: int) -> list[str]:
        """The texts of what was sent to a chat."""
        sent = [one for one in self.calls if one.chat == chat and one.method.startswith("send")]
        return [one.parameters.get("text") or one.method for one in sent]

    def answers(self) -> list[str]:
        """To presses."""
        pressed = [one for one in self.calls if one.method == "answerCallbackQuery"]
        return [one.parameters.get("text", "") for one in pressed]

    async def still_answers(self) -> int:
        """A newcomer is greeted. Returns the id of that update."""
        newcomer = 9_000_000 + len(self.calls)
        number = self.lean.push(message=self.lean.message(newcomer, text="/start"))
        await self.until(lambda: any("Hello" in text for text in self.to(newcomer)))
        return number


@pytest.fixture
async def chats() -> AsyncIterator[Chats]:
    async with lean_server.running() as lean:
        yield Chats(lean)


@pytest.fixture
def settings(chats: Chats, tmp_path: Path) -> Settings:
    lean = chats.lean
    return Settings(token=SecretStr(lean.token), api_url=lean.url, data_dir=tmp_path / "data")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.Pacing", Unpaced)
    logs.configure("json")  # the other form takes a second for a traceback


@pytest.fixture
async def app(settings: Settings, executor: FakeExecutor) -> AsyncIterator[App]:
    async with running(settings, executor) as started:
        yield started


def press(lean: LeanServer, person: int, data: object, chat: int = 0, **more: Any) -> None:
    message = lean.message(chat or person, ANN, text="Here is your painting")
    sender = {"id": person, "is_bot": False, "first_name": "Eve", "language_code": "en"}
    query = {"id": str(message["message_id"]), "from": sender, "chat_instance": "1"}
    lean.push(callback_query={**query, "message": message, "data": data, **more})


async def everything(connection: AsyncConnection) -> dict[str, list[Row[Any]]]:
    """All that is kept but the updates themselves."""
    return {
        table.name: list((await connection.execute(select(table))).all())
        for table in tables.metadata.sorted_tables
        if table is not tables.updates
    }


async def all_handled(app: App, chats: Chats) -> None:
    """All that has come so far, and the bot still answers."""
    last = await chats.still_answers()

    async def left(connection: AsyncConnection) -> list[str]:
        query = select(tables.updates.c.data).where(
            tables.updates.c.handled_at.is_(None), tables.updates.c.update_id <= last
        )
        return [str(data)[:300] for data in (await connection.scalars(query)).all()]

    for _ in range(max(1000, 2 * FUZZ)):
        waiting = await app.database.run(left)
        if not waiting:
            return
        await chats.still_answers()
    raise AssertionError(waiting)


async def order(chats: Chats, executor: FakeExecutor, person: int = ANN) -> FakeRun:
    for _ in range(2):
        chats.lean.push(message=chats.lean.photo(person))
    return await executor.next_run()


def buttons(job: int, owner: int) -> list[str]:
    """One for every action."""
    found = []
    for action in Action:
        shape = action.value
        words = ("content", "yes")[: shape.words] if shape.words else ()
        found.append(
            encode(
                Button(action, job if shape.job else None, owner if shape.owner else None, words)
            )
        )
    return found


async def test_another_persons_buttons_change_nothing_of_hers(
    app: App, chats: Chats, executor: FakeExecutor
) -> None:
    finished = await order(chats, executor)
    finished.finish()
    await chats.until(lambda: "sendPhoto" in chats.to(ANN))
    running_ = await order(chats, executor)
    jobs = finished.request.job_id, running_.request.job_id
    before = await app.database.run(everything)
    count = len(chats.to(ANN))
    for job in jobs:
        for data in buttons(job, ANN):
            press(chats.lean, EVE, data)  # as if she had got the message
            press(chats.lean, EVE, data, chat=ANN)  # as if she were in the other's chat
    await all_handled(app, chats)
    after = await app.database.run(everything)
    for table in ("jobs", "deliveries", "gallery", "blocked"):
        assert after[table] == before[table], table
    hers = [row for row in after["sessions"] if row.user_id == ANN]
    assert hers == [row for row in before["sessions"] if row.user_id == ANN]
    assert not running_.cancelled.is_set()
    assert not running_.finishing.is_set()
    assert "sendPhoto" not in chats.to(EVE)
    assert len([text for text in chats.to(ANN) if text.startswith("send")]) <= count
    assert len(chats.answers()) == 2 * len(jobs) * len(Action)
    running_.finish()
    await chats.until(lambda: chats.to(ANN).count("sendPhoto") == 2)


TAMPERED = [
    *(
        "",
        ":",
        "::::",
        "1",
        "1:",
        "1:c",
        "1:c:",
        "1:c:0",
        "1:c:-1",
        "1:c:01",
        "1:c:1:1",
        "1:c:\u0661",
    ),
    *("2:c:1", "1:C:1", "1:c:99999999999999999999", "1:c:1e9", "1:c: 1", "1:c:1\n", "1:c:1\x00"),
    *("1:zz:1", "1:f:2147483647", "1:g:../../x:y", "1:s:" + "x" * 10_000, "1:p:size:99999"),
    *("1:x:1001:yes:no", "1:x:6666:maybe", "drop table jobs", '{"a":[' * 10, "\ud800", "🎨" * 16),
]


async def test_callback_data_that_was_tampered_with_is_answered_and_does_nothing(
    app: App, chats: Chats, executor: FakeExecutor
) -> None:
    await order(chats, executor)
    before = await app.database.run(everything)
    odd: list[object] = [None, 7, ["1:c:1"], {"1": "c"}, True]
    for data in (*TAMPERED, *odd):
        press(chats.lean, EVE, data)
    press(chats.lean, EVE, "1:c:1", message=None)
    press(chats.lean, EVE, "1:c:1", inline_message_id="x", game_short_name="y")
    await all_handled(app, chats)
    after = await app.database.run(everything)
    assert after["jobs"] == before["jobs"]
    assert after["deliveries"] == before["deliveries"]
    assert len(chats.answers()) >= len(TAMPERED)


NAMES = [
    *("../../../../etc/cron.d/evil", "..\\..\\windows\\evil.exe", "/etc/passwd", "~/.ssh/id_rsa"),
    *(
        "con",
        "a\x00.jpg",
        "photo\u202egpj.exe",
        "a" * 5000,
        "",
        ".",
        "..",
        "<script>.png",
        "\ud800",
    ),
]


async def test_names_with_tricks_name_no_file(
    app: App, chats: Chats, executor: FakeExecutor, settings: Settings, tmp_path: Path
) -> None:
    lean = chats.lean
    for name in NAMES:
        document = {"file_id": name or "x", "file_unique_id": "u", "file_size": 100}
        about = {"file_name": name, "mime_type": "image/jpeg"}
        lean.push(message=lean.message(ANN, document={**document, **about}, caption=name))
    await all_handled(app, chats)
    found = files_below(tmp_path)
    known = {"atelier.db", "atelier.db-wal", "atelier.db-shm", "lock"}
    assert {name for name in found - known if not (len(name) == 64 and name.isalnum())} == set()
    assert found - known


def deep(levels: int) -> Json:
    found: Json = {"text": "at the bottom"}
    for _ in range(levels):
        found = {"reply_to_message": found, "text": "x"}
    return found


def malformed(lean: LeanServer) -> list[Json]:
    """By hand: what a client library may stumble over."""
    good = lean.message(ANN, text="hello")
    photo = lean.photo(ANN)
    return [
        {},
        {"message": None},
        {"message": []},
        {"message": "text"},
        {"message": {}},
        {"message": {**good, "chat": None}},
        {"message": {**good, "chat": {"id": "1001", "type": "private"}}},
        {"message": {**good, "chat": {"id": 2**70, "type": "private"}}},
        {"message": {**good, "chat": {"id": ANN, "type": "no such type"}}},
        {"message": {**good, "from": None}},
        {"message": {**good, "from": {"id": -1, "is_bot": False, "first_name": ""}}},
        {"message": {**good, "from": {**good["from"], "language_code": "../../../de"}}},
        {"message": {**good, "from": {**good["from"], "language_code": "\ud800"}}},
        {"message": {**good, "from": {**good["from"], "id": 2**64}}},
        {"message": {**good, "date": -1}},
        {"message": {**good, "date": 10**18}},
        {"message": {**good, "message_id": 2**80}},
        {"message": {**good, "text": "/style@" + "x" * 100_000}},
        {"message": {**good, "text": "/block " + "9" * 5000}},
        {"message": {**good, "text": "\x00\ud800\uffff"}},
        {"message": {**good, "text": '{"a":[' * 1_700_000}},
        {"message": {**photo, "caption": '{"a":[' * 1_700_000}},
        {"message": {**photo, "caption": "style " * 100_000}},
        {"message": {**photo, "photo": []}},
        {"message": {**photo, "photo": [{}]}},
        {"message": {**photo, "photo": [{**photo["photo"][0], "file_id": "../../x?y#z"}]}},
        {"message": {**photo, "photo": [{**photo["photo"][0], "file_size": -5}]}},
        {"message": {**photo, "photo": photo["photo"] * 10_000}},
        {"message": {**photo, "media_group_id": "x" * 100_000}},
        {"message": {**good, "entities": [{"type": "bot_command", "offset": -5, "length": 2**40}]}},
        {"message": {**good, **deep(400)}},
        {"callback_query": {}},
        {"callback_query": {"id": "1", "from": good["from"], "chat_instance": "1"}},
        {"my_chat_member": {}},
        {"my_chat_member": {"chat": good["chat"], "from": good["from"], "date": 1}},
        {"channel_post": good},
        {"no_such_update": good},
        {"update_id": 3, "message": good},  # an id that was there already
    ]


async def test_malformed_updates_are_got_over_and_hold_up_nobody(
    app: App, chats: Chats, executor: FakeExecutor
) -> None:
    run = await order(chats, executor)
    for content in malformed(chats.lean):
        chats.lean.push(**content)
    await all_handled(app, chats)
    run.finish()
    await chats.until(lambda: "sendPhoto" in chats.to(ANN))


SPOILERS: list[Callable[[random.Random, Any], Any]] = [
    lambda chance, value: None,
    lambda chance, value: [value],
    lambda chance, value: {"id": value},
    lambda chance, value: str(value),
    lambda chance, value: chance.choice([0, -1, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**30]),
    lambda chance, value: chance.choice([True, 0.5, "", "x" * 1000, "\x00", "\ud800", [], {}]),
    lambda chance, value: chance.choice(["private", "supergroup", "channel", "/style", "/forget"]),
]


def spoilt(chance: random.Random, update: Json) -> Json:
    """A copy with one to three changes anywhere."""
    update = copy.deepcopy(update)
    for _ in range(chance.randint(1, 3)):
        here: Any = update
        while True:
            if not here:
                break
            key = chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
            inner = here[key]
            if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
                here = inner
                continue
            if chance.random() < 0.2:
                del here[key]
            else:
                here[key] = chance.choice(SPOILERS)(chance, inner)
            break
    return update


def honest(lean: LeanServer, chance: random.Random) -> Json:
    """Something that people do send."""
    person = chance.randint(2000, 2020)
    text = chance.choice(["/start", "/settings", "/style", "/again", "/queue", "/cancel", "hello"])
    reply = {"reply_to_message": lean.photo(person)}
    here = lean.message(person, text="x")
    data = chance.choice(buttons(chance.randint(1, 3), person))
    query = {"id": "5", "from": here["from"], "chat_instance": "1", "message": here, "data": data}
    return chance.choice(
        [
            {"message": lean.message(person, text=text)},
            {"message": lean.message(GROUP, person, text=text, **reply)},
            {"message": {**lean.photo(person), "caption": "style", "media_group_id": "7"}},
            {"message": lean.photo(person)},
            {"callback_query": query},
            {"channel_post": lean.message(GROUP, person, text=text, sender_chat={"id": GROUP})},
        ]
    )


async def test_updates_that_are_spoilt_at_random_are_got_over_too(
    app: App, chats: Chats, executor: FakeExecutor
) -> None:
    seed = int(os.environ.get("SEED", "1"))
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    count = 0
    while count < FUZZ:
        update = spoilt(chance, honest(chats.lean, chance))
        if json.dumps(update):
            chats.lean.push(**update)
            count += 1
    run = await order(chats, executor)
    await all_handled(app, chats)

    async def paint() -> None:
        run.finish()
        while True:  # hers may be behind those of others
            (await executor.next_run()).finish()

    painting = asyncio.create_task(paint())
    await chats.until(lambda: "sendPhoto" in chats.to(ANN), 30 + FUZZ / 50)
    painting.cancel()
    await asyncio.gather(painting, return_exceptions=True)
