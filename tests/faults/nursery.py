"""Brings up bots that have their imports behind them: `python -m tests.faults.nursery`.

A scene starts a bot two or three times, and most of a start is imports. A nursery has done them
once, and forks a process for each life. It reads a line of JSON for each, and writes its id, and
how it has ended.
"""

import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from typing import Any

from tests.faults import subject

# What a bot loads before it can listen, the late ones too.
IMPORTS = (
    "aiosqlite",
    "alembic.command",
    "bot.app",
    "bot.executors.process",
    "bot.run",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)


def main() -> None:
    """Serve until standard input ends."""
    for module in IMPORTS:
        importlib.import_module(module)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ, "order")
    selector.register(woken, selectors.EVENT_READ, "death")
    while True:
        for key, _ in selector.select():
            if key.data == "order":
                line = sys.stdin.readline()
                if not line:
                    return
                _tell(born=_fork(json.loads(line)))
            else:
                os.read(woken, 4096)
                _bury()


def _fork(life: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(life["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, 256)
    os.chdir(life["folder"])
    os.environ.clear()
    os.environ.update(life["environment"])
    code = 1
    try:
        subject.main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _bury() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(dead=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**words: int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
