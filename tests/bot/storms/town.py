"""Many chats that want paintings, a bot, and what came out of it."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from bot.app import running
from bot.database import opened
from bot.executors.base import Request
from bot.sandbox.client import SandboxClient
from bot.sandbox.flood import FloodLimits, impatience, violations, weight
from bot.sandbox.line import Line
from bot.sandbox.view import Message
from bot.settings import Settings
from bot.tables import deliveries, jobs, updates
from tests.bot import chats, group_chats
from tests.bot.fakes import FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import jpeg
from tests.bot.storms.weather import Storm

Json = dict[str, Any]
Made = tuple[int, int]  # a chat, and the message that was asked to be painted

RESULTS = chats.RESULT, group_chats.RESULT
FALTERS = 1.0  # seconds: the bot and the server share a busy machine
LOST = "could not fetch this photo"


class Studio(FakeExecutor):
    """Paints by itself: a sketch, snapshots, and a result, at a steady beat."""

    def __init__(self, snapshots: int, beat: float) -> None:
        super().__init__()
        self._snapshots = snapshots
        self._beat = beat
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, request: Request) -> Any:
        events = super().run(request)
        task = asyncio.create_task(self._paint(self.runs[-1]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return events

    async def _paint(self, run: FakeRun) -> None:
        run.sketch()
        for step in range(1, self._snapshots + 1):
            await asyncio.sleep(self._beat)
            run.snapshot(step)
        await asyncio.sleep(self._beat)
        run.finish()


@dataclass(frozen=True)
class Size:
    """How large a town is, and how long it paints."""

    people: int
    groups: int
    at_once: int = 1  # paintings that everybody asks for, at once
    snapshots: int = 3
    beat: float = 1.0
    slots: int = 8
    calm: float = 30.0  # seconds in which all is cleared up, when the storm is over


@dataclass
class Outcome:
    """What came out, as Telegram has it and as the database has it."""

    storm: Storm
    limits: FloodLimits
    wanted: int
    seconds: float = 0.0
    calls: list[Json] = field(default_factory=list)
    told: int = 0  # that a photo could not be fetched
    cut: int = 0  # connections, when there was no network: each may have lost an answer
    left: list[str] = field(default_factory=list)  # status messages that stay
    states: Counter[str] = field(default_factory=Counter)
    undelivered: int = 0
    unhandled: int = 0
    order: dict[int, list[Made]] = field(default_factory=lambda: defaultdict(list))

    def effects(self) -> list[Made]:
        """The results that have come into a chat, in their order, repeats and all."""
        sent = [
            call["answer"]["result"]
            for call in self.calls
            if call["method"] == "sendPhoto" and (call["answer"] or {}).get("ok")
        ]
        return [(one["chat"]["id"], one["reply_to_message"]["message_id"]) for one in sent]

    @property
    def results(self) -> int:
        return len(set(self.effects()))

    @property
    def repeats(self) -> int:
        return len(self.effects()) - self.results

    @property
    def floods(self) -> int:
        """429s that the bot got."""
        return sum((call["answer"] or {}).get("error_code") == 429 for call in self.calls)

    def lost_answers(self) -> int:
        """Results whose arrival the bot was, or may have been, not told of."""
        lost: int = sum(
            call["method"] == "sendPhoto" and str(call["fault"]).endswith("_after")
            for call in self.calls
        )
        return self.cut + lost

    def out_of_order(self) -> list[int]:
        """Chats whose results came in another order than they were promised in."""
        came: dict[int, list[Made]] = defaultdict(list)
        for made in dict.fromkeys(self.effects()):
            came[made[0]].append(made)
        return [chat for chat, order in self.order.items() if came[chat] != order]

    def peak(self, seconds: float, *, groups: bool) -> int:
        """The most messages in any so many seconds: in one group, or in all."""
        sent: dict[int, list[float]] = defaultdict(list)
        for call in self.calls:
            chat, count = weight(call["method"], call["parameters"])
            if count and (chat < 0 or not groups):
                sent[chat if groups else 0] += [call["time"]] * count
        return max((_most(times, seconds) for times in sent.values()), default=0)

    def row(self) -> list[str]:
        """Of the table, by `COLUMNS`."""
        return [
            self.storm.name,
            f"{self.results}/{self.wanted}",
            str(self.repeats),
            str(self.told),
            str(len(self.left)),
            str(len(self.calls)),
            str(sum(call["fault"] is not None for call in self.calls)),
            str(self.floods),
            str(self.peak(self.limits.all_seconds, groups=False)),
            str(self.peak(self.limits.group_seconds, groups=True)),
            str(len(violations(self.calls, self.limits))),
            str(len(impatience(self.calls, FALTERS))),
            f"{self.seconds:.0f}",
        ]


COLUMNS = (
    "fault", "results", "repeats", "told", "left over", "calls", "struck", "429s",
    "most a second", "most a minute, group", "over a limit", "before retry_after", "seconds",
)  # fmt: skip


def _most(times: list[float], seconds: float) -> int:
    times, first, most = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@dataclass
class Town:
    """Everybody in it, by one client."""

    person: SandboxClient
    size: Size
    places: list[tuple[int, int]] = field(default_factory=list)  # chats, and who asks in them

    async def build(self) -> None:
        """People who have started the bot, and groups of two."""
        for number in range(self.size.people):
            who = await self.person.new_user(f"P{number}")
            self.places.append((who, who))
        for number in range(self.size.groups):
            pair = [await self.person.new_user(f"G{number}{one}") for one in "ab"]
            group = await self.person.new_group(f"Group {number}", pair)
            self.places += [(group, who) for who in pair]

    async def order(self, place: int) -> None:
        """Ask for all the paintings that one person wants."""
        chat, who = self.places[place]
        for number in range(self.size.at_once):
            seed = 2 * (place * self.size.at_once + number)
            where: dict[str, Any] = {"chat": chat, "user": who}
            photo = await self.person.send_photo(jpeg(seed=seed), **where)
            if chat < 0:
                where["reply_to"] = photo.id
            words = "/style" if chat < 0 else ""
            await self.person.send_photo(jpeg(seed=seed + 1), words, **where)

    async def served(self, chat: int, within: float) -> None:
        """Wait until everybody in a chat has what they asked for, or knows why not."""
        wanted = self.size.at_once * sum(one == chat for one, _ in self.places)

        def enough(messages: list[Message]) -> bool:
            own = [one for one in messages if one.from_bot]
            made = {one.reply_to for one in own if one.photo and one.text.startswith(RESULTS)}
            lost = sum(LOST in one.text for one in own)
            return len(made) + lost >= wanted

        await self.person.wait_for(enough, chat=chat, within=within)


async def ride_out(
    storm: Storm, size: Size, person: SandboxClient, settings: Settings, limits: FloodLimits,
    within: float,
) -> Outcome:  # fmt: skip
    """Have a town painted while a storm lasts, then let all become quiet, and look at it."""
    town = Town(person, size)
    await town.build()
    outcome = Outcome(storm, limits, len(town.places) * size.at_once)
    async with Line(settings.api_url) as line:
        own = {"api_url": line.url, "workers": size.slots}
        async with running(settings.model_copy(update=own), Studio(size.snapshots, size.beat)):
            began = time.monotonic()
            await person.enforce_limits(**(vars(limits) | storm.enforced))
            for fault in storm.faults:
                await person.fault(**fault)
            for fault in storm.first_chat:
                await person.fault(**fault, chat=town.places[0][0])
            async with asyncio.TaskGroup() as group:
                for place in range(len(town.places)):
                    group.create_task(town.order(place))
                for chat in dict.fromkeys(chat for chat, _ in town.places):
                    group.create_task(town.served(chat, within))
                if storm.no_network:
                    await asyncio.sleep(size.beat)  # into the middle of it
                    outcome.cut = await line.cut()
                    await asyncio.sleep(storm.no_network)
                    await line.mend()
            outcome.seconds = time.monotonic() - began
            await person.clear_faults()
            outcome.left = await _left_over(town)
            outcome.told = await _told(town)
        outcome.calls = await person.calls()
    await _read(settings, outcome)
    return outcome


async def _left_over(town: Town) -> list[str]:
    """The status messages that are still there when all is quiet again."""
    found: list[str] = []
    within = town.size.calm
    for chat in dict.fromkeys(chat for chat, _ in town.places):
        try:
            await town.person.wait_for(lambda shown: not _statuses(shown), chat=chat, within=within)
        except TimeoutError:
            within = 1.0
            found += _statuses(await town.person.messages(chat))
    return found


def _statuses(messages: list[Message]) -> list[str]:
    """A status message has a button to cancel by."""
    return [
        str(one)
        for one in messages
        if one.from_bot and any(button.text == "Cancel" for button in one.buttons)
    ]


async def _told(town: Town) -> int:
    count = 0
    for chat in dict.fromkeys(chat for chat, _ in town.places):
        shown = await town.person.messages(chat)
        count += sum(one.from_bot and LOST in one.text for one in shown)
    return count


async def _read(settings: Settings, outcome: Outcome) -> None:
    """What the database says, once the bot has stopped."""

    async def rows(connection: Any) -> tuple[list[Any], list[Any], list[Any]]:
        by = deliveries.join(jobs, jobs.c.id == deliveries.c.job_id)
        columns = (deliveries.c.state, deliveries.c.kind, jobs.c.chat_id, jobs.c.reply_to)
        promised = select(*columns).select_from(by).order_by(deliveries.c.id)
        unhandled = select(updates.c.update_id).where(updates.c.handled_at.is_(None))
        return (
            list(await connection.execute(select(jobs.c.state))),
            list(await connection.execute(promised)),
            list(await connection.execute(unhandled)),
        )

    async with opened(settings.database()) as database:
        states, promised, unhandled = await database.run(rows)
    outcome.states = Counter(one.state for one in states)
    outcome.undelivered = sum(one.state == "waiting" for one in promised)
    outcome.unhandled = len(unhandled)
    for one in promised:
        if one.kind == "result":
            outcome.order[one.chat_id].append((one.chat_id, one.reply_to))


def check(outcome: Outcome) -> None:
    """What has to be true after every storm."""
    storm, calls = outcome.storm, outcome.calls
    assert violations(calls, outcome.limits) == []
    assert impatience(calls, FALTERS) == []
    assert outcome.results == sum(outcome.states.values()) == outcome.states["finished"]
    assert outcome.results >= outcome.wanted - outcome.told
    assert outcome.told <= storm.lost_photos
    assert outcome.undelivered == outcome.unhandled == 0
    assert outcome.out_of_order() == []
    # Nothing comes again but what the bot could not know to be there.
    assert outcome.repeats <= outcome.lost_answers()
    assert storm.repeats or outcome.repeats <= outcome.cut
    # A status message that the bot does not know to be there stays.
    stays = storm.repeats or "deleteMessage" in str(storm.faults)
    assert stays or len(outcome.left) <= outcome.cut
