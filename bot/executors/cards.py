"""Which graphics card a worker gets. Looks at the system's devices; loads no TensorFlow.

TensorFlow takes hold of every card that it sees, and paints on the first alone: so a worker is
shown one.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CUDA_VISIBLE_DEVICES"
DEVICES = Path("/dev")
DRIVER = Path("/proc/driver/nvidia/gpus")

_DEVICE = re.compile(r"nvidia\d+")


def environment(slot: int) -> dict[str, str]:
    """What to add to the environment of the worker of `slot`, from 0 on; nothing without a card."""
    cards = visible(os.environ)
    return {VARIABLE: cards[slot % len(cards)]} if cards else {}


def visible(environment: Mapping[str, str]) -> list[str]:
    """The cards that workers may use, as CUDA knows them: numbers, or the ids that were given.

    Those that `environment` names, by the rules of CUDA: the first that is none ends the list.
    Without such a name, all that there are.
    """
    given = environment.get(VARIABLE)
    if given is None:
        return [str(number) for number in range(_count())]
    cards = []
    for name in (part.strip() for part in given.split(",")):
        if not (name.isdecimal() or name.startswith(("GPU-", "MIG-"))):
            break
        cards.append(name)
    return cards


def _count() -> int:
    """A container has nodes for the cards that it was given, and may see the others in the list."""
    return _entries(DEVICES, _DEVICE) or _entries(DRIVER, re.compile(r".+"))


def _entries(folder: Path, name: re.Pattern[str]) -> int:
    try:
        return sum(1 for entry in folder.iterdir() if name.fullmatch(entry.name))
    except OSError:
        return 0
