"""How many paintings nodes take on, and how many workers are kept warm there."""

import math

import pytest

from bot.executors.ray_room import room, shares

NODE = {"CPU": 8.0, "GPU": 2.0, "memory": 1e9}


@pytest.mark.parametrize(
    ("cpus", "gpus", "many"),
    [(8, 0, 1), (3, 0, 2), (9, 0, 0), (1, 1, 2), (1, 0.5, 4), (0, 3, 0), (0, 0, math.inf)],
)
def test_a_node_has_room_for_as_many_as_its_scarcest_resource_gives(
    cpus: float, gpus: float, many: float
) -> None:
    assert room(NODE, cpus, gpus) == many


@pytest.mark.parametrize(
    ("rooms", "slots", "warm"),
    [
        ({"head": 0, "one": 1, "two": 1}, 2, {"one": 1, "two": 1}),
        ({"one": 64}, 4, {"one": 4}),
        ({"one": 8, "two": 8}, 5, {"one": 3, "two": 3}),
        ({"one": 1, "two": 8}, 4, {"one": 1, "two": 2}),
        ({"one": 1, "two": 1, "three": 1}, 1, {"one": 1, "two": 1, "three": 1}),
        ({"one": math.inf}, 2, {"one": 2}),
        ({"head": 0}, 2, {}),
        ({}, 2, {}),
    ],
)
def test_every_node_with_room_is_kept_warm_for_its_share(
    rooms: dict[str, float], slots: int, warm: dict[str, int]
) -> None:
    assert shares(rooms, slots) == warm
