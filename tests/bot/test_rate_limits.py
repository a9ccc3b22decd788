"""Turns under any sequence of events: within all limits, in order, and nobody waits for nothing."""

import math
from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot import rate_limits
from bot.rate_limits import Ask, Bucket, Key, Limit, Priority, Turns

# Powers of two: the clock is exact, and every finding is real.
IN_ALL, CHAT, GROUP = Limit(4.0, 4.0), Limit(1.0, 2.0, calls=True), Limit(0.25, 4.0)
KEYS: list[Key] = [1, 2, 3, 4, -5, "getFile"]
LATE = 1e6


def limits_of(key: Key) -> list[Limit]:
    return [CHAT, GROUP] if key == -5 else [CHAT]


@dataclass
class Granted:
    """A turn that was given."""

    ask: Ask
    at: float


def within(granted: list[tuple[float, float]], limit: Limit) -> bool:
    """Whether every window holds at most the limit; an album may be the last, in debt."""
    for first in range(len(granted)):
        total = 0.0
        for at, messages in granted[first:]:
            cost = limit.cost(messages)
            total += cost
            debt = max(0.0, cost - limit.burst)
            if total > limit.burst + limit.rate * (at - granted[first][0]) + debt + 1e-9:
                return False
    return True


@dataclass
class Level:
    """What a bucket holds, counted anew from all that was taken: slow, and plain."""

    limit: Limit
    tokens: float = 0.0
    at: float = 0.0

    def after(self, taken: list[tuple[float, float]], now: float) -> float:
        tokens, at = 0.0, 0.0
        for when, messages in [*taken, (now, 0.0)]:
            filled = min(self.limit.burst, tokens + (when - at) * self.limit.rate)
            tokens, at = filled - self.limit.cost(messages), when
        return tokens


class Telegram(RuleBasedStateMachine):
    """Anybody asks, gives up, is told to wait; time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.turns = Turns(IN_ALL, limits_of, self.now)
        self.waiting: dict[int, Ask] = {}
        self.granted: list[Granted] = []
        self.refusals: list[tuple[float, Key, float]] = []
        self.all_stopped_until = -1.0

    def _taken(self, key: Key | None = None) -> list[tuple[float, float]]:
        """What was taken from the bucket for all, or from those of a key: when, and how much."""
        if key is None:
            return [(one.at, one.ask.in_all) for one in self.granted if one.ask.in_all]
        return [
            (one.at, one.ask.here) for one in self.granted if one.ask.key == key and one.ask.here
        ]

    def _stopped(self, key: Key) -> bool:
        own = [until for _, one, until in self.refusals if one == key]
        return self.now < max([*own, self.all_stopped_until])

    def _told_by_several(self) -> bool:
        return len({key for _, key, _ in self._like_the_last()}) >= rate_limits.EVIDENCE_LANES

    def _like_the_last(self) -> list[tuple[float, Key, float]]:
        at, _, until = self.refusals[-1]
        return [
            (when, key, end)
            for when, key, end in self.refusals
            if at - when <= rate_limits.EVIDENCE_SECONDS
            and abs(end - until) <= rate_limits.SAME_SECONDS
        ]

    def _has(self, ask: Ask) -> bool:
        """Whether the buckets have what it costs, and what it leaves."""
        left = float(ask.priority is Priority.PROGRESS)
        levels = [(IN_ALL, self._taken(), ask.in_all)] if ask.in_all else []
        if ask.here:
            levels += [(one, self._taken(ask.key), ask.here) for one in limits_of(ask.key)]
        return all(
            Level(limit).after(taken, self.now)
            >= min(limit.cost(messages) + left, limit.burst) - 1e-9
            for limit, taken, messages in levels
        )

    def _look(self) -> None:
        for ask in self.turns.grant(self.now):
            assert self.waiting.pop(ask.number) is ask, "given twice, or after it was withdrawn"
            assert not self._stopped(ask.key), f"{ask} does not wait for the 429"
            assert self._has(ask), f"{ask} has not been waited for"
            lane = [one for one in self.waiting.values() if one.key == ask.key]
            assert all(ask < one for one in lane), f"{ask} has overtaken {min(lane)}"
            if ask.in_all:
                better = [one for one in self._could_go() if one.priority < ask.priority]
                assert not better, f"{ask} has overtaken {better}"
            self.granted.append(Granted(ask, self.now))

    def _heads(self) -> list[Ask]:
        """Those that are first in their lanes, where these are not stopped."""
        heads: dict[Key, Ask] = {}
        for ask in self.waiting.values():
            heads[ask.key] = min(ask, heads.get(ask.key, ask))
        return [one for one in heads.values() if not self._stopped(one.key)]

    def _could_go(self) -> list[Ask]:
        """Those of them that nothing keeps waiting, but perhaps each other."""
        return [one for one in self._heads() if self._has(one)]

    @rule(key=st.sampled_from(KEYS), priority=st.sampled_from(Priority), data=st.data())
    def ask(self, key: Key, priority: Priority, data: st.DataObject) -> None:
        here = data.draw(st.sampled_from([0.0, 1.0, 1.0, 5.0])) if key != "getFile" else 0.0
        in_all = max(here, 1.0) if key != "getFile" else 0.0
        one = self.turns.ask(key, priority, here, in_all, self.now)
        self.waiting[one.number] = one
        self._look()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.waiting)))
        self.turns.withdraw(self.waiting.pop(number), self.now)
        self._look()

    @rule(key=st.sampled_from(KEYS), seconds=st.sampled_from([1.0, 2.0, 8.0, 64.0]))
    def refuse(self, key: Key, seconds: float) -> None:
        self.turns.refused(key, seconds, self.now)
        self.refusals.append((self.now, key, self.now + seconds))
        if self._told_by_several():
            ends = [end for _, _, end in self._like_the_last()]
            self.all_stopped_until = max(self.all_stopped_until, *ends)
        self._look()

    @rule(seconds=st.sampled_from([0.0, 1 / 64, 0.25, 1.0, 4.0, 128.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self._look()

    @precondition(lambda self: self.turns.next_at(self.now) < math.inf)
    @rule()
    def wait_for_the_next(self) -> None:
        self.now = max(self.now, self.turns.next_at(self.now))
        self._look()

    @invariant()
    def every_window_is_within_the_limits(self) -> None:
        assert within(self._taken(), IN_ALL)
        for key in KEYS:
            assert all(within(self._taken(key), limit) for limit in limits_of(key))

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        for ask in self._could_go():
            # Unless an album, say, is before it in the queue of all, which lacks tokens for that.
            assert any(
                ask.in_all and one < ask and one.in_all and not self._has(one)
                for one in self._heads()
            ), f"{ask} could go"
        assert self.turns.next_at(self.now) > self.now or not self.waiting

    def teardown(self) -> None:
        """In the end everybody has had a turn."""
        for _ in range(10 * len(self.waiting) + 10):
            if not self.waiting:
                break
            self.now = max(self.now, self.turns.next_at(self.now))
            self._look()
        assert not self.waiting
        assert self.now < LATE


TestTelegram = Telegram.TestCase
TestTelegram.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 7))
def test_a_bucket_never_gives_more_than_its_rate_and_one_burst(
    waits: list[float], burst: int, cost: int
) -> None:
    now, taken = 100.0, []
    bucket = Bucket(Limit(1.0, float(burst)), 0.0, now)
    for wait in waits:
        now = bucket.ready_at(cost, 0.0, now + wait)
        bucket.take(cost, now)
        taken.append((now, float(cost)))
    limit = Limit(1.0, burst + 1e-6)  # the clock is not exact here
    assert within(taken, limit)


def test_a_restart_however_often_adds_nothing() -> None:
    """A process that sends what it can, is killed, and begins anew, for an hour."""
    sent: list[tuple[float, float]] = []
    began = 0.0
    while began < 3600:
        turns = Turns(Limit(20.0, 8.0), lambda _: [Limit(1.0, 3.0), Limit(10 / 60, 10.0)], began)
        for _ in range(5):
            turns.ask(-5, Priority.FINAL, 1.0, 1.0, began)
        now = began
        while (now := turns.next_at(now)) < began + 7.0:
            sent += [(now, 1.0) for _ in turns.grant(now)]
        began += 7.0
    minutes: dict[int, int] = defaultdict(int)
    for at, _ in sent:
        minutes[int(at // 60)] += 1
    assert max(minutes.values()) <= 10
    assert len(sent) > 300  # and yet it gets on


def test_one_lane_that_is_stopped_stops_no_other_and_three_at_once_stop_all() -> None:
    turns = Turns(Limit(100.0, 100.0), lambda _: [Limit(10.0, 10.0)], 0.0)
    now = 100.0
    for key in (1, 2):
        turns.refused(key, 30.0, now)
    turns.ask(1, Priority.FINAL, 1.0, 1.0, now)
    other = turns.ask(9, Priority.PROGRESS, 1.0, 1.0, now)
    assert turns.grant(now) == [other]
    turns.refused("getFile", 30.0, now + 1)
    later = turns.ask(9, Priority.FINAL, 1.0, 1.0, now + 1)
    assert turns.grant(now + 1) == []
    assert turns.next_at(now + 1) == now + 31
    assert turns.wait(7, now + 1) == 30.0
    assert later in turns.grant(now + 31)


def test_a_stop_is_to_the_letter() -> None:
    turns = Turns(Limit(100.0, 100.0), lambda _: [Limit(10.0, 10.0)], 0.0)
    turns.refused(1, 7.0, 50.0)
    ask = turns.ask(1, Priority.FINAL, 0.0, 1.0, 50.0)
    assert turns.grant(56.999) == []
    assert turns.next_at(50.0) == 57.0
    assert turns.grant(57.0) == [ask]


def test_what_a_chat_never_sees_waits_for_no_bucket() -> None:
    turns = Turns(Limit(1.0, 1.0), lambda _: [Limit(1.0, 1.0)], 0.0)
    queue = [turns.ask(key, Priority.FINAL, 1.0, 1.0, 0.0) for key in range(1, 50)]
    looks = [turns.ask("getFile", Priority.NORMAL, 0.0, 0.0, 0.0) for _ in range(5)]
    assert turns.grant(0.0) == looks
    assert turns.grant(1.0) == queue[:1]


def test_lanes_that_are_quiet_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rate_limits.MAX_IDLE_LANES", 10)
    turns = Turns(Limit(100.0, 100.0), limits_of, 0.0)
    turns.refused(999, 1e6, 1.0)
    for chat in range(1, 200):
        now = 10.0 * chat
        turns.ask(chat, Priority.NORMAL, 1.0, 1.0, now)
        assert len(turns.grant(now)) == 1
    assert len(turns._lanes) <= 21
    assert turns.wait(999, 2000.0) > 900_000  # what is stopped is not forgotten
