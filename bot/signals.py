"""What SIGTERM and SIGINT do to work: end it, and end it once. Touches the process's signals."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.entry import SIGNALS

T = TypeVar("T")


class Stopped(Exception):
    """Work has ended because of a signal, `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number

    @property
    def exit_code(self) -> int:
        """As a shell has it."""
        return 128 + self.number


async def until_signal(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. The first signal cancels it, and those that follow let it end.

    Raises `Stopped` then. In the main thread only.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        if len(received) == 1:
            task.cancel()

    before = {one: signal.getsignal(one) for one in SIGNALS}
    for one in SIGNALS:
        loop.add_signal_handler(one, stop, one)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise
    finally:
        for one, handler in before.items():
            loop.remove_signal_handler(one)
            signal.signal(one, handler)
