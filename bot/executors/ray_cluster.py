"""Joins a Ray cluster, and asks it what it has. May block. Needs Ray."""

import logging
import socket
from collections.abc import Mapping
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from bot.executors.ray_orders import Orders

REACH_SECONDS = 5.0


def join(address: str) -> bool:
    """Join the cluster at `address`; whether that was still to be done.

    Raises `OSError` where nobody listens there, and what Ray raises.
    """
    if ray.is_initialized():
        return False
    if address != "auto":
        _reach(address)
    # What the workers print lies in Ray's own logs, on each node.
    ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    return True


def orders() -> Any:
    """The handle of a new `Orders`, on the node of this process."""
    here = on_node(ray.get_runtime_context().get_node_id())
    return ray.remote(num_cpus=0, scheduling_strategy=here)(Orders).remote()


def nodes() -> dict[str, Mapping[str, float]]:
    """What each living node has to give, by its id."""
    return {one["NodeID"]: one["Resources"] for one in ray.nodes() if one["Alive"]}


def on_node(node: str) -> NodeAffinitySchedulingStrategy:
    """Where a task or an actor has to be: there and nowhere else."""
    return NodeAffinitySchedulingStrategy(node, soft=False)


def _reach(address: str) -> None:
    """Raises `OSError`. Ray itself would try for minutes, and cannot be told to stop."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()
