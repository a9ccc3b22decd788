"""SIGKILL by webhook: what was answered with 200 is handled, whenever the bot dies.

`uv run pytest -m faults -s tests/faults/test_webhook.py` prints what came out: four minutes.
"""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.updates import FIRST_UPDATE
from tests.faults import judge, matrix
from tests.faults.judge import Record
from tests.faults.lives import Nursery
from tests.faults.matrix import Cell, Instants, Victim
from tests.faults.scene import Scene
from tests.faults.stories import play
from tests.faults.test_kill_matrix import came_out, counted, deed_at, deed_of, outcomes_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

INSTANTS = 30


def by_webhook() -> dict[str, str]:
    """The environment of a bot that listens on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return {"ATELIER_WEBHOOK_URL": f"http://{address}", "ATELIER_LISTEN": address}


async def undisturbed(scene: Scene) -> None:
    await scene.start(**by_webhook())


def acknowledged(record: Record) -> Record:
    """Updates are brought one by one: all before the last that came were answered with 200."""
    last = max(number for number, _ in record.ledger.updates)
    assert min(number for number, _ in record.ledger.updates) == FIRST_UPDATE
    assert not [call for call in record.calls if call["method"] == "getUpdates"]
    return replace(record, confirmed=last + 1)


async def test_around_every_call(nursery: Nursery, tmp_path: Path) -> None:
    calm = acknowledged(await play(nursery, "album", tmp_path / "calm", undisturbed))
    assert judge.broken(calm, calm) == []
    cells = matrix.cells(matrix.calls("album", calm.calls), (Victim.BOT,))
    assert {"setWebhook", "sendPhoto"} <= {cell.call.method for cell in cells}

    async def judged(cell: Cell) -> str:
        deed = deed_of(cell, **by_webhook())
        return came_out(
            acknowledged(await play(nursery, "album", tmp_path / str(cell), deed)), calm
        )

    outcomes, failures = await outcomes_of(cells, judged)
    print("", matrix.table(outcomes), counted(outcomes), sep="\n\n")  # noqa: T201
    assert not failures, "\n\n".join(failures)


async def test_at_random_instants(nursery: Nursery, tmp_path: Path) -> None:
    calm = await play(nursery, "private", tmp_path / "calm", undisturbed, hurries=True)
    first, last = (calm.calls[at]["time"] for at in (0, -1))

    async def judged(instants: Instants) -> str:
        deed = deed_at(instants, **by_webhook())
        folder = tmp_path / str(instants.seed)
        record = await play(nursery, "private", folder, deed, hurries=True)
        return came_out(acknowledged(record), acknowledged(calm))

    outcomes, failures = await outcomes_of(matrix.instants(INSTANTS, last - first), judged)
    print("", counted(outcomes), sep="\n\n")  # noqa: T201
    assert not failures, "\n\n".join(failures)
