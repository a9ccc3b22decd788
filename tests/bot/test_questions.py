"""Whose questions in groups are answered, those too whose arrival was never noted."""

from dataclasses import replace

from bot import lookup, questions
from bot.choices import Preferences
from bot.database import Database
from bot.decision import Facts, Policy
from bot.fairness import Limits
from bot.gathering import Part, Session
from bot.incoming import Incoming, Photo
from bot.sessions import Where
from bot.texts import texts_for

ANN, BOB = Where(-7, 0, 11), Where(-7, 0, 12)
WORDS = texts_for("en", group=True).reply_with_style()
POLICY = Policy(Limits(9, 9, 9), {})
NOBODY = Facts(Session())
WAITING = Facts(Session((Part("a" * 64, 4),)))
NOTED, LOST, AGAIN = 30, 20, 40  # messages: a question to Ann, and one that was asked twice


async def answers(
    database: Database, where: Where, to: int, words: str = WORDS, facts: Facts = NOBODY
) -> bool:
    """Whether a photo in reply to a message with these words answers a question."""
    photo = Photo("id", 100, 50, None, None)
    incoming = Incoming(where, "en", 50, photo, reply_to=to, replied=words)
    return (await database.run(lookup.more, incoming, 1, facts, POLICY, 0.0)).asked


async def test_only_whoever_was_asked_answers_and_as_often_as_they_like(
    database: Database,
) -> None:
    await database.run(questions.add, ANN, NOTED)
    for _ in range(2):
        assert await answers(database, ANN, NOTED)
        assert not await answers(database, BOB, NOTED)
    assert not await answers(database, replace(ANN, chat_id=-8), NOTED, "Reply to this!")


async def test_a_question_that_was_never_noted_is_known_by_its_words_once_it_is_asked_again(
    database: Database,
) -> None:
    assert not await answers(database, ANN, LOST)
    await database.run(questions.add, ANN, AGAIN)
    assert await answers(database, ANN, LOST)
    assert not await answers(database, BOB, LOST)
    assert not await answers(database, ANN, LOST, words="Send /style as a reply to a photo.")
    assert not await answers(database, ANN, AGAIN + 1), "an older question is none of it"
    assert not await answers(database, replace(ANN, chat_id=-8), LOST)


async def test_or_while_a_photo_of_theirs_waits(database: Database) -> None:
    assert await answers(database, ANN, LOST, facts=WAITING)
    assert not await answers(database, ANN, LOST, words="Help", facts=WAITING)


async def test_a_question_that_is_known_to_be_another_persons_stays_theirs(
    database: Database,
) -> None:
    await database.run(questions.add, BOB, NOTED)
    await database.run(questions.add, ANN, AGAIN)
    assert not await answers(database, ANN, NOTED, facts=WAITING)


async def test_its_words_are_those_of_the_chats_language(database: Database) -> None:
    german = replace(WAITING, preferences=Preferences(language="de"))
    words = texts_for("de", group=True).reply_with_content()
    assert await answers(database, ANN, LOST, words, german)
    assert not await answers(database, ANN, LOST, WORDS, german)
