"""What a check says of the Ray cluster.

The last needs Ray: `uv run --extra ray pytest -m ray tests/bot/check`.
"""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from bot.check import cluster, engine
from bot.check.questions import Questions
from bot.settings import Settings
from tests.bot.executors.clusters import cluster_of_nodes

HEAD = {"memory": 1e9}  # the bot's own node, with nothing to paint by
SMALL = {"CPU": 2.0}
LARGE = {"CPU": 16.0, "GPU": 1.0}


def questions(**settings: Any) -> Questions:
    asked = Settings(executor="ray", **settings)
    return engine.questions(asked, running=False, quick=False)


@pytest.mark.parametrize(
    ("settings", "state", "text"),
    [
        ({}, "ok", "3 nodes with 18 processors and 1 GPUs: a painting takes 1 processors and 0 "),
        ({"workers": 18}, "ok", "3 nodes"),
        ({"workers": 19}, "note", "room for 18 of the 19 at a time that ATELIER_WORKERS asks for"),
        ({"ray_cpus": 8, "workers": 2}, "ok", "3 nodes"),
        ({"ray_cpus": 8, "workers": 3}, "note", "room for 2 of the 3"),
        ({"ray_cpus": 4, "ray_gpus": 0.5, "workers": 2}, "ok", "takes 4 processors and 0.5 GPUs"),
        ({"ray_cpus": 0, "ray_gpus": 0, "workers": 64}, "ok", "3 nodes"),
        ({"ray_cpus": 17}, "FAIL", "which none has: start one, or set ATELIER_RAY_CPUS"),
        ({"ray_gpus": 2}, "FAIL", "ATELIER_RAY_GPUS"),
    ],
)
def test_room_for_paintings_is_that_of_its_nodes(
    settings: dict[str, Any], state: str, text: str
) -> None:
    found = cluster._room(questions(**settings), [HEAD, SMALL, LARGE])
    assert found.state == state, found
    assert text in found.text


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    [found] = cluster.answers(questions())
    assert (found.state, found.name) == ("FAIL", "cluster")
    assert "uv sync --extra ray" in found.text


def test_a_cluster_that_cannot_be_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str) -> bool:
        raise ConnectionError("Could not find any running Ray instance.\nMore of that.")

    left: list[bool] = []
    ray = SimpleNamespace(shutdown=lambda: left.append(True))
    monkeypatch.setitem(sys.modules, "ray", ray)
    joining = SimpleNamespace(join=refuse, nodes=dict)
    monkeypatch.setitem(sys.modules, "bot.executors.ray_cluster", joining)
    [found] = cluster.answers(questions())
    assert found.state == "FAIL"
    assert "Could not find any running Ray instance." in found.text
    assert "ATELIER_RAY_ADDRESS" in found.text
    assert left == [True]


@pytest.mark.ray
async def test_a_real_one_is_joined_and_left() -> None:
    with cluster_of_nodes() as nodes:
        nodes.add_node(num_cpus=3)
        asked = questions(ray_address=nodes.address, workers=1)
        async with asyncio.timeout(120), engine.asked(asked) as answers:
            [found] = [one async for one in answers]
    assert found.state == "ok", found
    assert found.text.startswith("2 nodes with 3 processors and 0 GPUs: ")
