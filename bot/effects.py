"""What an answer depends on, and all that it changes: a transaction each. Queries only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import admission, blocklist, inbox, jobs, outbox, preferences, results, said, sessions
from bot.admission import Taken
from bot.buttons import Button
from bot.decision import Decision, Facts, Policy
from bot.fairness import Refusal
from bot.inbox import StoredUpdate
from bot.sessions import Where
from bot.texts import Texts


@dataclass(frozen=True)
class Changed:
    """What has come of it. Where something is refused, nothing has been changed."""

    accepted: Sequence[int] = ()  # jobs
    cancelled: Sequence[int] = ()
    refused: Sequence[Refusal] = ()
    taken: Sequence[Taken] = ()  # of those that were to be added: what was, or still may be


async def load(
    connection: AsyncConnection, where: Where, button: Button | None = None
) -> tuple[Facts, str]:
    """All that an answer may depend on, and the session's language."""
    session, language = await sessions.load(connection, where)
    mine = await jobs.active_of(connection, where.user_id)
    here = tuple(one for one, chat_id in mine if chat_id == where.chat_id)
    job_id = button.job_id if button else None
    facts = Facts(
        session=session,
        active_here=here,
        blocked=await blocklist.holds(connection, where.user_id),
        job=await jobs.get(connection, job_id) if job_id is not None else None,
        preferences=await preferences.load(connection, where.chat_id),
    )
    return facts, language


async def change(
    connection: AsyncConnection,
    decision: Decision,
    taken: Sequence[Taken],
    where: Where,
    texts: Texts,
    policy: Policy,
    now: float,
    stored: StoredUpdate | None,
) -> Changed:
    """Everything that an update changes, at once; nothing, where the limits forbid some of it now.

    The limits are read here once more: since they were asked, another chat may have added a job.
    """
    wanted = [one.job for one in taken]
    taken, refused = await admission.consider(connection, wanted, where, policy, now)
    if refused:
        return Changed(refused=refused, taken=taken)
    replaced = [
        one
        for message_id in decision.replaced
        for one in await jobs.active_about(connection, where.user_id, where.chat_id, message_id)
    ]
    await said.forget(connection, where, *([stored] if stored else []))
    await sessions.save(connection, where, decision.session, texts.language.code)
    if decision.preferences is not None:
        await preferences.save(connection, where.chat_id, decision.preferences)
    accepted = [await _accept(connection, one) for one in taken]
    await _block(connection, decision, where)
    for job_id in decision.finished:
        await jobs.ask_finish(connection, job_id)
    cancelled = [*decision.cancelled, *(replaced if accepted else ())]
    cancelled = [one for one in cancelled if await jobs.cancel(connection, one)]
    for job_id, kind in decision.sends:
        if await jobs.get(connection, job_id) is not None:  # else it has just become too old
            await outbox.add(connection, job_id, kind)
    if stored is not None and not decision.forget:
        await inbox.mark_handled(connection, stored.update_id)
    return Changed(accepted, cancelled, taken=taken)


async def _block(connection: AsyncConnection, decision: Decision, where: Where) -> None:
    if decision.blocked is not None:
        await blocklist.add(connection, decision.blocked, where.user_id)
    if decision.unblocked is not None:
        await blocklist.drop(connection, decision.unblocked)


async def _accept(connection: AsyncConnection, taken: Taken) -> int:
    if taken.source is not None:
        args = taken.source, taken.job, taken.cache_key
        if (job_id := await results.give_again(connection, *args)) is not None:
            return job_id
    return await jobs.add(connection, taken.job, taken.cache_key)
