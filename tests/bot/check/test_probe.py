"""The engine's end of a check, in this process."""

import importlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.check import probe
from bot.check.finding import ok
from bot.check.questions import Questions
from nst import weights
from nst.options import Options
from nst.result import Result

if TYPE_CHECKING:
    from nst.objective import Objective

PLENTY = 64_000  # megabytes


def questions(
    *, size: int = 512, workers: int = 1, running: bool = False, quick: bool = True
) -> Questions:
    return Questions(
        size=size,
        max_size=1024,
        quality="standard",
        workers=workers,
        styles_dir=None,
        executor="process",
        ray_address="auto",
        ray_cpus=1,
        ray_gpus=0,
        running=running,
        quick=quick,
    )


def test_weights_that_are_whole() -> None:
    found = probe._weights()
    assert found.state == "ok"
    assert found.text.startswith("VGG-19, ")


def test_without_the_sketchs_networks_there_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.check.probe.sketch.is_installed", lambda: False)
    assert probe._weights().state == "note"


@pytest.mark.parametrize("damage", ["cut", "changed", "away"])
def test_weights_that_are_damaged_keep_it_from_painting(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = weights.find().read_bytes()
    path = tmp_path / weights.FILE_NAME
    if damage != "away":
        path.write_bytes(data[:1000] if damage == "cut" else data[:-1] + b"\xff")
    monkeypatch.setattr("nst.weights.find", lambda: path)
    monkeypatch.setattr(probe, "_device", lambda workers: (ok("device", "a processor"), "cpu"))
    found = {one.name: one for one in probe.answers(questions(quick=False))}
    assert found["weights"].state == "FAIL"
    assert "pip install" in found["weights"].text
    assert [*found] == ["weights", "device", "memory"]


def test_the_device_is_the_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("nst.devices")
    monkeypatch.setattr("nst.devices.best_precision", lambda: "float32")
    monkeypatch.setattr("nst.devices.device", lambda: "cpu")
    monkeypatch.setattr("nst.devices.cards", list)
    monkeypatch.setattr(probe, "NVIDIA", Path("nowhere"))
    found, kind = probe._device(1)
    assert (found.state, kind) == ("ok", "cpu")
    assert " processor cores, float32, TensorFlow 2." in found.text
    monkeypatch.setattr(probe, "NVIDIA", Path("/"))
    found, _ = probe._device(1)
    assert found.state == "note"
    assert "tensorflow[and-cuda]" in found.text
    monkeypatch.setattr("nst.devices.device", lambda: "gpu")
    monkeypatch.setattr("nst.devices.cards", lambda: ["NVIDIA H100"])
    found, kind = probe._device(1)
    assert (found.state, kind) == ("ok", "gpu")
    assert found.text.startswith("NVIDIA H100, float32")


@pytest.mark.parametrize(("workers", "state"), [(1, "note"), (2, "ok"), (5, "ok")])
def test_cards_that_no_worker_would_use_are_told_of(
    monkeypatch: pytest.MonkeyPatch, workers: int, state: str
) -> None:
    importlib.import_module("nst.devices")
    monkeypatch.setattr("nst.devices.best_precision", lambda: "bfloat16")
    monkeypatch.setattr("nst.devices.device", lambda: "gpu")
    monkeypatch.setattr("nst.devices.cards", lambda: ["A Card", "Another"])
    found, _ = probe._device(workers)
    assert found.state == state
    assert ("ATELIER_WORKERS=2" in found.text) is (state == "note")


def test_a_tensorflow_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nst.devices", None)
    monkeypatch.delattr("nst.devices")
    found = {one.name: one for one in probe.answers(questions(quick=False))}
    assert found["device"].state == "FAIL"
    assert found["device"].text.startswith("TensorFlow cannot be loaded: ")
    assert [*found] == ["weights", "device", "memory"]


@pytest.mark.parametrize(
    ("free", "workers", "state", "text"),
    [
        (PLENTY, 1, "ok", "a worker painting 512 pixels may take 1.5 GB"),
        (PLENTY, 4, "ok", "4 workers painting 512 pixels may take 6.0 GB"),
        (1300, 1, "FAIL", "1.4 GB are free, and a worker painting 512 pixels may take 1.5 GB: set"),
        (4000, 4, "FAIL", "ATELIER_WORKERS"),
        (1600, 1, "note", "not enough for ATELIER_MAX_SIZE, 1024 pixels: with 928 nobody asks"),
        (2200, 1, "ok", "a worker painting 512 pixels may take 1.5 GB"),
        (None, 1, "note", "does not say"),
    ],
)
def test_memory_against_what_the_workers_take(
    free: int | None, workers: int, state: str, text: str
) -> None:
    found = probe._memory(questions(workers=workers), free, "cpu")
    assert found.state == state
    assert text in found.text


def test_beside_a_running_bot_memory_that_it_has_is_not_asked_for_again() -> None:
    found = probe._memory(questions(running=True, workers=8), 900, "cpu")
    assert (found.state, found.text) == ("ok", "0.9 GB are free beside the running bot")


def test_a_running_bot_is_left_the_memory_that_it_may_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.check.probe.memory.available_mb", lambda: 900)
    monkeypatch.setattr(probe, "_device", lambda workers: pytest.fail("TensorFlow was loaded"))
    found = {one.name: one for one in probe.answers(questions(running=True, quick=False))}
    assert {name: one.state for name, one in found.items()} == {
        "weights": "ok",
        "device": "note",
        "memory": "ok",
    }
    assert "the 0.9 GB that are free" in found["device"].text


@pytest.mark.usefixtures("objective_is_kept")
def test_a_trial_painting_tells_what_one_as_set_takes(
    objective: "Objective", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TRIAL", Options(size=96, quality="draft", precision="float32"))
    monkeypatch.setattr("nst.network.trace", lambda _: None)  # more than this painting needs
    found = probe._painting(questions())
    assert found.state == "ok"
    assert found.text.startswith("a draft of 96 x 72 pixels in ")
    assert "`standard` at 512 takes about " in found.text


def test_a_machine_that_is_too_slow_for_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(content: Image.Image, style: Image.Image, options: Options) -> Result:
        report = {"seconds": 900.0, "width": 256, "height": 192, "options": options.to_dict()}
        return Result(Image.new("RGB", (256, 192)), options, report)

    monkeypatch.setattr(probe, "stylize", slow)
    monkeypatch.setattr("nst.network.trace", lambda _: None)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.1, 99.0))
    found = probe._painting(questions())
    assert found.state == "FAIL"
    about = re.search(r"`standard` at 512 takes about (\d+) minutes\n", found.text)
    assert about is not None
    assert 60 < int(about[1]) < 900 / 60 * 20  # the draft took 15
    assert "ATELIER_SIZE" in found.text
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 99.0, 0.0))
    busy = probe._painting(questions()).text
    assert f"takes about {about[1]} minutes, by what other work leaves" in busy


def test_a_trial_painting_that_has_no_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nst.network.trace", lambda _: None)
    monkeypatch.setattr("nst.run.memory.room_mb", lambda: 100)
    monkeypatch.setattr("nst.network.objective", lambda _: None)
    found = probe._painting(questions())
    assert found.state == "FAIL"
    assert "not enough memory" in found.text
