"""What is offered beside one's own photos."""

from dataclasses import replace

import pytest

from bot import offering
from bot.buttons import Action, Button, encode
from bot.decision import Decision, Facts, Reply
from bot.gallery import Style
from bot.gathering import Ask, Outcome, Part, Request, Role, Session
from bot.incoming import Incoming, Other
from bot.offering import MAX_PAGE
from bot.sessions import Where
from bot.texts import texts_for
from tests.bot.queues import JOB

TEXTS = texts_for("en")
HERE = Where(7, 0, 7)
NOW = 1_000_000.0
PHOTO = Part("photo", 5)
WAITING = Session((PHOTO,), asked=True, touched=NOW)
STYLES = tuple(Style(f"style-{n}", f"Style {n}", f"{n:064x}") for n in range(1, 19))


def facts(session: Session = WAITING, count: int = 18, last: tuple[str, ...] = ()) -> Facts:
    return Facts(session, styles=STYLES[:count], last_styles=last)


def asked(known: Facts, missing: Role = Role.STYLE) -> Reply:
    return offering.question(Ask(missing, PHOTO), known, TEXTS)


def buttons(reply: Reply) -> dict[str, Button]:
    return {label: button for row in reply.rows for label, button in row}


def press(button: Button, known: Facts) -> tuple[Decision, list[Outcome]]:
    return offering.pressed(button, known, TEXTS, NOW)


@pytest.mark.parametrize(
    ("count", "pages"), [(1, [1]), (10, [10]), (11, [6, 5]), (18, [9, 9]), (0, [])]
)
def test_pages_are_few_and_even_and_numbered_through(count: int, pages: list[int]) -> None:
    known = replace(facts(), styles=[*STYLES, *STYLES][:count])
    page, shown = asked(known), []
    while page.album:
        shown.append(len(page.album))
        assert len(page.album) <= MAX_PAGE
        assert [caption for _, caption in page.album] == list(buttons(page))[: len(page.album)]
        more = buttons(page).get(TEXTS.more_styles_button())
        if more is None:
            break
        page = press(more, known)[0].replies[0]
    assert shown == pages


def test_every_button_fits_telegrams_limit_for_any_message_and_page() -> None:
    photo = Part("photo", 2**52)
    known = facts(replace(WAITING, parts=(photo,)), last=("last",))
    reply = offering.question(Ask(Role.STYLE, photo), known, TEXTS)
    for button in buttons(reply).values():
        assert len(encode(button)) <= 64


def test_a_styles_code_is_of_its_name_alone_and_differs_from_others() -> None:
    assert STYLES[0].code == replace(STYLES[0], sha256="x", title="y").code
    assert len({style.code for style in STYLES}) == len(STYLES)


def test_without_a_gallery_the_question_is_asked_all_the_same() -> None:
    reply = asked(facts(count=0))
    assert reply.text == TEXTS.ask_style()
    assert list(buttons(reply)) == [TEXTS.is_style_button()]


def test_the_last_style_is_offered_where_there_is_one() -> None:
    assert TEXTS.last_style_button() not in buttons(asked(facts()))
    button = buttons(asked(facts(last=("one", "two"))))[TEXTS.last_style_button()]
    _, [request] = press(button, facts(last=("one", "two")))
    assert isinstance(request, Request)
    assert [style.sha256 for style in request.styles] == ["one", "two"]
    decision, requests = press(button, facts())
    assert (decision.notice, requests) == (TEXTS.style_gone(), [])


@pytest.mark.parametrize(
    ("session", "photo"),
    [
        (WAITING, "5"),
        (Session(), "0"),
        (Session((Part("style", 5, Role.STYLE),), asked=True, touched=NOW), "0"),
    ],
)
def test_the_gallery_is_for_the_photo_that_waits_or_else_for_the_next(
    session: Session, photo: str
) -> None:
    decision = offering.commanded(facts(session), TEXTS)
    [reply] = decision.replies
    assert {button.words[-1] for button in buttons(reply).values()} == {photo}
    assert decision.session == session


def test_a_gallery_that_is_not_there_yet_is_excused() -> None:
    [reply] = offering.commanded(facts(count=0), TEXTS).replies
    assert reply.text == TEXTS.no_styles_yet()


@pytest.mark.parametrize(
    ("button", "notice"),
    [
        (Button(Action.STYLE, words=("0123456789ab", "5")), TEXTS.style_gone()),
        (Button(Action.STYLE, words=(STYLES[0].code, "6")), TEXTS.photo_waits_no_more()),
        (Button(Action.STYLE, words=(STYLES[0].code, "x")), TEXTS.button_too_old()),
        (Button(Action.STYLES, words=("2", "5")), TEXTS.button_too_old()),
        (Button(Action.STYLES, words=("x", "5")), TEXTS.button_too_old()),
        (Button(Action.TURN, words=("6",)), TEXTS.photo_waits_no_more()),
        (Button(Action.TURN, words=("0",)), TEXTS.photo_waits_no_more()),
    ],
)
def test_a_button_that_is_too_old_says_so_and_changes_nothing(button: Button, notice: str) -> None:
    decision, requests = press(button, facts())
    assert decision.notice == notice
    assert (decision.session, requests, decision.replies) == (WAITING, [], ())


def test_turning_edits_the_question_without_showing_the_gallery_again() -> None:
    turn = Button(Action.TURN, words=("5",))
    decision, _ = press(turn, facts())
    assert decision.edit is not None
    assert buttons(decision.edit) == {TEXTS.is_photo_button(): turn}
    decision, _ = press(turn, facts(decision.session))
    assert decision.edit is not None
    assert decision.edit.album == ()
    assert buttons(decision.edit)[TEXTS.is_style_button()] == turn


def test_an_operators_style_keeps_the_title_of_its_file() -> None:
    known = replace(facts(), styles=[Style("mosaic", "x", "a"), Style("my-aunt", "My aunt", "b")])
    assert [caption for _, caption in asked(known).album] == ["1. Mosaic", "2. My aunt"]


def called(text: str, known: Facts) -> tuple[Decision, list[Outcome]] | None:
    incoming = Incoming(HERE, "en", 9, Other("text", text))
    return offering.named(text, incoming, known, TEXTS, NOW)


def test_a_styles_name_is_for_the_photo_that_waits() -> None:
    found = called("style 7", facts())
    assert found is not None
    decision, [request] = found
    assert isinstance(request, Request)
    assert (request.content.sha256, request.styles[0].sha256) == ("photo", STYLES[6].sha256)
    assert [reply.text for reply in decision.replies] == [TEXTS.style_taken("Style 7")]
    assert decision.session.parts == ()


def test_a_styles_name_before_any_photo_is_for_the_next_one() -> None:
    found = called("Style 7", facts(Session()))
    assert found is not None
    decision, requests = found
    assert (requests, [reply.text for reply in decision.replies]) == (
        *([], [TEXTS.style_chosen("Style 7")]),
    )
    assert [part.sha256 for part in decision.session.parts] == [STYLES[6].sha256]


def test_a_styles_name_in_reply_to_a_result_is_for_its_photo_and_lets_others_wait() -> None:
    job = replace(JOB, content="c" * 64)
    found = called("Style 7", replace(facts(), repaints=job))
    assert found is not None
    decision, [request] = found
    assert isinstance(request, Request)
    assert (request.content.sha256, request.content.message_id) == ("c" * 64, 9)
    assert decision.session.parts == WAITING.parts


def test_what_is_no_styles_name_is_none() -> None:
    assert called("hello", facts()) is None
    assert called("Style 19", facts()) is None
