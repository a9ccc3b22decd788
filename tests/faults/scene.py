"""A stage for one story: a sandbox and a studio that outlive the bot, and the bot's lives."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from bot.buttons import Action, Button, encode
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import KINDS, Change, Message
from tests.faults import ledger, lives, processes
from tests.faults.judge import Kill, Record, Said, described
from tests.faults.ledger import Ledger
from tests.faults.lives import Life, Nursery
from tests.faults.matrix import Victim, When
from tests.faults.studio import Painting, Studio

ORPHAN_SECONDS = 5.0
STOP_SECONDS = 10.0
PATIENCE = 180.0  # for anything: a failure, never a pause
POLL = 0.05  # between two looks at what tells nobody that it has changed
STEP_SECONDS = 0.05  # of a painting that waits for nobody

CANCEL = encode(Button(Action.CANCEL, 0)).removesuffix("0")

Json = dict[str, Any]
T = TypeVar("T")
S = TypeVar("S", bound="Scene")


class Scene:
    """`folder` is the bot's data folder. The bot is not started yet."""

    def __init__(
        self, nursery: Nursery, sandbox: server.Sandbox, person: SandboxClient, folder: Path
    ) -> None:
        self._nursery = nursery
        self.person = person
        self.data = folder / "data"
        self.studio = Studio(self._permit)
        self.kills: list[Kill] = []
        self.disturbed = asyncio.Event()  # something was killed
        self.stops_at: int | None = None  # the step that the studio does not permit
        self.refuses = False  # the pictures
        self.hurries = False  # the studio waits for nobody
        self._log = folder / "bot.log"
        self._seen: dict[int, int] = {}  # the last call that a painting has waited for, by process
        self._life: Life | None = None
        self._born = 0  # the last call before its latest life
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(lives.ROOT),
            "ATELIER_TOKEN": sandbox.token,
            "ATELIER_API_URL": sandbox.url,
            "ATELIER_DATA_DIR": str(self.data),
            "ATELIER_LOG_FORMAT": "json",
        }

    @property
    def log(self) -> str:
        """What the bot has logged in all its lives."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def life(self) -> Life:
        """The bot's latest."""
        assert self._life is not None, "the bot was never started"
        return self._life

    async def start(self, *command: str, **environment: str) -> None:
        """A life of the bot begins: out of the nursery, or as `python` with this command line."""
        calls = await self.person.calls()
        self._born = calls[-1]["number"] if calls else 0
        environment = {**self._environment, "STUDIO_PORT": str(self.studio.port), **environment}
        if command:
            self._life = await lives.run(command, self._log, environment)
        else:
            self._life = await self._nursery.bear(self._log, environment)

    async def kill(self, victim: Victim) -> None:
        """End processes of the bot's, and note what is left."""
        if victim is not Victim.BOT and victim is not Victim.STOPPED:
            for worker in await self._workers():
                processes.kill(worker)
                assert await processes.ended(worker, ORPHAN_SECONDS)
        others = self.family()
        if victim is Victim.STOPPED:
            await self.stop()
        elif victim is not Victim.WORKER:
            processes.kill(self.life.pid)
            await self.life.end
            others |= self.family()  # one may have been born meanwhile
        died = time.time()
        orphans: list[str] = []
        if victim is not Victim.WORKER:
            waits = [processes.ended(pid, ORPHAN_SECONDS) for pid in others]
            ends = await asyncio.gather(*waits)
            orphans = [name for name, end in zip(others.values(), ends, strict=True) if not end]
        self.kills.append(Kill(died, victim, ledger.read(self.data), tuple(orphans)))
        self.disturbed.set()

    async def stop(self) -> None:
        """SIGTERM, once it listens to signals; a clean end in time is asserted."""
        await self.person.wait_for_calls(
            "getMe", lambda calls: calls and calls[-1]["number"] > self._born, within=PATIENCE
        )
        began = time.monotonic()
        os.kill(self.life.pid, signal.SIGTERM)
        try:
            code = await asyncio.wait_for(self.life.end, 3 * STOP_SECONDS)
        finally:
            seconds = time.monotonic() - began
            assert seconds < STOP_SECONDS, f"stopped after {seconds:.1f} s\n{self.log}"
        assert code == 0, f"exit code {code}\n{self.log}"

    async def hold(self, method: str, when: When, number: int = 1) -> None:
        """Have the n-th call of a method held, from now on."""
        await self.person.fault(method, f"hold_{when}", skip=number - 1)

    async def held(self, method: str, when: When) -> None:
        """Wait until a call is held."""

        def is_held(calls: list[Json]) -> bool:
            return any(
                one["fault"] == f"hold_{when}"
                and (one["answer"] is not None) == (when is When.AFTER)
                for one in calls
            )

        await self.person.wait_for_calls(method, is_held, within=PATIENCE)

    async def see(self, find: Callable[[list[Message]], T | None], chat: int | None = None) -> T:
        """Wait until something is in a chat."""
        found = cast(Callable[[list[Message]], T], find)
        return await self.person.wait_for(found, chat=chat, within=PATIENCE)

    async def first(self, *waits: Awaitable[object]) -> None:
        """Wait until one of these has come."""
        tasks = [asyncio.ensure_future(one) for one in waits]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    async def unless_disturbed(self, wait: Awaitable[object]) -> None:
        """Wait for something that may never come once something was killed."""
        await self.first(wait, self.disturbed.wait())

    async def until(self, found: Callable[[Ledger], bool]) -> None:
        """Wait until the database says so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    if found(ledger.read(self.data)):
                        return
                    await asyncio.sleep(POLL)
        except TimeoutError:
            last = ledger.read(self.data)
            raise TimeoutError(f"The database never came to it: {last}\n{self.log}") from None

    async def record(self) -> Record:
        """All that was seen so far."""
        chats: Counter[tuple[int, str]] = Counter()
        said = []
        async for change in _changes(self.person):
            message = change.message
            if change.type == "message" and message and change.chat_id and _counts(message):
                said.append(Said(change.time, change.chat_id, _what(message)))
        for chat in {one.chat for one in said}:
            for message in await self.person.messages(chat):
                chats[chat, _what(message)] += _counts(message)
        polls = await self.person.calls("getUpdates")
        offsets = [int(one["parameters"].get("offset", 0)) for one in polls if one["answer"]]
        return Record(
            said=said,
            stands=+chats,
            confirmed=max(offsets, default=0),
            ledger=ledger.read(self.data),
            paintings=self.studio.paintings,
            files=sum(path.is_file() for path in (self.data / "files").rglob("*")),
            kills=self.kills,
            calls=await self.person.calls(),
        )

    async def close(self) -> None:
        """Leave nothing behind."""
        if self._life and not self._life.end.done():
            processes.kill(self._life.pid)
            await self._life.end
        for pid in self.family():
            processes.kill(pid)

    def family(self) -> dict[int, str]:
        """The bot's processes but itself."""
        found = processes.marked(f"STUDIO_PORT={self.studio.port}")
        return {pid: name for pid, name in found.items() if pid != self.life.pid}

    async def _workers(self) -> list[int]:
        """Those that there are; at the very beginning the first is waited for."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = [pid for pid, name in self.family().items() if ".executors." in name]
                if found:
                    return found
                await asyncio.sleep(POLL)

    async def _permit(self, painting: Painting, step: int) -> str:
        if self.refuses:
            return "refuse"
        if step == self.stops_at:
            await asyncio.get_running_loop().create_future()
        if step == painting.after:
            self._seen[painting.pid] = (await self.person.calls())[-1]["number"]
        elif self.hurries:
            await asyncio.sleep(STEP_SECONDS)
        else:
            await self._shown(painting, step)
        return "go"

    async def _shown(self, painting: Painting, step: int) -> None:
        """Until the chat shows the step before, so that every run makes the same calls."""
        if painting.after and step == painting.after + 1:
            return  # a run that goes on begins with no sketch

        def answered(calls: list[Json]) -> int:
            numbers = [one["number"] for one in calls if one["answer"] is not None]
            return max((n for n in numbers if n > self._seen[painting.pid]), default=0)

        self._seen[painting.pid] = await self.person.wait_for_calls(
            "editMessageMedia", answered, within=PATIENCE
        )


async def _changes(person: SandboxClient) -> AsyncIterator[Change]:
    """All until now."""
    last = await person.revision()
    async for change in person.changes():
        yield change
        if change.revision >= last:
            return


def _counts(message: Message) -> bool:
    """Whether it is a message of the bot's; an album, which is sent at once, is one."""
    is_first = message.text.startswith("1. ") or "media_group_id" not in message.raw
    return message.from_bot and is_first


def _what(message: Message) -> str:
    kind = next((kind for kind in KINDS if kind in message.raw), "text")
    is_status = any((button.data or "").startswith(CANCEL) for button in message.buttons)
    return described(kind, message.text, is_status=is_status)


@asynccontextmanager
async def opened_as(kind: type[S], nursery: Nursery, folder: Path) -> AsyncIterator[S]:
    """A stage, with nobody on it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with server.running() as sandbox, SandboxClient(sandbox.url) as person:
        scene = kind(nursery, sandbox, person, folder)
        async with scene.studio:
            try:
                yield scene
            finally:
                await scene.close()


opened = partial(opened_as, Scene)
