"""The gallery in groups: who may choose, from what, and for which photo."""

from dataclasses import replace

import pytest

from bot import choosing
from bot.buttons import MAX_OWNER, Action, Button, encode
from bot.choosing import MAX_PAGE
from bot.conversation import decide
from bot.decision import Decision, Facts, Policy, Reply
from bot.fairness import Limits
from bot.gallery import Style
from bot.gathering import Part, Role, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.sessions import Where
from bot.texts import texts_for
from tests.bot.queues import JOB

TEXTS = texts_for("en", group=True)
POLICY = Policy(Limits(9, 9, 9), {"size": 512})
HERE = Where(-7, 3, 7)
NOW = 1_000_000.0
PHOTO = Part("a" * 64, 5)
WAITING = Session((PHOTO,), asked=True, touched=NOW)
STYLES = tuple(Style(f"own-{n}", f"Own {n}", f"{n:064x}") for n in range(1, 19))
PICTURE = Photo("id", 100, 5, None, None)


def facts(session: Session = WAITING, **more: object) -> Facts:
    return replace(Facts(session, styles=STYLES), **more)  # type: ignore[arg-type]


def buttons(reply: Reply | None) -> dict[str, Button]:
    assert reply is not None
    return {label: button for row in reply.rows for label, button in row}


def asked(known: Facts, what: Command | Photo | Other, fetched: str | None = None) -> Decision:
    return decide(Incoming(HERE, "en", 5, what), known, POLICY, TEXTS, NOW, fetched)


def press(button: Button, known: Facts, user: int = 7, reply_to: int | None = 4) -> Decision:
    where = replace(HERE, user_id=user)
    incoming = Incoming(where, "en", 9, Pressed("99", button), reply_to)
    return decide(incoming, known, POLICY, TEXTS, NOW)


def offered(known: Facts | None = None) -> Reply:
    [_, choice] = asked(known or facts(), Command("style")).replies
    return choice


def test_the_question_is_followed_by_one_message_of_buttons_and_no_pictures() -> None:
    [question, choice] = asked(facts(), Command("style")).replies
    assert question.asks
    assert (choice.album, choice.asks, choice.reply_to) == ((), "", 5)
    assert list(buttons(choice)) == [*(f"Own {n}" for n in range(1, 7)), "More styles"]
    for button in buttons(choice).values():
        assert (button.owner_id, button.words[-1]) == (7, "5")


def test_without_a_gallery_there_is_the_question_alone() -> None:
    [question] = asked(facts(styles=()), Command("style")).replies
    assert question.asks


def test_whoever_is_asked_for_the_photo_gets_no_buttons() -> None:
    [question] = asked(facts(Session()), Command("style")).replies
    assert (question.text, question.rows) == (TEXTS.reply_with_content(), ())


def test_the_pages_go_round_in_one_message() -> None:
    page, seen = offered(), list[str]()
    for _ in range(3):
        names = [label for label in buttons(page) if label.startswith("Own")]
        assert len(names) <= MAX_PAGE
        seen += names
        turned = press(buttons(page)["More styles"], facts())
        assert (turned.replies, turned.session) == ([], WAITING)
        assert turned.edit is not None
        page = turned.edit
    assert seen == [style.title for style in STYLES]
    assert buttons(page) == buttons(offered())


def test_a_button_paints_the_photo_that_waits_in_that_style() -> None:
    decision = press(buttons(offered())["Own 2"], facts())
    [job] = decision.new_jobs
    assert (job.content, job.styles, job.reply_to) == (PHOTO.sha256, (STYLES[1].sha256,), 5)
    assert (job.owner_id, job.chat_id, job.thread_id) == (7, -7, 3)
    assert decision.edit == Reply("The style: Own 2.")
    assert (decision.session.parts, decision.replies) == ((), [])


def test_the_last_style_is_offered_and_painted() -> None:
    known = facts(last_styles=("b" * 64, "c" * 64))
    [job] = press(buttons(offered(known))["My last style"], known).new_jobs
    assert job.styles == ("b" * 64, "c" * 64)


@pytest.mark.parametrize("label", ["Own 2", "More styles", "My last style"])
def test_the_buttons_are_for_whoever_asked_and_nobody_else(label: str) -> None:
    known = facts(last_styles=("b" * 64,))
    button = buttons(offered(known))[label]
    theirs = replace(known, session=Session((Part("e" * 64, 5),), asked=True, touched=NOW))
    decision = press(button, theirs, user=8)
    assert decision == Decision(theirs.session, [], notice=TEXTS.not_for_you(), new_jobs=[])


def test_somebody_elses_button_is_told_from_ones_own() -> None:
    button = Button(Action.PICK, owner_id=7, words=("x", "5"))
    incoming = Incoming(HERE, "en", 9, Pressed("99", button))
    assert choosing.somebody_elses(incoming) is None
    other = replace(incoming, where=replace(HERE, user_id=8))
    assert choosing.somebody_elses(other) == 7
    # In a private chat nobody can be somebody else.
    assert choosing.somebody_elses(replace(other, where=Where(8, 0, 8))) is None
    assert choosing.somebody_elses(replace(other, what=Pressed("99", None))) is None


def test_styles_without_a_photo_asks_for_it_once_one_is_chosen() -> None:
    [choice] = asked(facts(Session()), Command("styles")).replies
    assert (choice.text, choice.reply_to) == (TEXTS.choose_style_first(), 5)
    decision = press(buttons(choice)["Own 3"], facts(Session()), reply_to=4)
    [question] = decision.replies
    assert (question.text, question.reply_to) == (TEXTS.reply_with_content(), 4)
    assert question.asks, "only whoever asked can answer"
    assert [part.sha256 for part in decision.session.parts] == [STYLES[2].sha256]
    answer = asked(facts(decision.session, asked=True), PICTURE, "d" * 64)
    [job] = answer.new_jobs
    assert (job.content, job.styles) == ("d" * 64, (STYLES[2].sha256,))


def test_styles_with_a_photo_that_waits_is_for_that() -> None:
    [choice] = asked(facts(), Command("styles")).replies
    assert {button.words[-1] for button in buttons(choice).values()} == {"5"}


def test_styles_without_a_gallery_says_so() -> None:
    [reply] = asked(facts(styles=()), Command("styles")).replies
    assert (reply.text, reply.reply_to) == (TEXTS.no_styles_yet(), 5)


@pytest.mark.parametrize(
    ("button", "notice"),
    [
        (Button(Action.PICK, owner_id=7, words=("0123456789ab", "5")), TEXTS.style_gone()),
        (Button(Action.PICK_LAST, owner_id=7, words=("5",)), TEXTS.style_gone()),
        (
            Button(Action.PICK, owner_id=7, words=(STYLES[0].code, "6")),
            TEXTS.photo_waits_no_more(),
        ),
        (Button(Action.PICK, owner_id=7, words=(STYLES[0].code, "x")), TEXTS.button_too_old()),
        (Button(Action.PICKS, owner_id=7, words=("3", "5")), TEXTS.button_too_old()),
        (Button(Action.PICKS, owner_id=7, words=("x", "5")), TEXTS.button_too_old()),
    ],
)
def test_a_button_that_is_too_old_says_so_and_changes_nothing(button: Button, notice: str) -> None:
    decision = press(button, facts())
    assert (decision.notice, decision.session) == (notice, WAITING)
    assert (decision.edit, decision.replies, decision.new_jobs) == (None, [], [])


def test_every_button_fits_telegrams_limit_for_anyone_and_any_message() -> None:
    known = facts(replace(WAITING, parts=(Part("a", 2**52),)), last_styles=("b",))
    [choice] = choosing.offer(2**52, -MAX_OWNER, 5, known, TEXTS)
    for button in buttons(choice).values():
        assert len(encode(button)) <= 64


class TestNames:
    """A style may be called by its name, where the bot is meant."""

    @pytest.mark.parametrize(
        ("what", "known"),
        [
            (Other("text", "own 7"), facts(asked=True)),
            (Other("text", "7"), facts(asked=True)),
            (Command("style", text="own 7"), facts()),
            (Command("style", text="own 7", base=PICTURE), facts(Session(), base=PHOTO.sha256)),
            (Other("text", "Own 7"), facts(repaints=replace(JOB, content=PHOTO.sha256))),
        ],
        ids=["answer", "answer in a word", "command", "command on a photo", "reply to a result"],
    )
    def test_for_the_photo_that_is_there(self, what: Command | Other, known: Facts) -> None:
        decision = asked(known, what)
        [job] = decision.new_jobs
        assert (job.content, job.styles) == (PHOTO.sha256, (STYLES[6].sha256,))
        assert decision.replies == []

    def test_under_the_photo_with_the_command(self) -> None:
        decision = asked(facts(), Command("style", photo=PICTURE, text="own 7"), "d" * 64)
        [job] = decision.new_jobs
        assert (job.content, job.styles) == ("d" * 64, (STYLES[6].sha256,))
        assert decision.session.parts == WAITING.parts, "what waits goes on waiting"

    def test_before_the_photo(self) -> None:
        decision = asked(facts(Session()), Command("style", text="own 7"))
        [question] = decision.replies
        assert (question.text, question.reply_to) == (TEXTS.reply_with_content(), 5)
        assert decision.session.parts == (Part(STYLES[6].sha256, 0, Role.STYLE),)

    def test_a_photo_with_the_command_that_answers_another_is_the_style_all_the_same(self) -> None:
        what = Command("style", photo=PICTURE, base=PICTURE, text="own 7")
        [job] = asked(facts(base="b" * 64), what, "d" * 64).new_jobs
        assert (job.content, job.styles) == ("b" * 64, ("d" * 64,))

    @pytest.mark.parametrize(
        ("what", "known"),
        [
            (Other("text", "which one?"), facts(asked=True)),
            (Other("text", "nice"), facts(repaints=JOB)),
            (Other("text", "7"), facts(repaints=JOB)),
        ],
    )
    def test_chat_is_left_alone(self, what: Other, known: Facts) -> None:
        assert asked(known, what) == Decision(WAITING, [], new_jobs=[])

    def test_a_name_that_nobody_knows_asks_as_ever(self) -> None:
        [question, _] = asked(facts(), Command("style", text="of my youth")).replies
        assert question.text == TEXTS.reply_with_style()
