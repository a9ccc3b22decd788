"""What the nodes of a Ray cluster have room for. Pure; needs no Ray itself."""

import math
from collections.abc import Mapping


def room(node: Mapping[str, float], cpus: float, gpus: float) -> float:
    """How many paintings a node with these resources takes on at a time, each with `cpus` and
    `gpus` of them; one that takes nothing has no limit.
    """
    wanted = {"CPU": cpus, "GPU": gpus}
    fits = [node.get(name, 0.0) // many for name, many in wanted.items() if many]
    return min(fits, default=math.inf)


def shares(rooms: Mapping[str, float], slots: int) -> dict[str, int]:
    """How many workers to keep warm on each node that has room; `slots` in all, or a few more.

    Ray spreads the paintings over all of them.
    """
    able = {node: many for node, many in rooms.items() if many >= 1}
    each = math.ceil(slots / len(able)) if able else 0
    return {node: int(min(many, each)) for node, many in able.items()}
