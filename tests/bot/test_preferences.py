"""The `preferences` table."""

from pathlib import Path

from bot import preferences
from bot.choices import Preferences
from bot.database import opened

FINE = Preferences(language="ru", quality="fine")


async def test_each_chat_has_its_own_and_the_last_choice_counts(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        assert await database.run(preferences.load, 7) == Preferences()
        for chosen in (Preferences(size="768"), FINE):
            await database.run(preferences.save, 7, chosen)
        await database.run(preferences.save, -7, Preferences(colours="content"))
        assert await database.run(preferences.load, 7) == FINE
        assert await database.run(preferences.load, -7) == Preferences(colours="content")


async def test_what_is_taken_back_or_dropped_leaves_nothing(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        for chat_id in (7, 8):
            await database.run(preferences.save, chat_id, FINE)
        await database.run(preferences.save, 7, Preferences())
        assert not await database.run(preferences.drop, 7)
        assert await database.run(preferences.drop, 8)
        assert await database.run(preferences.load, 8) == Preferences()
