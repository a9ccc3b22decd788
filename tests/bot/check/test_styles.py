"""What a check says of an operator's own pictures."""

from pathlib import Path

from PIL import Image

from bot.check import styles


def test_a_folder_of_styles(tmp_path: Path) -> None:
    Image.new("RGB", (90, 70), "red").save(tmp_path / "Red.PNG")
    Image.new("RGB", (90, 70), "blue").save(tmp_path / "blue.jpg")
    (tmp_path / ".hidden").touch()
    found = styles.look(tmp_path)
    assert (found.state, found.text) == ("ok", f"2 pictures of your own in {tmp_path}")


def test_a_folder_of_styles_with_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "folder").mkdir()
    found = styles.look(tmp_path)
    assert found.state == "note"
    assert "left out, by their names or endings: folder, notes.txt" in found.text
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    found = styles.look(tmp_path)
    assert found.state == "FAIL"
    assert found.text.splitlines()[-1].startswith("'broken.jpg' is not a picture")
    gone = styles.look(tmp_path / "gone")
    assert gone.state == "FAIL"
    assert "ATELIER_STYLES_DIR" in gone.text
