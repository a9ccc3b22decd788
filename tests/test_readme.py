"""The README tells what is so: its settings are the model's, its pictures are there."""

import re
from pathlib import Path

import pytest

from bot import settings_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_made_from_the_model() -> None:
    same = settings_table.shown(README) == settings_table.table()
    assert same, "Write it anew with: uv run python -m bot.settings_table"


def test_the_table_is_written_in_its_place_and_nothing_else_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = README.replace(settings_table.table(), "| an old one |")
    Path("README.md").write_text(page, encoding="utf-8")
    settings_table.main()
    assert Path("README.md").read_text(encoding="utf-8") == README != page


def test_every_picture_and_page_that_it_names_exists() -> None:
    names = [name for name in re.findall(r"\]\(([^)#:]+)\)", README) if "://" not in name]
    assert len(names) > 3
    missing = [name for name in names if not (ROOT / name).is_file()]
    assert not missing


def test_its_commands_are_those_that_the_checks_run() -> None:
    for command in ("pip install uv && uv run atelier demo", "pip install uv && uv run pytest"):
        assert f"```sh\n{command}\n```" in README
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "uv run pytest" in checks
