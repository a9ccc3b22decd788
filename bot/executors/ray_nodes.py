"""Keeps workers warm on the nodes of a Ray cluster, also on those that join later. Needs Ray."""

import asyncio
from collections.abc import Callable
from typing import Any

import ray
import structlog

from bot import metrics
from bot.executors import ray_cluster
from bot.executors.base import Failed
from bot.executors.ray_calls import Calls
from bot.executors.ray_room import room, shares

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0  # between two looks at who is there

WarmUp = Callable[[str], Any]  # submits a warm-up to a node, by its id; returns Ray's reference


class Nodes:
    """The nodes that paint: each takes `cpus` and `gpus` for a painting, `slots` are wanted in all.

    A warm-up takes what a painting takes, so that those of a node come to processes of their own,
    as a rule: Ray may give one process both where the first was quicker than another's start. A
    painting that comes meanwhile waits for what it would have had to load. No warm-up may wait for
    a painting, since Ray then gives none to nodes that join: nothing is warmed up while `is_busy`.
    """

    def __init__(
        self,
        calls: Calls,
        warm_up: WarmUp,
        is_busy: Callable[[], bool],
        *,
        slots: int,
        cpus: float,
        gpus: float,
    ) -> None:
        self._calls = calls
        self._warm_up = warm_up
        self._is_busy = is_busy
        self._slots, self._cpus, self._gpus = slots, cpus, gpus
        self._seen: set[str] = set()
        self._warming: dict[asyncio.Task[None], Any] = {}  # and Ray's reference
        # Apart: while the head is away Ray does not say who is there, and nothing may wait for it.
        self._looks = Calls()

    async def keep(self) -> None:
        """Look who is there, again and again."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            metrics.WORKERS_READY.set(0)

    async def close(self) -> None:
        """End what is being warmed up."""
        for task, reference in [*self._warming.items()]:
            task.cancel()
            await self._calls.make(ray.cancel, reference)
        self._looks.end()

    async def _look(self) -> None:
        try:
            there = await self._looks.make(ray_cluster.nodes)
            rooms = {node: room(has, self._cpus, self._gpus) for node, has in there.items()}
            metrics.WORKERS_READY.set(min(self._slots, sum(rooms.values())))
            for node, many in shares(rooms, self._slots).items():
                if node not in self._seen and not self._is_busy():
                    self._seen.add(node)
                    for _ in range(many):
                        self._begin(node, await self._calls.make(self._warm_up, node))
        except Exception as error:  # of a dozen kinds
            log.warning("nodes_not_seen", reason=type(error).__name__)

    def _begin(self, node: str, reference: Any) -> None:
        task = asyncio.create_task(self._await(node, reference))
        self._warming[task] = reference
        task.add_done_callback(self._warming.pop)

    async def _await(self, node: str, reference: Any) -> None:
        try:
            failed: Failed | None = await reference
        except Exception as error:  # the process, the node, or the way to it
            log.warning("node_not_warm", node=node, reason=type(error).__name__)
        else:
            if failed is None:
                log.info("worker_ready", node=node)
            else:
                log.error("worker_not_started", node=node, detail=failed.detail)
