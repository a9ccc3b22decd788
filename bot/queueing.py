"""The commands about the queue: one's own paintings, once more, and what administrators may. Pure.

`bot.lookup` reads what the answers depend on; `bot.handlers` does what they decide.
"""

from dataclasses import replace

from bot.buttons import Action, Button, Rows
from bot.decision import Decision, Facts, Policy, Reply, Unfetchable
from bot.incoming import Command, Incoming
from bot.jobs import ACTIVE, Job, NewJob, State
from bot.texts import Texts
from bot.workload import Active, Workload

COMMANDS = frozenset({"queue", "again"})
ADMIN_COMMANDS = frozenset({"stats", "block", "unblock"})
MAX_SEED = 2**31 - 1


def commanded(
    command: Command,
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    fetched: str | Unfetchable | None,
) -> Decision:
    """Answer one of `COMMANDS`, or of `ADMIN_COMMANDS`: those to administrators only."""
    match command.name:
        case "queue":
            return Decision(facts.session, [_list(incoming, facts, texts)])
        case "again":
            return _again(incoming, facts, texts, fetched)
        case _ if incoming.where.user_id not in policy.admins:
            # As if there were no such command.
            replies = [Reply(texts.unknown_command())] if incoming.where.private else []
            return Decision(facts.session, replies)
        case "stats":
            return Decision(facts.session, [Reply(_stats(facts, texts))])
        case _:
            return _block(command, incoming, facts, policy, texts)


def unqueued(button: Button, incoming: Incoming, facts: Facts, texts: Texts) -> Decision:
    """A Cancel button of the list, which is told anew: the presser's own list, or an admin's press.

    Acts on nothing else.
    """
    decision = Decision(facts.session)
    load, job, where = facts.workload, facts.job, incoming.where
    if job is not None and facts.is_admin and job.chat_id == where.chat_id:
        where = replace(where, user_id=job.owner_id)
    mine = {one.id for one in load.of(where.user_id)} if load else set()
    if load is None or button.job_id is None or button.job_id not in mine:
        known = job is not None and job.owner_id == where.user_id
        notice = texts.already_over() if known else texts.not_yours()
        return replace(decision, notice=notice)
    facts = replace(facts, workload=load.without(button.job_id))
    edit = _list(replace(incoming, where=where), facts, texts)
    return replace(decision, notice=texts.stopped(), cancelled=[button.job_id], edit=edit)


def may_finish(job: Job) -> bool:
    """Whether a job can be ended as it is; one that was interrupted can, once it goes on."""
    return job.state is State.RUNNING or (job.state in ACTIVE and job.checkpoint is not None)


def _list(incoming: Incoming, facts: Facts, texts: Texts) -> Reply:
    """One's own jobs: all of them in private, a group's in the group."""
    load = facts.workload
    where = incoming.where
    mine = load.of(where.user_id) if load else []
    shown = [job for job in mine if where.private or job.chat_id == where.chat_id]
    if load is None or not shown:
        lines = [texts.nothing_queued()]
        rows: Rows = []
    else:
        lines = [texts.your_queue()]
        lines += [_line(number, job, load, texts) for number, job in enumerate(shown, start=1)]
        rows = [
            [(texts.cancel_one_button(number), Button(Action.UNQUEUE, job.id))]
            for number, job in enumerate(shown, start=1)
        ]
    if load and load.waiting:
        lines.append(texts.queue_length(load.waiting))
    return Reply("\n".join(lines), incoming.message_id, rows)


def _line(number: int, job: Active, load: Workload, texts: Texts) -> str:
    if job.state is State.RUNNING:
        return texts.running_one(number, load.ends.get(job.id))
    return texts.queued_one(number, load.places.get(job.id, 0), load.begins.get(job.id))


def _again(
    incoming: Incoming, facts: Facts, texts: Texts, fetched: str | Unfetchable | None
) -> Decision:
    """The last request with another seed, or its style on the photo that came with the command."""
    if isinstance(fetched, Unfetchable):
        return Decision(facts.session, [Reply(fetched.text, incoming.message_id)])
    last = facts.last
    if last is None:
        return Decision(facts.session, [Reply(texts.nothing_to_repeat(), incoming.message_id)])
    options = dict(last.options)
    if fetched is None:
        # Counted up, not drawn: an update that is handled twice asks for the same.
        options["seed"] = (int(options.get("seed", 0)) + 1) % (MAX_SEED + 1)
    job = NewJob(
        owner_id=incoming.where.user_id,
        chat_id=incoming.where.chat_id,
        thread_id=incoming.where.thread_id,
        reply_to=incoming.message_id,
        language=texts.language.code,
        content=fetched or last.content,
        styles=last.styles,
        options=options,
        snapshots=facts.preferences.shows_snapshots,
        as_file=facts.preferences.as_file,
    )
    return Decision(facts.session, new_jobs=[job])


def _stats(facts: Facts, texts: Texts) -> str:
    stats = facts.stats
    if stats is None:
        raise ValueError("The counts were not read.")
    lines = [
        texts.stats_counts(
            stats.waiting, stats.running, stats.finished, stats.failed, stats.cancelled
        ),
        texts.stats_people(stats.cached, stats.people, stats.blocked),
    ]
    lines += [texts.stats_quality(*one) for one in sorted(stats.seconds.items())]
    return "\n".join(lines)


def _block(
    command: Command, incoming: Incoming, facts: Facts, policy: Policy, texts: Texts
) -> Decision:
    user_id = facts.subject
    decision = Decision(facts.session)
    if user_id is None:
        return replace(decision, replies=[Reply(texts.block_whom(), incoming.message_id)])
    if command.name == "unblock":
        was = facts.subject_blocked
        text = texts.unblocked(user_id) if was else texts.was_not_blocked(user_id)
        return replace(decision, replies=[Reply(text, incoming.message_id)], unblocked=user_id)
    if user_id in policy.admins:
        return replace(decision, replies=[Reply(texts.never_blocked(), incoming.message_id)])
    text = texts.blocked(user_id, len(facts.subject_jobs))
    return replace(
        decision,
        replies=[Reply(text, incoming.message_id)],
        blocked=user_id,
        cancelled=facts.subject_jobs,
    )
