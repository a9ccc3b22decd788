"""The `preferences` table."""

import pytest

from bot import preferences
from bot.choices import Preferences
from bot.database import Database

FINE = Preferences(language="ru", quality="fine")


@pytest.mark.both_databases
async def test_each_chat_has_its_own_and_the_last_choice_counts(database: Database) -> None:
    assert await database.run(preferences.load, 7) == Preferences()
    for chosen in (Preferences(size="768"), FINE):
        await database.run(preferences.save, 7, chosen)
    await database.run(preferences.save, -7, Preferences(colours="content"))
    assert await database.run(preferences.load, 7) == FINE
    assert await database.run(preferences.load, -7) == Preferences(colours="content")


async def test_what_is_taken_back_or_dropped_leaves_nothing(database: Database) -> None:
    for chat_id in (7, 8):
        await database.run(preferences.save, chat_id, FINE)
    await database.run(preferences.save, 7, Preferences())
    assert not await database.run(preferences.drop, 7)
    assert await database.run(preferences.drop, 8)
    assert await database.run(preferences.load, 8) == Preferences()
