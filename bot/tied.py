"""Ties a helper process to whoever has started it. Touches the helper's own life."""

import os
import threading


def go_with_the_parent() -> None:
    """From now on this process ends once its standard input does: nobody waits any more."""
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    # Not by `sys.stdin`: a thread that reads it keeps Python from ending.
    while os.read(0, 1):
        pass
    os._exit(0)
