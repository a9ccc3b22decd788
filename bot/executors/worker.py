"""The worker process, once `bot.executors.launch` has loaded it. Speaks frames on its pipes.

Touches its own standard streams, priority and signals. Paints one request after the other, and
is gone as soon as the bot is.
"""

import contextlib
import gc
import importlib
import io
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn, cast

from bot.executors.base import Request
from bot.executors.frames import PREFIX, Cancel, Finish, Idle, Message, decode, encode, lengths
from bot.executors.painting import Engine, Orders, failure, paint
from nst import limits

NICENESS = 10
OOM_SCORE = 500  # of 1000: where memory runs out, the worker goes before the bot

_Job = tuple[Request, Orders]


def main() -> NoReturn:
    """Serve until the bot closes the pipe."""
    orders, replies = _private_pipes()
    _step_back()
    jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, jobs), daemon=True).start()
    try:
        engine = cast(Engine, importlib.import_module(sys.argv[1]))
        engine.warm_up()
    except Exception as error:
        _send(replies, failure(error))
        os._exit(1)
    while True:
        _send(replies, Idle(_rss_mb()))
        _serve(engine, jobs.get(), replies)
        gc.collect()  # a painting's reference cycles hold megabytes: measure without them


def _serve(engine: Engine, job: _Job, replies: io.BufferedWriter) -> None:
    request, orders = job
    final = paint(engine, request, lambda event: _send(replies, event), orders)
    try:
        _send(replies, final)
    except (TypeError, ValueError) as error:  # a report that JSON cannot hold, or too large
        _send(replies, failure(error))


def _private_pipes() -> tuple[io.FileIO, io.BufferedWriter]:
    """Standard input and output, moved to where no library's `print` can reach them."""
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return orders, replies


def _step_back() -> None:
    """Leave the processor to the bot, the memory too, and the signals: it decides when to end."""
    limits.enforce()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")


def _listen(orders: io.FileIO, jobs: queue.SimpleQueue[_Job]) -> None:
    """Pass the bot's orders on. When the pipe ends the bot is gone: go too, whatever is running."""
    current = Orders()
    try:
        while True:
            match _receive(orders):
                case Request() as request:
                    current = Orders()
                    jobs.put((request, current))
                    del request
                case Cancel():
                    current.cancel.set()
                case Finish():
                    current.finish.set()
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _receive(orders: io.FileIO) -> Message:
    header, body = lengths(_read(orders, PREFIX.size))
    return decode(_read(orders, header), _read(orders, body))


def _read(orders: io.FileIO, size: int) -> bytes:
    data = bytearray(size)
    at = 0
    while at < size:
        count = orders.readinto(memoryview(data)[at:])
        if not count:
            raise EOFError
        at += count
    return bytes(data)


def _send(replies: io.BufferedWriter, message: Message) -> None:
    parts = encode(message)
    try:
        for part in parts:
            replies.write(part)
        replies.flush()
    except OSError:  # the bot is gone
        os._exit(0)


def _rss_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # not Linux
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
