"""Looks for the bot's token wherever the tests' code may have put it: in output, logs and files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

# As Telegram's are, and as those of every sandbox; not the few short ones that tests make up.
TOKEN = re.compile(rb"\d{7,}:[A-Za-z0-9_-]{30,}")
PIECE, OVERLAP = 2**20, 100
TITLE = "the bot's token"
FILES = "files_with_a_token"


class Watch:
    """A plugin of pytest: a run fails at its end if a token stands in what a test let slip.

    Only servers know it, and the processes that were given it. Where tests are spread over
    processes, each searches its own folder, and the first of them knows what all have printed.
    """

    folder: ClassVar[Path | None] = None

    def __init__(self) -> None:
        self.found: list[str] = []

    @pytest.fixture(scope="session", autouse=True)
    @classmethod
    def _folder_of_all_tests(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        cls.folder = tmp_path_factory.getbasetemp()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for title, text in report.sections:
            if TOKEN.search(text.encode(errors="replace")):
                self.found.append(f"{report.nodeid}: {title}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.found += getattr(node, "workeroutput", {}).get(FILES, ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        files = [str(one) for one in _with_a_token(self.folder)] if self.folder else []
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output[FILES] = files
            return
        self.found += files
        if self.found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section(TITLE)
            terminalreporter.write_line("It stands where nobody may read it:")
            for place in self.found:
                terminalreporter.write_line(f"FAILED {place}")


def _with_a_token(folder: Path) -> Iterator[Path]:
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
