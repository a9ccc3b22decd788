"""Rendered once, kept, replaced when damaged, and never in the way."""

import os
from pathlib import Path

import pytest
from PIL import Image

from nst.gallery import cache


class Painter:
    """Counts how often it is asked."""

    def __init__(self, size: int = 80) -> None:
        self.calls = 0
        self.size = size

    def __call__(self) -> Image.Image:
        self.calls += 1
        return Image.new("RGB", (self.size, self.size // 2), "orange")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path))
    return tmp_path / "gallery"


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_is_rendered_once_and_then_read(folder: Path) -> None:
    painter = Painter()
    first = cache.kept("plain", 80, painter)
    second = cache.kept("plain", 80, painter)
    assert painter.calls == 1
    assert first.tobytes() == second.tobytes()
    assert _files(folder) == [f"plain-80-{cache.version()}.png"]


def test_each_size_has_its_own_file(folder: Path) -> None:
    cache.kept("plain", 80, Painter())
    cache.kept("plain", 100, Painter(100))
    assert len(_files(folder)) == 2


@pytest.mark.parametrize("damage", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", None])
def test_a_damaged_file_is_rendered_again(folder: Path, damage: bytes | None) -> None:
    painter = Painter()
    cache.kept("plain", 80, painter)
    path = folder / _files(folder)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert cache.kept("plain", 80, painter).size == (80, 40)
    assert painter.calls == 2
    assert path.read_bytes() == whole


def test_a_file_of_another_size_is_rendered_again(folder: Path) -> None:
    painter = Painter()
    cache.kept("plain", 80, painter)
    Image.new("RGB", (70, 70)).save(folder / _files(folder)[0])
    assert cache.kept("plain", 80, painter).size == (80, 40)


def test_other_code_renders_anew_and_clears_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter = Painter()
    cache.kept("plain", 80, painter)
    monkeypatch.setattr(cache, "version", lambda: "othercode")
    cache.kept("plain", 80, painter)
    assert painter.calls == 2
    assert _files(folder) == ["plain-80-othercode.png"]


def test_a_write_that_fails_leaves_no_part_of_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Image.Image, file: object, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    assert cache.kept("plain", 80, Painter()).size == (80, 40)
    assert _files(folder) == []


def test_a_file_appears_whole_under_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    replace = os.replace

    def spy(self: Path, target: Path) -> None:
        seen.append([name for name in _files(folder) if name.endswith(".png")])
        with Image.open(self) as picture:
            picture.load()
        replace(self, target)

    monkeypatch.setattr(Path, "replace", spy)
    cache.kept("plain", 80, Painter())
    assert seen == [[]]
    assert len(_files(folder)) == 1


def test_a_folder_that_cannot_be_written_costs_only_the_rendering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("ATELIER_CACHE", str(blocked))
    painter = Painter()
    assert cache.kept("plain", 80, painter).size == (80, 40)
    assert painter.calls == 1


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_CACHE", "/a/b")
    assert cache.folder() == Path("/a/b")
    monkeypatch.delenv("ATELIER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache.folder() == Path("/c/atelier")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/x")
    assert cache.folder() == Path("/home/x/.cache/atelier")
