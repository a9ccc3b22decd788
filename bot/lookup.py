"""What some answers depend on, read only where they are asked for. Queries only."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import blocklist, forgetting, jobs, queueing, stats, workload
from bot.buttons import Action, Button
from bot.decision import Facts, Policy
from bot.incoming import Command, Incoming, Pressed


async def more(
    connection: AsyncConnection,
    incoming: Incoming,
    update_id: int,
    facts: Facts,
    policy: Policy,
    now: float,
) -> Facts:
    """The facts, with what this update needs besides."""
    match incoming.what:
        case Command("forget") | Pressed(_, Button(Action.FORGET)):
            kept = await forgetting.kept(connection, incoming.where.user_id, update_id)
            return replace(facts, kept=kept)
        case Command("again"):
            where = incoming.where
            last = await jobs.last_of(connection, where.user_id, where.chat_id)
            return replace(facts, last=last)
        case Command("queue"):
            return replace(facts, workload=await workload.read(connection, policy.slots, now))
        case Pressed(_, button) if button is not None and button.action is Action.UNQUEUE:
            return replace(facts, workload=await workload.read(connection, policy.slots, now))
        case Command(name) as command if (
            name in queueing.ADMIN_COMMANDS and incoming.where.user_id in policy.admins
        ):
            return await _for_admins(connection, command, facts, now)
        case _:
            return facts


async def _for_admins(
    connection: AsyncConnection, command: Command, facts: Facts, now: float
) -> Facts:
    if command.name == "stats":
        return replace(facts, stats=await stats.read(connection, now))
    if command.subject is None:
        return facts
    theirs = await jobs.active_of(connection, command.subject)
    return replace(
        facts,
        subject_jobs=tuple(job_id for job_id, _ in theirs),
        subject_blocked=await blocklist.holds(connection, command.subject),
    )
