"""The README tells what is so: its settings are the model's, its pictures are there."""

import re
from pathlib import Path

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """The model as a Markdown table."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `ATELIER_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def test_the_table_of_settings_is_made_from_the_model() -> None:
    begin, end = "<!-- settings: made from bot/settings.py -->\n", "\n<!-- end of settings -->"
    shown = README.split(begin)[1].split(end)[0]
    assert shown == settings_table(), f"Put this into the README:\n{settings_table()}"


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
