"""`uv run python -m bot.settings_table`: writes the README's table of settings from the model.

Touches README.md in the current folder, between two marks.
"""

from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.settings_words import allowed, variable

README = Path("README.md")
BEGIN, END = "<!-- settings: made from bot/settings.py -->\n", "\n<!-- end of settings -->"


def table() -> str:
    """The model in Markdown."""
    rows = ["| setting | default | values | what it is |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        cells = (f"`{variable(name)}`", _default(field.default), allowed(field), field.description)
        rows.append(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def shown(page: str) -> str:
    """The table that a page has."""
    return page.split(BEGIN)[1].split(END)[0]


def main() -> None:
    """Bring the page up to date."""
    page = README.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    README.write_text(f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}", encoding="utf-8")


def _default(value: Any) -> str:
    if value is None or value == ():
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    main()
