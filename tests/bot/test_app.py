"""Where the service has its paintings painted, by its settings."""

import sys

import pytest

from bot.app import _default_executor
from bot.errors import AtelierError
from bot.executors.process import ProcessExecutor
from bot.settings import Settings


def test_they_are_painted_by_processes_unless_something_else_is_asked_for() -> None:
    assert isinstance(_default_executor(Settings()), ProcessExecutor)


def test_ray_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("ray_executor", "ray_calls"):
        monkeypatch.delitem(sys.modules, f"bot.executors.{name}", raising=False)
    with pytest.raises(AtelierError, match=r"^ATELIER_EXECUTOR is .*`uv sync --extra ray`\.$"):
        _default_executor(Settings(executor="ray"))
