"""`atelier`, which sends itself signals: `python -m tests.bot.hooked NUMBER CALL,CALL… COMMAND…`.

Each when so many Python functions have been called as stands there, whatever the machine is at.
It says so, and at its end how many calls there were.
"""

import atexit
import os
import sys
from types import FrameType

from bot.entry import main

number, calls = int(sys.argv[1]), [int(one) for one in sys.argv[2].split(",")]
count = 0


def counted(_frame: FrameType, event: str, _about: object) -> None:
    """For `sys.setprofile`."""
    global count
    count += event == "call"
    if calls and count >= calls[0]:
        calls.pop(0)
        os.write(1, b"a signal\n")
        os.kill(os.getpid(), number)


if __name__ == "__main__":
    del sys.argv[1:3]
    atexit.register(lambda: sys.stderr.write(f"after {count} calls\n"))
    sys.setprofile(counted)
    main()
