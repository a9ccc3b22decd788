"""How often the loss has been traced: a graph for each size would stay in memory for ever."""

import operator
from typing import Any

from nst.objective import Objective


def traces(objective: Objective) -> dict[str, int]:
    """Graphs by function; those with a mask as `name.masked`, and only once they are used.

    So are those for pictures in blocks.
    """
    counts = _counts(objective)
    for name in ("blocks", "blocks.full", "blocks.texture"):
        found = _counts(operator.attrgetter(name)(objective))
        counts |= {f"{name}.{key}": count for key, count in found.items() if count}
    return counts


def _counts(holder: object) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, value in vars(holder).items():
        plain, *masked = value if isinstance(value, tuple) else (value,)
        if hasattr(plain, "experimental_get_tracing_count"):
            counts[name] = _count(plain)
            counts |= {f"{name}.masked": _count(one) for one in masked if _count(one)}
    return counts


def _count(function: Any) -> int:
    return int(function.experimental_get_tracing_count())
