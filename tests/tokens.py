"""Looks for the bot's token wherever the tests' code may have put it: in output, logs and files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

NAME = "token-watch"
# As Telegram's are, and as those of every sandbox; not the few short ones that tests make up.
TOKEN = re.compile(rb"\d{7,}:[A-Za-z0-9_-]{30,}")
PIECE, OVERLAP = 2**20, 100


class Watch:
    """A plugin of pytest: what every test has printed and logged, and which test comes last."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.looked_at = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for title, text in report.sections:
            self.looked_at += len(text)
            if TOKEN.search(text.encode(errors="replace")):
                self.found.append(f"{report.nodeid}: {title}")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def files_with_a_token(folder: Path) -> Iterator[Path]:
    """All below `folder`, links not followed; what a server noted of its calls may have one."""
    for path in sorted(folder.rglob("*")):
        ours = path.is_file() and not path.is_symlink() and not path.name.startswith("transcript")
        if ours and _has_one(path):
            yield path


def _has_one(path: Path) -> bool:
    before = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if TOKEN.search(before + piece):
                return True
            before = piece[-OVERLAP:]
    return False
