"""A run on a node, without a cluster: this process is in the place of Ray's."""

import _thread
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bot.executors import ray_task
from bot.executors.base import Event, Finished, Request, Snapshot
from bot.executors.limits import Limits
from bot.executors.ray_orders import Orders
from bot.executors.ray_task import Post, Taken
from tests.bot.executors.engines import order

ENGINE = "tests.bot.executors.engines"
LIMITS = Limits(grace_seconds=0.2)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    post = Post()
    monkeypatch.setattr(ray_task, "_post", lambda: post)
    yield post
    post.begin(post.close()).result()


@pytest.fixture
def orders() -> Any:
    """What a task has of the bot's: a handle."""
    return SimpleNamespace(after=SimpleNamespace(remote=Orders().after))


def attempt(orders: Any, request: Request, limits: Limits = LIMITS) -> Iterator[Taken | Event]:
    return ray_task.attempt(request, "run", orders, ENGINE, limits)


def pid_of(finished: Taken | Event) -> int:
    assert isinstance(finished, Finished), finished
    return int(finished.report["pid"])


@pytest.mark.usefixtures("post")
def test_a_worker_that_was_warmed_up_paints(orders: Any) -> None:
    assert ray_task.warm_up(ENGINE, LIMITS) is None
    assert ray_task.warm_up(ENGINE, LIMITS) is None
    first, *_, finished = attempt(orders, order("paint"))
    assert first == Taken({})
    *_, again = attempt(orders, order("paint"))
    assert pid_of(finished) == pid_of(again)


@pytest.mark.usefixtures("post")
def test_an_engine_that_cannot_be_warmed_up_is_told_of() -> None:
    failed = ray_task.warm_up("tests.bot.executors.no_such_engine", LIMITS)
    assert failed is not None
    assert "ModuleNotFoundError" in failed.detail


@pytest.mark.usefixtures("post")
def test_workers_that_were_replaced_are_told_of_once(orders: Any) -> None:
    list(attempt(orders, order("die")))
    told = [next(iter(attempt(orders, order("paint")))) for _ in range(2)]
    assert told == [Taken({"died": 1}), Taken({})]


@pytest.mark.usefixtures("post")
def test_a_run_that_ray_interrupts_frees_the_worker(orders: Any) -> None:
    events = attempt(orders, order("hang"))
    while not isinstance(next(events), Snapshot):
        pass
    interrupt = threading.Timer(0.2, _thread.interrupt_main)
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        next(events)
    interrupt.join()
    *_, finished = attempt(orders, order("paint"))
    assert isinstance(finished, Finished), finished
