"""`nst bench`: what reaches the bench, what is shown and saved, exit codes, Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nst import bench
from nst.errors import WeightsMissing
from nst.figures import Check, Figures, Painted, Speed
from tests.nst.commands import Run


class Machine:
    """In place of the bench: notes what it is given, and has figures at once."""

    given: tuple[Any, ...] = ()
    interrupted = False

    def __init__(self, *given: Any) -> None:
        type(self).given = given
        self.figures = Figures("cpu", "float32", 512, 384)

    def run(self) -> None:
        tell, cancelled = self.given[3:]
        tell("speed at 512 x 384 pixels")
        assert not cancelled()
        self.figures.speeds.append(Speed(512, 384, 1.25, None, 1.0))
        self.figures.painted.append(Painted("draft", 9.0, 0.12, 90.0))
        self.figures.tutorial += [Check(0, 0.0, 0.66, 200.0), Check(230, 299.0, 0.2, 50.0)]
        self.figures.interrupted = self.interrupted


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> type[Machine]:
    fresh = type("Fresh", (Machine,), {})
    monkeypatch.setattr(bench, "Bench", fresh)
    return fresh


def test_tables_go_to_standard_output_and_progress_to_standard_error(
    nst: Run, machine: type[Machine]
) -> None:
    code, out, err = nst("bench")
    assert (code, err) == (0, "speed at 512 x 384 pixels\n")
    assert machine.given[:3] == (512, 300.0, ("draft", "standard"))
    assert "float32 (auto)" in out
    assert "not enough memory" in out
    assert "not within 230 steps" in out


def test_options_reach_the_bench_and_the_report_holds_its_figures(
    nst: Run, machine: type[Machine], tmp_path: Path
) -> None:
    report = tmp_path / "figures.json"
    code, out, _ = nst("bench", "--size", 256, "--seconds", 12.5, "--fine", "--report", report)
    assert code == 0
    assert machine.given[:3] == (256, 12.5, ("draft", "standard", "fine"))
    figures = json.loads(report.read_text())
    times = figures["needed"]["draft"]["loss"]["times"]
    assert times == pytest.approx(299 / 9)
    assert f"{times:.1f}" in out


def test_an_interrupt_shows_and_saves_what_there_is(
    nst: Run, machine: type[Machine], tmp_path: Path
) -> None:
    machine.interrupted = True
    code, out, err = nst("bench", "--report", tmp_path / "r.json")
    assert code == 130
    assert "float32" in out
    assert err.splitlines()[-1].startswith("nst: interrupted")
    assert json.loads((tmp_path / "r.json").read_text())["interrupted"] is True


@pytest.mark.parametrize(
    "bad",
    ["--size=63", "--size=8193", "--size=auto", "--seconds=0", "--report=absent/r", "--report=."],
)
def test_what_cannot_be_done_is_refused_before_measuring(
    nst: Run, machine: type[Machine], tmp_path: Path, monkeypatch: Any, bad: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = nst("bench", bad)
    assert (code, out) == (1, "")
    assert re.fullmatch(r"nst: [^\n]+\n", err), err
    assert machine.given == ()


def test_missing_weights_are_one_line(nst: Run, machine: type[Machine], monkeypatch: Any) -> None:
    def fail(self: Machine) -> None:
        raise WeightsMissing("The weights are missing.")

    monkeypatch.setattr(machine, "run", fail)
    assert nst("bench") == (1, "", "nst: The weights are missing.\n")


def test_a_real_interrupt_shows_the_figures_so_far() -> None:
    """A real process and a real Ctrl-C, once the first size is measured."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from nst.cli import main; main()", "bench", "--size", "64"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("speed at 128"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "64 x 48" in out
    assert "128 x 96" not in out
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "nst: interrupted; the figures are those so far"
