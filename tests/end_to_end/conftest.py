"""The bot from end to end, with the real engine at a small size, on the machine's own workers.

On a Ray cluster of two nodes, which needs Ray, and takes three minutes:
ATELIER_TEST_EXECUTOR=ray uv run --extra ray pytest tests/end_to_end
"""

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from tests.bot.executors.clusters import CPUS, cluster_of_nodes


@pytest.fixture(scope="session", autouse=True)
def _executor() -> Iterator[None]:
    """What the settings say, of the bots of this process and of those that it starts."""
    if os.environ.get("ATELIER_TEST_EXECUTOR") != "ray":
        yield
        return
    with cluster_of_nodes() as cluster:
        cluster.add_node(num_cpus=CPUS)
        settings = {
            "ATELIER_EXECUTOR": "ray",
            "ATELIER_RAY_ADDRESS": cluster.address,
            "ATELIER_RAY_CPUS": str(CPUS),
        }
        with patch.dict(os.environ, settings):
            yield
