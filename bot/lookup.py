"""What some answers depend on, read only where they are asked for. Queries only."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    blocklist,
    choosing,
    forgetting,
    gallery,
    jobs,
    offering,
    outbox,
    questions,
    queueing,
    stats,
    variations,
    workload,
)
from bot.buttons import Action, Button
from bot.decision import Facts, Policy
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.sessions import Where
from bot.texts import texts_for


async def more(
    connection: AsyncConnection,
    incoming: Incoming,
    update_id: int,
    facts: Facts,
    policy: Policy,
    now: float,
) -> Facts:
    """The facts, with what this update needs besides."""
    facts = await _replied(connection, incoming, facts)
    match incoming.what:
        case Command("forget") | Pressed(_, Button(Action.FORGET)):
            kept = await forgetting.kept(connection, incoming.where.user_id, update_id)
            return replace(facts, kept=kept)
        case Photo() | Other("text") | Command("start" | "style" | "styles"):
            return await for_gathering(connection, incoming.where, facts)
        case Pressed(_, Button(action)) if action in variations.ACTIONS:
            facts = await for_gathering(connection, incoming.where, facts)
            found = [await jobs.get(connection, job_id) for job_id in facts.active_here]
            return replace(facts, under_way=tuple(job for job in found if job))
        case Pressed(_, Button(action)) if action in (*offering.ACTIONS, *choosing.ACTIONS):
            return await for_gathering(connection, incoming.where, facts)
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
            return await _for_admins(connection, command, incoming, facts, now)
        case _:
            return facts


async def _replied(connection: AsyncConnection, incoming: Incoming, facts: Facts) -> Facts:
    """The facts, with what a photo, or what should be one, replies to."""
    match incoming.what:
        case Photo() | Other() | Command("style") if incoming.reply_to is not None:
            where, message_id = incoming.where, incoming.reply_to
            job_id = await outbox.job_of(connection, where.chat_id, message_id)
            return replace(
                facts,
                asked=await _asked(connection, incoming, message_id, facts),
                repaints=await jobs.get(connection, job_id) if job_id is not None else None,
            )
        case _:
            return facts


async def _asked(
    connection: AsyncConnection, incoming: Incoming, replied: int, facts: Facts
) -> bool:
    """Whether the message that is replied to is a question to this person.

    After a kill, or a lost answer, nobody knows that one has arrived: it is asked again, and the
    first is known by its words alone. Whoever has given a photo, or was asked since, is meant.
    """
    where = incoming.where
    asked_of = await questions.asked_of(connection, where.chat_id, replied)
    texts = texts_for(facts.preferences.language or incoming.language, group=True)
    if asked_of is not None or incoming.replied not in texts.questions():
        return asked_of == where.user_id
    return bool(facts.session.parts) or await questions.asked_after(connection, where, replied)


async def for_gathering(connection: AsyncConnection, where: Where, facts: Facts) -> Facts:
    """The facts, with what is offered beside a photo of one's own."""
    return replace(
        facts,
        styles=await gallery.offered(connection),
        last_styles=await jobs.last_styles(connection, where.user_id, where.chat_id),
    )


async def _for_admins(
    connection: AsyncConnection, command: Command, incoming: Incoming, facts: Facts, now: float
) -> Facts:
    if command.name == "stats":
        return replace(facts, stats=await stats.read(connection, now))
    subject = command.subject
    if subject is None and incoming.reply_to is not None:
        # One of the bot's own messages, then: whoever has asked for what it shows.
        subject = await outbox.owner_of(connection, incoming.where.chat_id, incoming.reply_to)
    if subject is None:
        return facts
    theirs = await jobs.active_of(connection, subject)
    return replace(
        facts,
        subject=subject,
        subject_jobs=tuple(job_id for job_id, _ in theirs),
        subject_blocked=await blocklist.holds(connection, subject),
    )
