"""Which jobs are taken, which refused, which need no painting."""

import asyncio
import time
from collections.abc import Sequence, Set

import pytest

from bot import admission, cache, effects, jobs, outbox, results, sessions
from bot.admission import Taken
from bot.database import Database
from bot.decision import Decision, Policy
from bot.effects import Changed
from bot.fairness import Full, Limits, Refusal
from bot.gathering import Part, Session
from bot.jobs import NewJob, State
from bot.outbox import Kind
from bot.sessions import Where
from bot.texts import texts_for
from tests.bot.queues import ANN, BOB, GROUP, finished, queued, set_values, wanted

LIMITS = Limits(per_person=2, per_group=3, in_all=4)


def key(job: NewJob) -> str:
    return cache.key(job.content, job.styles, job.options, cache.recipe())


def another(number: int) -> NewJob:
    return wanted(content=f"{number:064}")


async def consider(
    database: Database,
    jobs_wanted: Sequence[NewJob],
    limits: Limits = LIMITS,
    where: Where = Where(ANN, 0, ANN),  # noqa: B008 - frozen
    admins: Set[int] = frozenset(),
) -> tuple[list[Taken], list[Refusal]]:
    policy = Policy(limits, {}, admins=frozenset(admins))
    return await database.run(admission.consider, jobs_wanted, where, policy, time.time())


async def test_one_album_cannot_overfill_the_queue_and_is_refused_once(
    database: Database,
) -> None:
    taken, refused = await consider(database, [another(n) for n in range(5)])
    assert [one.job.content for one in taken] == [another(n).content for n in range(2)]
    assert [no.full for no in refused] == [Full.PERSON]


async def test_a_group_has_a_cap_of_its_own(database: Database) -> None:
    for owner in (BOB, BOB, 9):
        await queued(database, owner, GROUP)
    taken, refused = await consider(database, [another(1)], where=Where(GROUP, 0, ANN))
    assert (taken, [no.full for no in refused]) == ([], [Full.GROUP])
    taken, refused = await consider(database, [another(1)])
    assert (len(taken), refused) == (1, [])


async def test_refused_then_taken_after_one_has_ended(database: Database) -> None:
    mine = [await queued(database) for _ in range(2)]
    taken, [no] = await consider(database, [another(1)])
    assert (taken, no.full, no.waiting) == ([], Full.PERSON, 2)
    await database.run(jobs.cancel, mine[0])
    taken, refused = await consider(database, [another(1)])
    assert (len(taken), refused) == (1, [])


async def change(
    database: Database, taken: Sequence[Taken], limits: Limits, chat: int = ANN
) -> Changed:
    """What an update commits that wants these jobs, and one photo of its session."""
    decision = Decision(Session((Part("f" * 64, 5),), touched=1.0))
    where, texts = Where(chat, 0, ANN), texts_for("en")
    return await database.run(
        effects.change, decision, taken, where, texts, Policy(limits, {}), time.time(), None
    )


@pytest.mark.both_databases
async def test_what_has_been_added_since_the_limits_were_read_counts(database: Database) -> None:
    limits = Limits(per_person=2, per_group=9, in_all=9)
    taken, refused = await consider(database, [another(1), another(2)], limits)
    assert (len(taken), refused) == (2, [])
    await queued(database, ANN, GROUP)  # in another chat, meanwhile
    done = await change(database, taken, limits)
    assert [no.full for no in done.refused] == [Full.PERSON]
    assert (done.accepted, done.taken) == ((), taken[:1])
    assert len(await database.run(jobs.active_of, ANN)) == 1, "nothing was changed"
    where = Where(ANN, 0, ANN)
    assert (await database.run(sessions.load, where))[0] == Session()
    done = await change(database, done.taken, limits)
    assert (len(done.accepted), done.refused) == (1, ())
    assert len(await database.run(jobs.active_of, ANN)) == 2
    assert (await database.run(sessions.load, where))[0].parts


@pytest.mark.both_databases
async def test_of_many_chats_at_once_no_cap_is_exceeded(database: Database) -> None:
    limits = Limits(per_person=9, per_group=9, in_all=3)

    async def asks(number: int) -> Changed:
        taken, _ = await consider(database, [another(number)], limits)
        return await change(database, taken, limits, chat=-number)

    found = await asyncio.gather(*(asks(number) for number in range(1, 9)))
    assert sum(len(done.accepted) for done in found) == 3
    assert len(await database.run(jobs.active_of, ANN)) == 3


async def test_a_result_that_has_come_meanwhile_is_given_and_not_painted_again(
    database: Database,
) -> None:
    job = another(1)
    [one], _ = await consider(database, [job])
    assert one.source is None
    await finished(database, BOB, key=key(job), content=job.content)
    done = await change(database, [one], LIMITS)
    [accepted] = done.accepted
    given = await database.run(jobs.get, accepted)
    assert given is not None
    assert (given.state, given.cached) == (State.FINISHED, True)


async def test_the_day_has_a_limit_but_not_for_administrators(database: Database) -> None:
    limits = Limits(per_person=9, per_group=9, in_all=9, per_day=1)
    await finished(database)
    taken, [no] = await consider(database, [another(1)], limits)
    assert (taken, no.full) == ([], Full.DAY)
    assert no.again_in == pytest.approx(86400, abs=5)
    taken, refused = await consider(database, [another(1)], limits, admins={ANN})
    assert (len(taken), refused) == (1, [])


async def test_what_was_painted_before_is_taken_however_full_the_queue(
    database: Database,
) -> None:
    job = another(1)
    source = await finished(database, BOB, key=key(job), content=job.content)
    for _ in range(4):
        await queued(database)
    taken, refused = await consider(database, [job])
    assert ([one.source for one in taken], refused) == ([source], [])


@pytest.mark.parametrize(
    "spoiled",
    [
        {"early": True},
        {"state": State.CANCELLED},
        {"cache_key": None},
    ],
)
async def test_only_whole_results_are_given_again(
    database: Database, spoiled: dict[str, object]
) -> None:
    job = another(1)
    source = await finished(database, key=key(job), content=job.content)
    await set_values(database, source, **spoiled)
    [one], _ = await consider(database, [job])
    assert one.source is None


async def test_a_result_on_its_way_is_given_again_and_one_that_cannot_arrive_is_not(
    database: Database,
) -> None:
    job = another(1)
    source = await finished(database, key=key(job), content=job.content, file_id=None)
    [one], _ = await consider(database, [job])
    assert one.source == source
    [delivery] = await database.run(outbox.waiting)
    await database.run(outbox.mark_dead, delivery.id)
    [one], _ = await consider(database, [job])
    assert one.source is None


async def test_a_result_that_is_given_again_is_delivered_by_its_file_id(
    database: Database,
) -> None:
    source = await finished(database, BOB, key="k", file_id="the-photo")
    job_id = await database.run(results.give_again, source, wanted(ANN), "k")
    assert job_id is not None
    job, original = await database.run(jobs.get, job_id), await database.run(jobs.get, source)
    assert job is not None
    assert original is not None
    assert (job.owner_id, job.state, job.cached) == (ANN, State.FINISHED, True)
    assert (job.photo, job.file) == (original.photo, original.file)
    [delivery] = await database.run(outbox.waiting)
    assert (delivery.job_id, delivery.kind, delivery.file_id) == (
        *(job_id, Kind.RESULT, "the-photo"),
    )


async def test_who_wants_files_gets_the_file_and_never_the_photos_id(database: Database) -> None:
    source = await finished(database, BOB, key="k", file_id="the-photo")
    await database.run(results.give_again, source, wanted(as_file=True), "k")
    [delivery] = await database.run(outbox.waiting)
    assert delivery.file_id is None  # from the bytes, then
    await database.run(outbox.mark_sent, delivery.id, 8, "the-file")
    second = await database.run(results.give_again, delivery.job_id, wanted(), "k")
    [delivery] = await database.run(outbox.waiting)
    assert (delivery.job_id, delivery.file_id) == (second, None)


async def test_a_source_that_is_gone_gives_nothing(database: Database) -> None:
    assert await database.run(results.give_again, 404, wanted(), "k") is None
