"""Requests in groups, where the bot is quiet: which updates are meant for it, and for what. Pure.

`/style` stands under a photo, or answers one, or stands alone; the bot asks for what is missing,
and only whoever was asked can answer. A picture in reply to a result asks for its photo in another
style.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import gathering
from bot.buttons import Button
from bot.decision import Decision, Facts, Reply, Unfetchable
from bot.gathering import Ask, Outcome, Part, Role, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
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
        case Other(kind):
            return _said(texts.not_a_photo(kind), incoming, facts), []
        case Command("cancel") if facts.active_here or facts.session.parts:
            said = _said(texts.group_cancelled(len(facts.active_here)), incoming, facts)
            return replace(said, session=Session(), cancelled=facts.active_here), []
        case Command("cancel"):
            return _said(texts.nothing_to_cancel_here(), incoming, facts), []
        case _:
            return _said(texts.group_help(), incoming, facts), []


def question(ask: Ask, texts: Texts) -> Reply:
    """Ask for what is missing, in reply to what is there, whose sender alone can answer."""
    return _question(ask.missing, ask.part.message_id, texts)


def _gathered(
    incoming: Incoming, facts: Facts, texts: Texts, now: float, fetched: str | Unfetchable | None
) -> tuple[Decision, list[Outcome]]:
    problem = next((one for one in (fetched, facts.base) if isinstance(one, Unfetchable)), None)
    if problem is not None:
        return _said(problem.text, incoming, facts), []
    parts = _parts(incoming, facts, fetched)
    if not parts:
        return Decision(facts.session, [_again(incoming, facts, texts)]), []
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


def _again(incoming: Incoming, facts: Facts, texts: Texts) -> Reply:
    """The command alone: ask for what is missing, be it once more."""
    waiting: Sequence[Part] = facts.session.parts
    missing = Role.STYLE if waiting and waiting[0].role is not Role.STYLE else Role.CONTENT
    return _question(missing, incoming.message_id, texts)


def _question(missing: Role, reply_to: int, texts: Texts) -> Reply:
    if missing is Role.STYLE:
        return Reply(texts.reply_with_style(), reply_to, asks=texts.style_placeholder())
    return Reply(texts.reply_with_content(), reply_to, asks=texts.content_placeholder())


def _said(text: str, incoming: Incoming, facts: Facts) -> Decision:
    return Decision(facts.session, [Reply(text, incoming.message_id)])
