"""The gallery's names, an operator's own folder, and what it refuses."""

from pathlib import Path

import pytest
from PIL import Image

from nst import gallery
from nst.errors import BadOptions, Unreadable
from nst.gallery import Gallery, catalogue


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path / "cache"))


def _save(path: Path, size: tuple[int, int] = (300, 200), colour: str = "teal") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def test_there_are_at_least_twelve_styles_with_safe_names_and_titles() -> None:
    assert len(gallery.names()) >= 12
    for name in gallery.names():
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz-"), name
        assert gallery.title(name)
    assert len({gallery.title(name) for name in gallery.names()}) == len(gallery.names())


def test_a_style_has_the_long_side_that_was_asked_for() -> None:
    assert max(gallery.style("tapestry", 128).size) == 128


@pytest.mark.parametrize("name", ["", "../tapestry", "no such", "Tapestry"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(BadOptions, match="no style called"):
        gallery.style(name)
    with pytest.raises(BadOptions, match="no style called"):
        gallery.title(name)


@pytest.mark.parametrize("size", [0, 63, 2049, -1, True])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(BadOptions, match="from 64 to 2048"):
        gallery.style("tapestry", size)


def test_an_operators_pictures_come_after_ours_under_safe_names(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    _save(folder / "My Old_Wall!.png")
    _save(folder / "Été <b>.jpg")
    _save(folder / ".hidden.png")
    (folder / "notes.txt").write_text("not a picture")
    (folder / "folder.png").mkdir()
    mine = Gallery(folder)
    assert mine.names() == (*catalogue.STYLES, "my-old-wall", "t-b")
    assert mine.title("my-old-wall") == "My old wall!"
    assert mine.style("my-old-wall", 90).size == (90, 60)


def test_an_operators_picture_is_never_enlarged(tmp_path: Path) -> None:
    _save(tmp_path / "own" / "small.png", (120, 100))
    assert Gallery(tmp_path / "own").style("small", 768).size == (120, 100)


def test_an_operators_picture_takes_the_place_of_a_style_of_its_name(tmp_path: Path) -> None:
    _save(tmp_path / "own" / "Tapestry.png", colour="red")
    mine = Gallery(tmp_path / "own")
    assert mine.names() == gallery.names()
    assert mine.style("tapestry", 64).getpixel((5, 5)) == (255, 0, 0)


def test_of_two_files_with_one_name_the_first_counts(tmp_path: Path) -> None:
    _save(tmp_path / "own" / "a b.png", colour="red")
    _save(tmp_path / "own" / "a-b.png", colour="blue")
    assert Gallery(tmp_path / "own").style("a-b", 64).getpixel((5, 5)) == (255, 0, 0)


def test_a_damaged_picture_of_an_operators_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    with pytest.raises(Unreadable, match=r"broken\.png"):
        Gallery(folder).style("broken")


def test_an_absent_folder_has_no_pictures(tmp_path: Path) -> None:
    assert Gallery(tmp_path / "nowhere").names() == gallery.names()
