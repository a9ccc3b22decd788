"""What the bot answers: from an update and what the database knows to a decision. Pure.

`decide` says what to reply and what to change; `bot.handlers` does it.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import (
    choosing,
    gathering,
    groups,
    offering,
    panel,
    privacy,
    queueing,
    style_names,
    variations,
)
from bot.buttons import Action, Button
from bot.choices import Preferences
from bot.decision import Decision, Facts, Policy, Reply, Unfetchable
from bot.gathering import Ask, Outcome, Part, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.jobs import ACTIVE, NewJob, State
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
        return _acted(said, outcomes, incoming.where, facts, policy, texts)
    match incoming.what:
        case Photo() as photo if isinstance(fetched, str):
            said, outcomes = _photo(photo, fetched, facts, texts, now)
            return _acted(said, outcomes, incoming.where, facts, policy, texts)
        case Photo():
            text = fetched.text if isinstance(fetched, Unfetchable) else texts.file_gone()
            return Decision(facts.session, [Reply(text, incoming.message_id)])
        case Command() as command:
            return _commanded(command, incoming, facts, policy, texts, now, fetched)
        case Pressed(_, button):
            return _pressed(button, incoming, facts, policy, texts, now)
        case Other("text", text):
            named = _named(text, incoming, facts, policy, texts, now)
            return named or Decision(facts.session, [Reply(_not_understood(facts, texts))])
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
                replies.append(offering.question(outcome, facts, texts))
            else:
                replies += groups.questions(outcome, where, facts, texts)
        else:
            new_jobs.append(_job(outcome, where, facts.preferences, policy, texts))
            replaced += [] if outcome.replaces is None else [outcome.replaces]
    return Decision(session, replies, new_jobs=new_jobs, replaced=replaced)


def _acted(
    said: Decision,
    outcomes: Sequence[Outcome],
    where: Where,
    facts: Facts,
    policy: Policy,
    texts: Texts,
) -> Decision:
    """What is said already, and what comes of the rest."""
    acted = act(said.session, outcomes, where, facts, policy, texts)
    return replace(
        said,
        replies=[*said.replies, *acted.replies],
        new_jobs=[*said.new_jobs, *acted.new_jobs],
        replaced=tuple(acted.replaced),
    )


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


def _photo(
    photo: Photo, sha256: str, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]]:
    part = Part(sha256, photo.message_id, photo.role, photo.album)
    if photo.role is None:
        style = style_names.meant(photo.caption, facts.styles, texts, loosely=False)
        if style is not None:
            return offering.captioned(style, part, facts, texts, now)
    session, outcomes = gathering.add(facts.session, part, now)
    return Decision(session), outcomes


def _named(
    text: str, incoming: Incoming, facts: Facts, policy: Policy, texts: Texts, now: float
) -> Decision | None:
    """What comes of a style's name; None where the text is none."""
    named = offering.named(text, incoming, facts, texts, now)
    return named and _acted(*named, incoming.where, facts, policy, texts)


def _not_understood(facts: Facts, texts: Texts) -> str:
    asked = facts.styles and offering.waiting(facts.session) != offering.NEXT_PHOTO
    return texts.no_such_style() if asked else texts.not_a_photo("text")


def _commanded(
    command: Command,
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    now: float,
    fetched: str | Unfetchable | None,
) -> Decision:
    match command.name:
        case name if name in panel.COMMANDS:
            return panel.commanded(name, incoming, facts, policy, texts)
        case name if name in queueing.COMMANDS | queueing.ADMIN_COMMANDS:
            return queueing.commanded(command, incoming, facts, policy, texts, fetched)
        case name if name in privacy.COMMANDS:
            return privacy.commanded(name, incoming, facts, policy, texts)
        case name if name in offering.COMMANDS and not incoming.where.private:
            return choosing.commanded(incoming, facts, texts)
        case name if name in offering.COMMANDS:
            return offering.commanded(facts, texts)
        case "start" | "style":
            # A link to the bot may name a style: https://core.telegram.org/bots/features#deep-linking
            named = _named(command.text, incoming, facts, policy, texts, now)
            return named or Decision(facts.session, [Reply(texts.start())])
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
    match button:
        case None:
            return Decision(facts.session, notice=texts.button_too_old())
        case Button(action) if action in panel.ACTIONS:
            return panel.pressed(button, incoming, facts, policy, texts)
        case Button(Action.FORGET):
            return privacy.pressed(button, incoming, facts, texts)
        case Button(Action.UNQUEUE):
            return queueing.unqueued(button, incoming, facts, texts)
        case Button(action) if action in offering.ACTIONS:
            said, outcomes = offering.pressed(button, facts, texts, now)
        case Button(action) if action in choosing.ACTIONS:
            said, outcomes = choosing.pressed(button, incoming, facts, texts, now)
        case _:
            said, outcomes = _of_job(button, incoming, facts, policy, texts, now)
    return _acted(said, outcomes, incoming.where, facts, policy, texts)


def _of_job(
    button: Button,
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    now: float,
) -> tuple[Decision, list[Outcome]]:
    decision = Decision(facts.session)
    job = facts.job
    if job is None or job.chat_id != incoming.where.chat_id:
        return replace(decision, notice=texts.button_too_old()), []
    if job.owner_id != incoming.where.user_id and not facts.is_admin:
        return replace(decision, notice=texts.not_yours()), []
    match button.action:
        case Action.CANCEL if job.state in ACTIVE:
            return replace(decision, notice=texts.stopped(), cancelled=[job.id]), []
        case Action.FINISH if queueing.may_finish(job):
            return replace(decision, notice=texts.finishing_now(), finished=[job.id]), []
        case Action.FINISH if job.state is State.QUEUED:
            return replace(decision, notice=texts.not_begun()), []
        case action if action in variations.SENDS and job.state is State.FINISHED:
            return variations.asked_for(button, job, facts, texts), []
        case action if action in variations.ACTIONS and job.state is State.FINISHED:
            return variations.pressed(button, job, incoming, facts, policy, texts, now)
        case _:
            return replace(decision, notice=texts.already_over()), []
