"""Each worker sees one graphics card; what the operator has said of them holds."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from bot.executors import cards
from bot.executors.base import Snapshot
from bot.executors.cards import VARIABLE, visible
from bot.executors.process import ProcessExecutor
from tests.bot.executors.engines import order
from tests.bot.executors.ray_runs import painter_of


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders in place of the system's: `dev` and `proc`, with no card."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(cards, "DEVICES", tmp_path / "dev")
    monkeypatch.setattr(cards, "DRIVER", tmp_path / "proc")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "null").touch()
    return tmp_path


def with_nodes(system: Path, count: int) -> None:
    for name in ("nvidiactl", "nvidia-uvm", "nvidia-modeset", "nvidia-caps"):
        (system / "dev" / name).touch()
    for number in range(count):
        (system / "dev" / f"nvidia{number}").touch()


class TestWithoutACard:
    def test_nothing_is_said(self, system: Path) -> None:
        assert [cards.environment(slot) for slot in range(3)] == [{}] * 3

    def test_a_driver_with_no_card_is_none(self, system: Path) -> None:
        with_nodes(system, 0)
        assert cards.environment(0) == {}

    @pytest.mark.parametrize("given", ["", "-1", "NoDevFiles", "none", ",0"])
    def test_what_hides_them_all_is_left_as_it_is(
        self, system: Path, monkeypatch: pytest.MonkeyPatch, given: str
    ) -> None:
        """The worker inherits it."""
        with_nodes(system, 2)
        monkeypatch.setenv(VARIABLE, given)
        assert cards.environment(0) == {}


class TestWithCards:
    @pytest.mark.parametrize(
        ("count", "shown"), [(1, "0 0 0 0 0"), (2, "0 1 0 1 0"), (4, "0 1 2 3 0")]
    )
    def test_slots_take_turns(self, system: Path, count: int, shown: str) -> None:
        with_nodes(system, count)
        assert [cards.environment(slot)[VARIABLE] for slot in range(5)] == shown.split()

    def test_more_than_nine_are_counted(self, system: Path) -> None:
        with_nodes(system, 12)
        assert cards.environment(11) == {VARIABLE: "11"}

    def test_the_driver_lists_them_where_there_are_no_nodes(self, system: Path) -> None:
        for address in ("0000:07:00.0", "0000:0b:00.0"):
            (system / "proc" / address).mkdir(parents=True)
        assert [cards.environment(slot)[VARIABLE] for slot in range(3)] == ["0", "1", "0"]

    def test_nodes_go_before_the_list(self, system: Path) -> None:
        """A container may see the machine's list, and have one card of it."""
        with_nodes(system, 1)
        for address in ("0000:07:00.0", "0000:0b:00.0"):
            (system / "proc" / address).mkdir(parents=True)
        assert cards.environment(1) == {VARIABLE: "0"}


class TestOperator:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ("3", ["3"]),
            ("2,0", ["2", "0"]),
            (" 1 , 3 ", ["1", "3"]),
            ("0,2,-1,1", ["0", "2"]),
            ("1,x,2", ["1"]),
            (
                "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6,GPU-1a2b",
                ["GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "GPU-1a2b"],
            ),
            (
                "MIG-4b5e8b1f-8a5e-5f2c-9b5d-0c7a1d2e3f40,MIG-GPU-8932f937/1/0",
                ["MIG-4b5e8b1f-8a5e-5f2c-9b5d-0c7a1d2e3f40", "MIG-GPU-8932f937/1/0"],
            ),
        ],
    )
    def test_names_the_cards_by_cudas_rules(
        self, system: Path, given: str, found: list[str]
    ) -> None:
        with_nodes(system, 1)
        assert visible({VARIABLE: given}) == found

    def test_what_is_named_is_shared_out(
        self, system: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_nodes(system, 8)
        monkeypatch.setenv(VARIABLE, "GPU-a,GPU-b")
        shown = [cards.environment(slot)[VARIABLE] for slot in range(3)]
        assert shown == ["GPU-a", "GPU-b", "GPU-a"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux to look")
async def test_workers_at_the_same_time_see_a_card_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "GPU-a,GPU-b")
    executor = ProcessExecutor(2, engine="tests.bot.executors.engines")
    await executor.start()
    try:
        async with asyncio.timeout(30), AsyncExitStack() as stack:
            shown: list[str] = []
            for job in (1, 2):
                running = await stack.enter_async_context(
                    aclosing(executor.run(order("obey", job_id=job)))
                )
                async for event in running:
                    if isinstance(event, Snapshot):
                        shown += shown_to(painter_of(event))
                        break
    finally:
        await executor.close()
    assert sorted(shown) == [f"{VARIABLE}=GPU-a", f"{VARIABLE}=GPU-b"]


def shown_to(pid: int) -> list[str]:
    variables = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0")
    return [line for line in variables if line.startswith(VARIABLE)]
