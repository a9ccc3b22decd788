"""When the gallery is rendered, and what becomes of it."""

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import gallery, gallery_keeper
from bot.database import Database
from bot.files import Files
from bot.gallery_renderer import Picture
from bot.gallery_renderer import pictures as rendered
from tests.bot.sandbox.pictures import decoded, encoded, picture

MOSAIC, NEON = Picture("mosaic", "Mosaic", b"mosaic"), Picture("neon", "Neon", b"neon")


@pytest.fixture
def styles() -> list[Picture]:
    return [MOSAIC, NEON]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path / "files")
    files.prepare()
    return files


async def shown(database: Database) -> list[tuple[str, str | None]]:
    return [(one.name, one.file_id) for one in await database.run(gallery.offered)]


async def test_the_pictures_are_kept_in_their_order_and_rendered_once(
    database: Database, files: Files, styles: list[Picture]
) -> None:
    await gallery_keeper.keep(database, files, None)
    offered = await database.run(gallery.offered)
    assert [(one.name, await files.get(one.sha256)) for one in offered] == [
        ("mosaic", b"mosaic"),
        ("neon", b"neon"),
    ]
    styles.clear()
    await gallery_keeper.keep(database, files, None)
    assert await database.run(gallery.offered) == offered


async def test_a_picture_that_stays_the_same_is_not_uploaded_again(
    database: Database, files: Files, styles: list[Picture], tmp_path: Path
) -> None:
    await gallery_keeper.keep(database, files, None)
    known = {one.sha256: f"id of {one.name}" for one in await database.run(gallery.offered)}
    await database.run(gallery.note_file_ids, known)
    styles[:] = [Picture("own", "Own", b"own"), MOSAIC, Picture("neon", "Neon", b"brighter")]
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "own.jpg").write_bytes(b"own")
    await gallery_keeper.keep(database, files, tmp_path / "styles")
    assert await shown(database) == [("own", None), ("mosaic", "id of mosaic"), ("neon", None)]
    del styles[0]
    (tmp_path / "styles" / "own.jpg").unlink()
    await gallery_keeper.keep(database, files, tmp_path / "styles")
    assert await shown(database) == [("mosaic", "id of mosaic"), ("neon", None)]


async def test_what_is_lost_or_was_cut_short_is_rendered_again(
    database: Database, files: Files
) -> None:
    await gallery_keeper.keep(database, files, None)
    [mosaic, _] = await database.run(gallery.offered)

    async def nobody_needs(names: set[str]) -> set[str]:
        return names

    await files.drop({mosaic.sha256}, nobody_needs)
    await gallery_keeper.keep(database, files, None)
    assert await files.get(mosaic.sha256) == b"mosaic"
    # As a kill in the middle of the first time would leave it.
    await database.run(gallery.complete, ["mosaic"], "")
    await gallery_keeper.keep(database, files, None)
    assert [name for name, _ in await shown(database)] == ["mosaic", "neon"]


async def test_a_gallery_that_cannot_be_rendered_is_no_failure(
    database: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pictures(folder: Path | None) -> AsyncIterator[Picture]:
        yield MOSAIC
        raise OSError("no more processes")

    monkeypatch.setattr("bot.gallery_keeper.pictures", pictures)
    await gallery_keeper.keep(database, files, None)
    assert await shown(database) == [("mosaic", None)]


def test_the_helper_does_not_outlive_the_bot() -> None:
    command = [sys.executable, "-m", "bot.gallery_renderer"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as helper:
        assert helper.stdin
        helper.stdin.close()  # as the kernel does it when the bot is killed
        try:
            assert helper.wait(timeout=5) == 0
        finally:
            helper.kill()
        assert helper.stdout
        assert len(helper.stdout.readlines()) < 3, "it ended in the middle"


async def test_the_helper_renders_an_operators_pictures_and_leaves_out_what_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = asyncio.create_subprocess_exec, []

    async def starting(*arguments: str, **options: Any) -> Process:
        started.append(await start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr("bot.gallery_renderer.asyncio.create_subprocess_exec", starting)
    # In the place of the first built-in styles: those take seconds to render.
    (tmp_path / "nocturne.png").write_bytes(encoded(picture(200, 100), "PNG"))
    (tmp_path / "waves.jpg").write_bytes(b"no picture")
    (tmp_path / "stained-glass.webp").write_bytes(encoded(picture(100, 300), "WEBP"))
    found = []
    made = rendered(tmp_path)
    async for one in made:
        found.append(one)
        if len(found) == 2:
            break
    await made.aclose()
    assert [one.name for one in found] == ["nocturne", "stained-glass"]
    assert [decoded(one.jpeg).size for one in found] == [(200, 100), (100, 300)]
    assert [one.returncode for one in started] == [-signal.SIGKILL], "it had not finished"
