"""In private, what is asked after the first photo, and the gallery: pictures and buttons. Pure.

The buttons carry the message of the photo that they are for, 0 being the next one, so that a
button of yesterday does nothing to the photo of today.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from bot import gathering, style_names
from bot.buttons import Action, Button
from bot.decision import Decision, Facts, Reply
from bot.gallery import Style
from bot.gathering import Ask, Outcome, Part, Request, Role, Session
from bot.incoming import Incoming
from bot.texts import Texts

COMMANDS = ("styles",)
ACTIONS = (Action.STYLE, Action.STYLES, Action.LAST_STYLE, Action.TURN)
MAX_PAGE = 10  # pictures in an album: https://core.telegram.org/bots/api#sendmediagroup
COLUMNS = 2
NEXT_PHOTO = 0


def question(ask: Ask, facts: Facts, texts: Texts) -> Reply:
    """Ask for what is missing, with all that may stand in for it."""
    photo = ask.part.message_id
    if ask.missing is Role.CONTENT:
        turn = [[(texts.is_photo_button(), Button(Action.TURN, words=(str(photo),)))]]
        return Reply(texts.ask_content(), rows=turn if photo else ())
    text = texts.ask_style_or_choose() if facts.styles else texts.ask_style()
    return _page(text, 0, photo, facts, texts)


def commanded(facts: Facts, texts: Texts) -> Decision:
    """Show the gallery: for the photo that waits, or else for the next one."""
    if not facts.styles:
        return Decision(facts.session, [Reply(texts.no_styles_yet())])
    photo = waiting(facts.session)
    text = texts.choose_style() if photo else texts.choose_style_first()
    return Decision(facts.session, [_page(text, 0, photo, facts, texts)])


def named(
    text: str, incoming: Incoming, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]] | None:
    """A style called by its name: for the result that is replied to, or the photo that waits.

    Or else for the next one. None where no style is meant.
    """
    result, photo = facts.repaints, waiting(facts.session)
    loosely = result is None and photo != NEXT_PHOTO
    style = style_names.meant(text, facts.styles, texts, loosely=loosely)
    if style is None:
        return None
    if result is not None:
        return captioned(style, Part(result.content, incoming.message_id), facts, texts, now)
    title = style_names.title_of(style, texts)
    decision, requests = _chosen((style.sha256,), title, NEXT_PHOTO, facts, texts, now)
    told = Reply(texts.style_taken(title), incoming.message_id)
    return (replace(decision, replies=[told]) if requests else decision), requests


def captioned(
    style: Style, part: Part, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]]:
    """A photo for which a style was called by its name."""
    session, outcomes = gathering.add_named(facts.session, part, style.sha256, now)
    told = Reply(texts.style_taken(style_names.title_of(style, texts)), part.message_id)
    return Decision(session, [told]), outcomes


def pressed(
    button: Button, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]]:
    """What a button changes, and the requests that come of it."""
    kept = Decision(facts.session)
    *which, photo = button.words
    if not photo.isdecimal():
        return replace(kept, notice=texts.button_too_old()), []
    match button.action:
        case Action.STYLES:
            return _turned_to(which[0], int(photo), facts, texts), []
        case Action.TURN:
            return _swapped(int(photo), facts, texts, now), []
        case Action.LAST_STYLE:
            return _chosen(facts.last_styles, texts.last_style(), int(photo), facts, texts, now)
        case _:
            style = next((one for one in facts.styles if one.code == which[0]), None)
            if style is None:
                return replace(kept, notice=texts.style_gone()), []
            title = style_names.title_of(style, texts)
            return _chosen((style.sha256,), title, int(photo), facts, texts, now)


def _chosen(
    styles: Sequence[str], title: str, photo: int, facts: Facts, texts: Texts, now: float
) -> tuple[Decision, list[Outcome]]:
    kept = Decision(facts.session)
    if not styles:
        return replace(kept, notice=texts.style_gone()), []
    changed = gathering.choose(facts.session, styles, photo, now)
    if changed is None:
        return replace(kept, notice=texts.photo_waits_no_more()), []
    session, outcomes = changed
    requests = [one for one in outcomes if isinstance(one, Request)]
    asks = [] if requests else [Reply(texts.style_chosen(title))]
    return Decision(session, asks, notice=texts.style_taken(title)), [*requests]


def _swapped(photo: int, facts: Facts, texts: Texts, now: float) -> Decision:
    changed = gathering.swap(facts.session, photo, now)
    if changed is None:
        return Decision(facts.session, notice=texts.photo_waits_no_more())
    session, outcomes = changed
    facts = replace(facts, session=session)
    edits = [
        replace(question(one, facts, texts), album=())
        for one in outcomes
        if isinstance(one, gathering.Ask)
    ]
    return Decision(session, edit=edits[0] if edits else None)


def _turned_to(page: str, photo: int, facts: Facts, texts: Texts) -> Decision:
    if not page.isdecimal() or int(page) >= len(pages(facts.styles, MAX_PAGE)):
        return Decision(facts.session, notice=texts.button_too_old())
    text = texts.choose_style() if photo else texts.choose_style_first()
    return Decision(facts.session, [_page(text, int(page), photo, facts, texts)])


def _page(text: str, number: int, photo: int, facts: Facts, texts: Texts) -> Reply:
    """A page of the gallery, as an album, and the message with the buttons that follows it."""
    hung = pages(facts.styles, MAX_PAGE)
    shown = hung[number] if hung else []
    word = str(photo)
    album = [
        (
            style,
            texts.style_button(facts.styles.index(style) + 1, style_names.title_of(style, texts)),
        )
        for style in shown
    ]
    buttons = [(label, Button(Action.STYLE, words=(style.code, word))) for style, label in album]
    rows = in_columns(buttons)
    if number + 1 < len(hung):
        more = Button(Action.STYLES, words=(str(number + 1), word))
        rows.append([(texts.more_styles_button(), more)])
    if photo and facts.last_styles:
        rows.append([(texts.last_style_button(), Button(Action.LAST_STYLE, words=(word,)))])
    if photo and waiting(facts.session) in (photo, NEXT_PHOTO):
        rows.append([(texts.is_style_button(), Button(Action.TURN, words=(word,)))])
    return Reply(text, rows=rows, album=tuple(album))


def in_columns(buttons: Sequence[tuple[str, Button]]) -> list[Sequence[tuple[str, Button]]]:
    """Rows of buttons with the names of styles."""
    return [buttons[start : start + COLUMNS] for start in range(0, len(buttons), COLUMNS)]


def pages(styles: Sequence[Style], most: int) -> list[Sequence[Style]]:
    """At most so many each; as few pages as there can be, all of about one length."""
    count = math.ceil(len(styles) / most)
    size = math.ceil(len(styles) / count) if count else 1
    return [styles[start : start + size] for start in range(0, len(styles), size)]


def waiting(session: Session) -> int:
    """The message of the photo that waits for a style; 0 where none does."""
    parts = [part for part in session.parts if part.role is not Role.STYLE]
    return parts[0].message_id if parts else NEXT_PHOTO
