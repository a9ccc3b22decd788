"""`python -m bot.executors.launch ENGINE`: ties a worker to the bot's life, then loads it.

What a worker loads takes a second, and far more on a busy machine. A bot that is killed meanwhile
must leave nothing behind, so this comes first, and imports next to nothing.
"""

import ctypes
import os
import select
import signal
import sys
from typing import NoReturn

PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html


def main() -> NoReturn:
    """Be a worker until the bot is gone."""
    if sys.platform == "linux":
        # The worker's thread cannot end a process whose interpreter native code holds: this does.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    orders = select.poll()
    orders.register(0, select.POLLHUP)
    if orders.poll(0):  # the bot was gone before
        os._exit(0)
    from bot.executors import worker

    worker.main()


if __name__ == "__main__":
    main()
