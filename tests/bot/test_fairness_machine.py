"""The queue under any sequence of events: nobody starves, nobody exceeds, no slot idles."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.fairness import DAY_SECONDS, Full, Limits, Load, Waiting, pick, refusal

LIMITS = Limits(per_person=3, per_group=4, in_all=6, per_day=5)
SLOTS = 2
GROUP = -100
ADMIN = 1
people = st.integers(1, 4)


@dataclass
class Kept:
    """A job as the database would keep it."""

    owner: int
    chat: int
    asked: float
    state: str = "queued"


class Queue(RuleBasedStateMachine):
    """People ask, jobs begin as the policy picks them, and end in any way."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1e6
        self.jobs: dict[int, Kept] = {}
        self.served: dict[int, float] = {}
        self.passed: Counter[tuple[int, int]] = Counter()  # how often one waited for the other

    def _in(self, *states: str) -> dict[int, Kept]:
        return {number: job for number, job in self.jobs.items() if job.state in states}

    def _load(self, owner: int, chat: int) -> Load:
        active = self._in("queued", "running").values()
        day = [job.asked for job in self.jobs.values() if job.owner == owner]
        return Load(
            person=sum(job.owner == owner for job in active),
            group=sum(job.chat == chat for job in active) if chat < 0 else 0,
            in_all=len(active),
            waiting=len(self._in("queued")),
            day=tuple(day),
        )

    @rule(owner=people, in_group=st.booleans())
    def ask(self, owner: int, in_group: bool) -> None:
        self.now += 1
        chat = GROUP if in_group else owner
        load = self._load(owner, chat)
        refused = refusal(load, LIMITS, self.now, exempt=owner == ADMIN)
        if refused is None:
            self.jobs[len(self.jobs)] = Kept(owner, chat, self.now)
            return
        assert refused.waiting == load.waiting
        if refused.full is Full.DAY:
            assert owner != ADMIN
            assert refused.again_in is not None
            assert 0 < refused.again_in <= DAY_SECONDS
            # It is no promise that cannot be kept, nor one second too late.
            for seconds, full in ((refused.again_in - 0.5, True), (refused.again_in, False)):
                then = refusal(load, LIMITS, self.now + seconds)
                assert (then is not None and then.full is Full.DAY) == full

    @rule()
    def begin(self) -> None:
        self.now += 1
        queued, running = self._in("queued"), self._in("running")
        busy = {job.owner for job in running.values()}
        free = [owner for owner in {job.owner for job in queued.values()} if owner not in busy]
        if len(running) >= SLOTS:
            return
        waiting = [Waiting(number, job.owner, job.asked) for number, job in queued.items()]
        chosen = pick(waiting, busy, self.served)
        assert (chosen is None) == (not free), "a slot idles while somebody could be served"
        if chosen is not None:
            self.jobs[chosen.job_id].state = "running"
            self.served[chosen.owner_id] = self.now
            self.passed.update((one, chosen.owner_id) for one in free if one != chosen.owner_id)

    @precondition(lambda self: self._in("running"))
    @rule(data=st.data(), state=st.sampled_from(["finished", "failed", "cancelled", "queued"]))
    def end(self, data: st.DataObject, state: str) -> None:
        self.now += 1
        number = data.draw(st.sampled_from(sorted(self._in("running"))))
        self.jobs[number].state = state
        if state != "queued":  # a retry's turn began long ago
            self.served[self.jobs[number].owner] = self.now

    @precondition(lambda self: self._in("queued"))
    @rule(data=st.data())
    def cancel_queued(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self._in("queued"))))
        self.jobs[number].state = "cancelled"
        # What is cancelled has waited in vain: the next one waits from when it was asked for.
        owner = self.jobs[number].owner
        self.passed = Counter({pair: n for pair, n in self.passed.items() if pair[0] != owner})

    @rule(hours=st.integers(1, 30))
    def pass_time(self, hours: int) -> None:
        self.now += hours * 3600

    @invariant()
    def nobody_has_more_than_the_limits(self) -> None:
        active = self._in("queued", "running").values()
        assert len(active) <= LIMITS.in_all
        assert sum(job.chat == GROUP for job in active) <= LIMITS.per_group
        for owner in range(1, 5):
            assert sum(job.owner == owner for job in active) <= LIMITS.per_person
            running = [job for job in active if (job.owner, job.state) == (owner, "running")]
            assert len(running) <= 1
            day = [job for job in self.jobs.values() if job.asked > self.now - DAY_SECONDS]
            if owner != ADMIN:
                assert sum(job.owner == owner for job in day) <= LIMITS.per_day

    @invariant()
    def nobody_is_passed_over_twice_by_the_same_person(self) -> None:
        assert all(count <= 1 for count in self.passed.values()), self.passed
        busy = {job.owner for job in self._in("running").values()}
        wait = {job.owner for job in self._in("queued").values()} - busy
        # Whoever does not wait, or has a turn, begins to wait anew.
        self.passed = Counter({pair: n for pair, n in self.passed.items() if pair[0] in wait})


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
