"""The gallery in groups: one message of buttons, for whoever has asked and nobody else. Pure.

No album: a group that has not asked for pictures gets none. The buttons carry whom they are for,
and the message of the photo that they are for, 0 being the next one.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import gathering, style_names
from bot.buttons import Action, Button
from bot.decision import Decision, Facts, Reply
from bot.gallery import Style
from bot.gathering import Outcome, Request
from bot.incoming import Incoming, Pressed
from bot.offering import NEXT_PHOTO, in_columns, pages, waiting
from bot.texts import Texts

ACTIONS = (Action.PICK, Action.PICKS, Action.PICK_LAST)
MAX_PAGE = 6  # three rows of buttons on a phone


def offer(photo: int, owner_id: int, reply_to: int, facts: Facts, texts: Texts) -> list[Reply]:
    """The buttons for a photo that waits; nothing while there is no gallery."""
    if not facts.styles:
        return []
    return [replace(_page(0, photo, owner_id, facts, texts), reply_to=reply_to)]


def commanded(incoming: Incoming, facts: Facts, texts: Texts) -> Decision:
    """Show the gallery: for the photo that waits, or else for the next one."""
    to, owner_id = incoming.message_id, incoming.where.user_id
    shown = offer(waiting(facts.session), owner_id, to, facts, texts)
    return Decision(facts.session, shown or [Reply(texts.no_styles_yet(), to)])


def ask_photo(reply_to: int | None, texts: Texts) -> Reply:
    """Ask for the photo to repaint: whoever has sent the message that this replies to."""
    return Reply(texts.reply_with_content(), reply_to, asks=texts.content_placeholder())


def somebody_elses(incoming: Incoming) -> int | None:
    """Whom a pressed button was shown to, where that is not the presser."""
    match incoming.what:
        case Pressed(_, Button(action) as button) if action in ACTIONS:
            theirs = button.owner_id != incoming.where.user_id and not incoming.where.private
            return button.owner_id if theirs else None
        case _:
            return None


def pressed(
    button: Button, incoming: Incoming, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]]:
    """What a button changes, and what comes of it. Acts in the name of its owner, or not at all."""
    kept = Decision(facts.session)
    if button.owner_id != incoming.where.user_id:
        return replace(kept, notice=texts.not_for_you()), []
    *which, photo = button.words
    if not photo.isdecimal():
        return replace(kept, notice=texts.button_too_old()), []
    match button.action:
        case Action.PICKS if which[0].isdecimal() and int(which[0]) < len(_pages(facts)):
            owner_id = incoming.where.user_id
            return replace(kept, edit=_page(int(which[0]), int(photo), owner_id, facts, texts)), []
        case Action.PICKS:
            return replace(kept, notice=texts.button_too_old()), []
        case Action.PICK_LAST:
            title, styles = texts.last_style(), facts.last_styles
        case _:
            style = next((one for one in facts.styles if one.code == which[0]), None)
            title = style_names.title_of(style, texts) if style else ""
            styles = (style.sha256,) if style else ()
    if not styles:
        return replace(kept, notice=texts.style_gone()), []
    changed = gathering.choose(facts.session, styles, int(photo), now)
    if changed is None:
        return replace(kept, notice=texts.photo_waits_no_more()), []
    session, outcomes = changed
    requests = [one for one in outcomes if isinstance(one, Request)]
    asks = [] if requests else [ask_photo(incoming.reply_to, texts)]
    taken = texts.style_taken(title)
    return Decision(session, asks, notice=taken, edit=Reply(taken)), [*requests]


def _page(number: int, photo: int, owner_id: int, facts: Facts, texts: Texts) -> Reply:
    """One page; its last row leads to the next one, and from the last one to the first."""
    word = str(photo)
    buttons = [
        (
            style_names.title_of(style, texts),
            Button(Action.PICK, owner_id=owner_id, words=(style.code, word)),
        )
        for style in _pages(facts)[number]
    ]
    last: list[tuple[str, Button]] = []
    if photo != NEXT_PHOTO and facts.last_styles:
        button = Button(Action.PICK_LAST, owner_id=owner_id, words=(word,))
        last.append((texts.last_style_button(), button))
    if (count := len(_pages(facts))) > 1:
        following = str((number + 1) % count)
        button = Button(Action.PICKS, owner_id=owner_id, words=(following, word))
        last.append((texts.more_styles_button(), button))
    text = texts.choose_style() if photo != NEXT_PHOTO else texts.choose_style_first()
    return Reply(text, rows=[*in_columns(buttons), *([last] if last else [])])


def _pages(facts: Facts) -> Sequence[Sequence[Style]]:
    return pages(facts.styles, MAX_PAGE)
