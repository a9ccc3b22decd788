"""Ray for tests: on this machine, heard on its loopback only, in a folder of its own."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

ROOT = Path(__file__).parents[3]
CPUS = 2  # as many as may be asked for, whatever the machine has
STORE = 200 * 2**20  # bytes

ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),  # where tasks find the tests' engine
    # One for all: a process reads them but once.
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what there and here keeps it to the loopback
}


@contextmanager
def environment() -> Iterator[str]:
    """What Ray needs to be told before it is loaded, and a new folder for it. Skips without Ray."""
    with (
        # Short: sockets in it have names of 107 characters at most.
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
        patch.dict(os.environ, {**ENVIRONMENT, "RAY_TMPDIR": folder}),
    ):
        own = Path(folder) / "ray"  # what Ray calls it below that one
        own.mkdir()
        pytest.importorskip("ray", reason="needs Ray: uv run --extra ray pytest -m ray")
        yield str(own)


@contextmanager
def on_this_machine() -> Iterator[None]:
    """A cluster of one node that this process has joined."""
    with environment() as folder:
        import ray

        ray.init(
            num_cpus=CPUS,
            object_store_memory=STORE,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        try:
            yield
        finally:
            ray.shutdown()


@contextmanager
def cluster_of_nodes() -> Iterator[Any]:
    """A `ray.cluster_utils.Cluster` whose head paints nothing. This process has not joined it."""
    with environment() as folder:
        from ray.cluster_utils import Cluster

        cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "include_dashboard": False,
                "node_ip_address": "127.0.0.1",
                "temp_dir": folder,
            },
        )
        try:
            yield cluster
        finally:
            cluster.shutdown()
