"""What the bot answers: from an update and what the database knows to a decision. Pure.

`decide` says what to reply and what to change; `bot.handlers` does it.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import gathering, groups, offering, panel, privacy, queueing, variations
from bot.buttons import Action, Button
from bot.choices import Preferences
from bot.decision import Decision, Facts, Policy, Reply, Unfetchable
from bot.gathering import Ask, Outcome, Part, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.jobs import ACTIVE, NewJob, State
from bot.outbox import Kind
from bot.sessions import Where
from bot.texts import Texts


def decide(
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    now: float,
    fetched: str | Unfetchable | None = None,
) -> Decision:
    """Answer one update. `fetched` is the photo's SHA-256, where the update is a photo."""
    if groups.concerns(incoming, facts):
        said, outcomes = groups.decide(incoming, facts, texts, now, fetched)
        acted = act(said.session, outcomes, incoming.where, facts, policy, texts)
        return replace(
            said,
            replies=[*said.replies, *acted.replies],
            new_jobs=acted.new_jobs,
            replaced=acted.replaced,
        )
    match incoming.what:
        case Photo() as photo if isinstance(fetched, str):
            part = Part(fetched, photo.message_id, photo.role, photo.album)
            session, outcomes = gathering.add(facts.session, part, now)
            return act(session, outcomes, incoming.where, facts, policy, texts)
        case Photo():
            text = fetched.text if isinstance(fetched, Unfetchable) else texts.file_gone()
            return Decision(facts.session, [Reply(text, incoming.message_id)])
        case Command(name) if name in panel.COMMANDS:
            return panel.commanded(name, incoming, facts, policy, texts)
        case Command(name) as command if name in queueing.COMMANDS | queueing.ADMIN_COMMANDS:
            return queueing.commanded(command, incoming, facts, policy, texts, fetched)
        case Command(name) if name in privacy.COMMANDS:
            return privacy.commanded(name, incoming, facts, texts)
        case Command(name) if name in offering.COMMANDS:
            return offering.commanded(incoming, facts, texts)
        case Command(name):
            return _command(name, facts, texts)
        case Pressed(_, Button() as button) if button.action in panel.ACTIONS:
            return panel.pressed(button, incoming, facts, policy, texts)
        case Pressed(_, Button() as button) if button.action in offering.ACTIONS:
            chosen, outcomes = offering.pressed(button, incoming, facts, texts, now)
            acted = act(chosen.session, outcomes, incoming.where, facts, policy, texts)
            return replace(chosen, new_jobs=acted.new_jobs)
        case Pressed(_, Button(Action.FORGET) as button):
            return privacy.pressed(button, incoming, facts, texts)
        case Pressed(_, Button(Action.UNQUEUE) as button):
            return queueing.unqueued(button, incoming, facts, texts)
        case Pressed(_, button):
            return _pressed(button, incoming, facts, policy, texts, now)
        case Other(kind):
            return Decision(facts.session, [Reply(texts.not_a_photo(kind))])


def act(
    session: Session,
    outcomes: Sequence[Outcome],
    where: Where,
    facts: Facts,
    policy: Policy,
    texts: Texts,
) -> Decision:
    """Turn what gathering has found into replies and jobs that are wanted."""
    replies: list[Reply] = []
    new_jobs: list[NewJob] = []
    replaced: list[int] = []
    for outcome in outcomes:
        if isinstance(outcome, Ask):
            facts = replace(facts, session=session)
            if where.private:
                replies.append(offering.question(outcome, where, facts, texts))
            else:
                replies.append(groups.question(outcome, texts))
        else:
            new_jobs.append(_job(outcome, where, facts.preferences, policy, texts))
            replaced += [] if outcome.replaces is None else [outcome.replaces]
    return Decision(session, replies, new_jobs=new_jobs, replaced=replaced)


def _job(
    request: gathering.Request,
    where: Where,
    preferences: Preferences,
    policy: Policy,
    texts: Texts,
) -> NewJob:
    return NewJob(
        owner_id=where.user_id,
        chat_id=where.chat_id,
        thread_id=where.thread_id,
        reply_to=request.content.message_id,
        language=texts.language.code,
        content=request.content.sha256,
        styles=tuple(style.sha256 for style in request.styles),
        options=preferences.options(policy.options, policy.max_size),
        snapshots=preferences.shows_snapshots,
        as_file=preferences.as_file,
    )


def _command(name: str, facts: Facts, texts: Texts) -> Decision:
    match name:
        case "start" | "style":
            return Decision(facts.session, [Reply(texts.start())])
        case "help":
            return Decision(facts.session, [Reply(texts.help())])
        case "cancel" if facts.active_here or facts.session.parts:
            reply = Reply(texts.cancelled(len(facts.active_here)))
            return Decision(Session(), [reply], cancelled=facts.active_here)
        case "cancel":
            return Decision(facts.session, [Reply(texts.nothing_to_cancel())])
        case _:
            return Decision(facts.session, [Reply(texts.unknown_command())])


def _pressed(
    button: Button | None,
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    now: float,
) -> Decision:
    decision = Decision(facts.session)
    job = facts.job
    if button is None or job is None or job.chat_id != incoming.where.chat_id:
        return replace(decision, notice=texts.button_too_old())
    if job.owner_id != incoming.where.user_id and not facts.is_admin:
        private = incoming.where.private
        return replace(decision, notice=texts.not_yours() if private else texts.not_yours_here())
    match button.action:
        case Action.CANCEL if job.state in ACTIVE:
            stopped = texts.stopped() if incoming.where.private else texts.group_stopped()
            return replace(decision, notice=stopped, cancelled=[job.id])
        case Action.FINISH if queueing.may_finish(job):
            return replace(decision, notice=texts.finishing_now(), finished=[job.id])
        case Action.FINISH if job.state is State.QUEUED:
            return replace(decision, notice=texts.not_begun())
        case Action.FILE if job.state is State.FINISHED:
            return replace(decision, notice=texts.file_coming(), sends=[(job.id, Kind.FILE)])
        case Action.PAIR if job.pair is not None:
            return replace(decision, notice=texts.pair_coming(), sends=[(job.id, Kind.PAIR)])
        case Action.FILM if job.film is not None:
            return replace(decision, notice=texts.film_coming(), sends=[(job.id, Kind.FILM)])
        case action if action in variations.ACTIONS and job.state is State.FINISHED:
            said, outcomes = variations.pressed(button, job, incoming, facts, policy, texts, now)
            acted = act(said.session, outcomes, incoming.where, facts, policy, texts)
            wanted = [*said.new_jobs, *acted.new_jobs]
            return replace(said, replies=[*said.replies, *acted.replies], new_jobs=wanted)
        case _:
            return replace(decision, notice=texts.already_over())
