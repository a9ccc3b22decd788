"""Requests in groups, where the bot is quiet: which updates are meant for it, and for what. Pure.

`/style` stands under a photo, or answers one, or stands alone; the bot asks for what is missing,
and only whoever was asked can answer, with a picture, a button or the name of a style. A picture
in reply to a result asks for its photo in another style.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import choosing, gathering, style_names
from bot.buttons import Button
from bot.decision import Decision, Facts, Reply, Unfetchable
from bot.gathering import Ask, Outcome, Part, Request, Role, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.offering import NEXT_PHOTO
from bot.sessions import Where
from bot.texts import Texts

COMMANDS = ("style", "start", "help", "cancel")


def concerns(incoming: Incoming, facts: Facts) -> bool:
    """Whether `decide` answers this: what is for groups, and pictures in reply to results."""
    match incoming.what:
        case Photo():
            return not incoming.where.private or facts.repaints is not None
        case Other():
            return not incoming.where.private
        case Command(name):
            return not incoming.where.private and name in COMMANDS
        case _:
            return False


def unasked(incoming: Incoming, facts: Facts) -> bool:
    """Whether the group must hear nothing of this. Known before any photo is fetched."""
    match incoming.what:
        case Photo() as photo if not incoming.where.private:
            return not (facts.asked or facts.repaints or _continues(photo, facts.session))
        case Other("text") if not incoming.where.private:
            return not (facts.asked or facts.repaints)  # the name of a style, perhaps
        case Other() if not incoming.where.private:
            return not facts.asked
        case Command("cancel") as command if not incoming.where.private:
            # Without the bot's name it may be for another bot.
            return not (command.addressed or facts.active_here or facts.session.parts)
        case _:
            return False


def needs_admin(incoming: Incoming, facts: Facts) -> bool:
    """Whether it counts that somebody administers the group: a button of somebody else's job."""
    match incoming.what:
        case Pressed(_, Button()) if facts.job is not None and not incoming.where.private:
            here = facts.job.chat_id == incoming.where.chat_id
            return here and facts.job.owner_id != incoming.where.user_id
        case _:
            return False


def decide(
    incoming: Incoming, facts: Facts, texts: Texts, now: float, fetched: str | Unfetchable | None
) -> tuple[Decision, list[Outcome]]:
    """Answer what `concerns` is true of: what to say, and what has been gathered."""
    match incoming.what:
        case Photo() | Command("style"):
            return _gathered(incoming, facts, texts, now, fetched)
        case Other("text", text):
            return _named(text, incoming, facts, texts, now) or (Decision(facts.session), [])
        case Other(kind):
            return _said(texts.not_a_photo(kind), incoming, facts), []
        case Command("cancel") if facts.active_here or facts.session.parts:
            said = _said(texts.cancelled(len(facts.active_here)), incoming, facts)
            return replace(said, session=Session(), cancelled=facts.active_here), []
        case Command("cancel"):
            return _said(texts.nothing_to_cancel(), incoming, facts), []
        case _:
            return _said(texts.help(), incoming, facts), []


def questions(ask: Ask, where: Where, facts: Facts, texts: Texts) -> list[Reply]:
    """Ask for what is missing, in reply to what is there, whose sender alone can answer."""
    to = ask.part.message_id
    if ask.missing is Role.CONTENT:
        return [choosing.ask_photo(to, texts)]
    return _ask_style(to, to, where, facts, texts)


def _gathered(
    incoming: Incoming, facts: Facts, texts: Texts, now: float, fetched: str | Unfetchable | None
) -> tuple[Decision, list[Outcome]]:
    problem = next((one for one in (fetched, facts.base) if isinstance(one, Unfetchable)), None)
    if problem is not None:
        return _said(problem.text, incoming, facts), []
    parts = _parts(incoming, facts, fetched)
    if isinstance(incoming.what, Command) and len(parts) < 2:
        named = _named(incoming.what.text, incoming, facts, texts, now, parts)
        if named is not None:
            return named
    if not parts:
        return Decision(facts.session, _again(incoming, facts, texts)), []
    # What comes with its other half is a request of its own: an open one stays as it is.
    whole = len(parts) > 1 and parts[0].album is None
    photo = _photo(incoming)
    continues = photo is not None and _continues(photo, facts.session)
    anew = whole or (facts.repaints is not None and not continues)
    session = Session() if anew else facts.session
    outcomes: list[Outcome] = []
    for part in parts:
        session, found = gathering.add(session, part, now)
        outcomes += found
    return Decision(facts.session if whole else session), outcomes


def _parts(incoming: Incoming, facts: Facts, fetched: str | Unfetchable | None) -> list[Part]:
    """What an update brings: the photo that it answers, and its own."""
    photo, own = _photo(incoming), list[Part]()
    album = photo.album if photo else None
    if photo is not None and isinstance(fetched, str):
        # "/style" itself names no role.
        role = incoming.what.role if isinstance(incoming.what, Photo) else None
        own = [Part(fetched, incoming.message_id, role, album)]
        if _continues(photo, facts.session):
            return own
    base = facts.repaints.content if facts.repaints else facts.base
    if not isinstance(base, str):
        return own
    role = Role.CONTENT if own or facts.repaints else None  # else it may be either
    first = Part(base, incoming.message_id, role, album)
    return [first, *(replace(part, role=Role.STYLE) for part in own)]


def _photo(incoming: Incoming) -> Photo | None:
    what = incoming.what.photo if isinstance(incoming.what, Command) else incoming.what
    return what if isinstance(what, Photo) else None


def _continues(photo: Photo, session: Session) -> bool:
    """Whether it is of an album that has begun with a word to the bot, and needs none itself."""
    begun = {part.album for part in session.parts} | {session.last.album if session.last else None}
    return photo.album is not None and photo.album in begun


def _named(
    text: str,
    incoming: Incoming,
    facts: Facts,
    texts: Texts,
    now: float,
    parts: Sequence[Part] = (),
) -> tuple[Decision, list[Outcome]] | None:
    """A style called by its name, for a photo that came along, or else for the one that waits.

    A reply to a result is for that one's photo. None where no style is meant: people chat.
    """
    style = style_names.meant(text, facts.styles, texts, loosely=facts.asked)
    if style is None:
        return None
    if facts.repaints is not None and not parts:
        parts = [Part(facts.repaints.content, incoming.message_id)]
    if parts:
        session, outcomes = gathering.add_named(facts.session, parts[0], style.sha256, now)
        return Decision(session), outcomes
    changed = gathering.choose(facts.session, [style.sha256], NEXT_PHOTO, now)
    session, outcomes = changed or (facts.session, [])
    requests = [one for one in outcomes if isinstance(one, Request)]
    asks = [] if requests else [choosing.ask_photo(incoming.message_id, texts)]
    return Decision(session, asks), [*requests]


def _again(incoming: Incoming, facts: Facts, texts: Texts) -> list[Reply]:
    """The command alone: ask for what is missing, be it once more."""
    waiting: Sequence[Part] = facts.session.parts
    if not waiting or waiting[0].role is Role.STYLE:
        return [choosing.ask_photo(incoming.message_id, texts)]
    to, photo = incoming.message_id, waiting[0].message_id
    return _ask_style(to, photo, incoming.where, facts, texts)


def _ask_style(to: int, photo: int, where: Where, facts: Facts, texts: Texts) -> list[Reply]:
    # Two messages: one can make somebody reply, or have buttons, not both.
    asks = Reply(texts.reply_with_style(), to, asks=texts.style_placeholder())
    return [asks, *choosing.offer(photo, where.user_id, to, facts, texts)]


def _said(text: str, incoming: Incoming, facts: Facts) -> Decision:
    return Decision(facts.session, [Reply(text, incoming.message_id)])
