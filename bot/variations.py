"""The buttons under a result: which there are, and the job that each asks for. Pure.

Each begins from what is there: the result is changed where the photo stays the same, and the photo
is taken up where the style does not.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import gathering
from bot.buttons import Action, Button, Rows
from bot.choices import SIZES
from bot.decision import Decision, Facts, Policy
from bot.gathering import Outcome, Part
from bot.incoming import Incoming, Pressed
from bot.jobs import Job, NewJob
from bot.outbox import Kind
from bot.texts import Texts

ACTIONS = (
    Action.STRONGER,
    Action.SOFTER,
    Action.COLOURS,
    Action.BIGGER,
    Action.SWAP,
    Action.ANOTHER,
)
SENDS = {Action.FILE: Kind.FILE, Action.PAIR: Kind.PAIR, Action.FILM: Kind.FILM}
WEAKEST, STRONGEST, FACTOR = 0.1, 10.0, 2.0  # `nst.Options.strength`; a press can be seen


def rows(job: Job, texts: Texts) -> Rows:
    """All the buttons of a result: what would lead nowhere is left out."""
    keeps = job.options.get("colours") == "content"
    whose, word = (
        (texts.style_colours_button(), "style")
        if keeps
        else (texts.keep_colours_button(), "content")
    )
    swap = [(texts.swap_button(), Button(Action.SWAP, job.id))] if len(job.styles) == 1 else []
    extras = [
        (label, Button(action, job.id))
        for label, action, file in (
            (texts.pair_button(), Action.PAIR, job.pair),
            (texts.film_button(), Action.FILM, job.film),
        )
        if file is not None
    ]
    return [
        [
            (texts.stronger_button(), Button(Action.STRONGER, job.id)),
            (texts.softer_button(), Button(Action.SOFTER, job.id)),
        ],
        [
            (whose, Button(Action.COLOURS, job.id, words=(word,))),
            (texts.bigger_button(), Button(Action.BIGGER, job.id)),
        ],
        [*swap, (texts.another_style_button(), Button(Action.ANOTHER, job.id))],
        *([extras] if extras else []),
        *([] if job.as_file else [[(texts.file_button(), Button(Action.FILE, job.id))]]),
    ]


def concerns(incoming: Incoming) -> bool:
    """Whether the answer depends on which files of the job are there."""
    match incoming.what:
        case Pressed(_, Button(action)):
            return action in (*ACTIONS, *SENDS)
        case _:
            return False


def pressed(
    button: Button,
    job: Job,
    incoming: Incoming,
    facts: Facts,
    policy: Policy,
    texts: Texts,
    now: float,
) -> tuple[Decision, list[Outcome]]:
    """What a button of this finished job changes, and the requests that come of it.

    The presser must have been found to be entitled.
    """
    kept = Decision(facts.session)
    if not {job.content, *job.styles} <= facts.files:
        return replace(kept, notice=texts.pictures_gone()), []
    if button.action is Action.ANOTHER:
        # Of the message that brought the photo, not of the result: a question in a group is put
        # to its sender.
        part = Part(job.content, job.reply_to or incoming.message_id)
        session, outcomes = gathering.take_up(facts.session, part, now)
        return Decision(session), outcomes
    changed = _changed(button, job, policy, texts)
    if isinstance(changed, str):
        return replace(kept, notice=changed), []
    new = _new_job(changed, incoming, facts, texts)
    if any(_same(new, one) for one in facts.under_way):
        return replace(kept, notice=texts.at_it_already()), []
    notice = texts.going_on() if new.start else texts.beginning_anew()
    return replace(kept, notice=notice, new_jobs=[new]), []


def asked_for(button: Button, job: Job, facts: Facts, texts: Texts) -> Decision:
    """What a button of `SENDS` brings of this finished job, if it is still kept."""
    file, notice = {
        Action.FILE: (job.file, texts.file_coming()),
        Action.PAIR: (job.pair, texts.pair_coming()),
        Action.FILM: (job.film, texts.film_coming()),
    }[button.action]
    if file is None:
        return Decision(facts.session, notice=texts.already_over())
    if file not in facts.files:
        return Decision(facts.session, notice=texts.pictures_gone())
    return Decision(facts.session, notice=notice, sends=[(job.id, SENDS[button.action])])


def _changed(button: Button, job: Job, policy: Policy, texts: Texts) -> NewJob | str:
    """What is wanted of `job`, or why it cannot be."""
    match button:
        case Button(Action.STRONGER):
            return _strength(job, FACTOR) or texts.strongest()
        case Button(Action.SOFTER):
            return _strength(job, 1 / FACTOR) or texts.softest()
        case Button(Action.BIGGER):
            size = _next_size(job.options.get("size"), policy.max_size)
            return _from_result(job, size=size) if size else texts.biggest(policy.max_size)
        case Button(Action.COLOURS, words=("content",)):
            return _from_result(job, colours="content")
        case Button(Action.COLOURS, words=("style",)):
            # The style's colours are not in the result: they have to be painted.
            return replace(job, options={**job.options, "colours": "style"}, start=None)
        case Button(Action.SWAP) if len(job.styles) == 1:
            return replace(job, content=job.styles[0], styles=(job.content,), start=None)
        case Button(Action.SWAP):
            return texts.nothing_to_swap()
        case _:
            return texts.button_too_old()


def _strength(job: Job, factor: float) -> NewJob | None:
    """None at the end of the range."""
    now = float(job.options.get("strength", 1.0))
    then = round(min(STRONGEST, max(WEAKEST, now * factor)), 4)
    return _from_result(job, strength=then) if then != now else None


def _next_size(size: object, largest: int) -> int | None:
    """The next of the sizes that can be chosen; None where this is the last, or the engine's."""
    if not isinstance(size, int):
        return None
    larger = [one for one in (*SIZES, largest) if size < one <= largest]
    return min(larger, default=None)


def _from_result(job: Job, **options: Any) -> NewJob:
    return replace(job, options={**job.options, **options}, start=job.file)


def _new_job(wanted: NewJob, incoming: Incoming, facts: Facts, texts: Texts) -> NewJob:
    """As the presser wants it, in reply to the result. Without the result: from the beginning."""
    return NewJob(
        owner_id=incoming.where.user_id,
        chat_id=incoming.where.chat_id,
        thread_id=incoming.where.thread_id,
        reply_to=incoming.message_id,
        language=texts.language.code,
        content=wanted.content,
        styles=wanted.styles,
        options=wanted.options,
        snapshots=facts.preferences.shows_snapshots,
        as_file=facts.preferences.as_file,
        start=wanted.start if wanted.start in facts.files else None,
    )


def _same(one: NewJob, other: NewJob) -> bool:
    """Whether both would give the same picture."""
    return _what(one) == _what(other)


def _what(job: NewJob) -> Sequence[object]:
    return job.content, tuple(job.styles), dict(job.options), job.start
