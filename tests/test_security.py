"""The page on security names what guards each line, and what would notice: all of it is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:bot|nst|tests)/[\w/]+\.py)`", PAGE))
    assert len(named) > 25
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_line_names_a_guard_and_a_test() -> None:
    table = PAGE.partition("## What is guarded")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for _, what, guard, test, _ in rows:
        assert "`bot/" in guard or "`nst/" in guard, what
        assert "`tests/" in test, what
