"""What is asked of the machine, and what follows from each answer."""

import math
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from nst import card, devices, network
from nst.options import Options, Precision

choose = devices.best_precision.__wrapped__  # without the cache, and so is
find = devices.device.__wrapped__


def measured(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    monkeypatch.setattr(devices, "_has_bfloat16_instructions", lambda: True)
    monkeypatch.setattr(devices, "device", lambda: "cpu")
    monkeypatch.setattr(devices, "_seconds", seconds.__getitem__)


class TestDevice:
    def test_is_what_tensorflow_sees(self) -> None:
        assert devices.device() == ("gpu" if tf.config.list_physical_devices("GPU") else "cpu")

    def test_a_gpu_grows_its_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grown: list[tuple[str, bool]] = []
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"{kind}:0"])
        monkeypatch.setattr(
            tf.config.experimental, "set_memory_growth", lambda *given: grown.append(given)
        )
        assert find() == "gpu"
        assert grown == [("GPU:0", True)]

    def test_a_gpu_that_is_already_in_use_is_used_as_it_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*given: Any) -> None:
            raise RuntimeError("Physical devices cannot be modified after being initialized")

        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", refuse)
        assert find() == "gpu"

    @pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
    def test_memory_growth_is_set_before_the_network_is_loaded(
        self, monkeypatch: pytest.MonkeyPatch, precision: Precision
    ) -> None:
        asked: list[str] = []

        def device() -> str:
            asked.append("device")
            return "cpu"

        monkeypatch.setattr(devices, "device", device)
        monkeypatch.setattr(network, "_objective", lambda *given: asked.append("network"))
        network.objective(Options(precision=precision))
        assert asked[0] == "device"
        assert asked[-1] == "network"


class TestPrecision:
    def test_is_one_that_the_engine_has(self) -> None:
        assert devices.best_precision() in ("float32", "bfloat16")

    def test_is_bfloat16_where_it_is_much_faster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        measured(monkeypatch, float32=2.0, bfloat16=1.0)
        assert choose() == "bfloat16"

    @pytest.mark.parametrize("share", [0.99, 1.0, 3.0])
    def test_is_float32_where_the_gain_is_not_worth_it(
        self, monkeypatch: pytest.MonkeyPatch, share: float
    ) -> None:
        measured(monkeypatch, float32=devices.GAIN, bfloat16=1.0 / share if share < 1 else share)
        assert choose() == "float32"

    def test_nothing_is_measured_without_the_instructions(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        measured(monkeypatch)  # any measurement is a KeyError
        monkeypatch.setattr(devices, "_has_bfloat16_instructions", lambda: False)
        assert choose() == "float32"

    @pytest.mark.parametrize(
        ("flags", "has"),
        [
            ("flags : fpu avx2 avx512_bf16 sse", True),
            ("flags : amx_bf16", True),
            ("flags : fpu avx2 avx512f sse", False),
        ],
    )
    def test_the_instructions_are_looked_up(
        self, monkeypatch: pytest.MonkeyPatch, flags: str, has: bool
    ) -> None:
        monkeypatch.setattr(Path, "read_text", lambda *args, **kwargs: flags)
        assert devices._has_bfloat16_instructions() is has

    def test_a_system_that_does_not_list_them_has_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **kwargs: Any) -> str:
            raise FileNotFoundError

        monkeypatch.setattr(Path, "read_text", refuse)
        assert devices._has_bfloat16_instructions() is False

    @pytest.mark.parametrize("precision", ["float32", "bfloat16"])
    def test_the_measurement_takes_time_but_not_long(self, precision: str) -> None:
        assert 0 < devices._seconds(precision) < 5


class TestCard:
    """A card that is not there: its convolutions take the seconds that a test says."""

    @pytest.fixture
    def computes_in(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        found: list[str] = []
        monkeypatch.setattr(devices, "device", lambda: "gpu")
        monkeypatch.setattr(devices, "compute_in", found.append)
        return found

    @pytest.mark.parametrize(
        ("float32", "tensorfloat32", "bfloat16", "best"),
        [
            (8.0, 2.0, 1.0, "bfloat16"),
            (8.0, 2.0, 1.9, "tensorfloat32"),  # what rounds less, where it is as good as that
            (8.0, 7.0, 6.9, "float32"),
            (8.0, 7.0, 6.0, "bfloat16"),
            (8.0, 8.0, math.inf, "float32"),  # an older card: it fails
            (8.0, 2.0, math.inf, "tensorfloat32"),
        ],
    )
    def test_has_the_precision_that_is_worth_it(
        self,
        computes_in: list[str],
        monkeypatch: pytest.MonkeyPatch,
        float32: float,
        tensorfloat32: float,
        bfloat16: float,
        best: str,
    ) -> None:
        taken = {"float32": float32, "tensorfloat32": tensorfloat32, "bfloat16": bfloat16}

        def seconds(dtype: str, side: int) -> float:
            precision = computes_in[-1]
            assert dtype == devices.dtype(precision)
            if taken[precision] == math.inf:
                raise tf.errors.UnimplementedError(None, None, "no such convolution")
            return taken[precision]

        monkeypatch.setattr(devices, "_seconds", seconds)
        assert choose() == best

    def test_tensorfloat32_is_a_way_to_multiply_float32(self) -> None:
        assert [devices.dtype(name) for name in devices.CARD_PRECISIONS] == [
            "float32",
            "float32",
            "bfloat16",
        ]

    @pytest.mark.parametrize(
        ("precision", "rounded"),
        [("float32", False), ("tensorfloat32", True), ("bfloat16", True)],
    )
    def test_float32_is_multiplied_as_its_precision_has_it(
        self, precision: str, rounded: bool
    ) -> None:
        before = tf.config.experimental.tensor_float_32_execution_enabled()
        try:
            devices.compute_in(precision)
            assert tf.config.experimental.tensor_float_32_execution_enabled() is rounded
        finally:
            tf.config.experimental.enable_tensor_float_32_execution(before)

    def test_a_painting_may_take_what_is_free_and_what_is_kept_of_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(devices, "device", lambda: "gpu")
        monkeypatch.setattr(card, "memory_mb", lambda: (5000, 8000))
        monkeypatch.setattr(
            tf.config.experimental, "get_memory_info", lambda name: {"peak": 700 * 2**20}
        )
        assert devices.card_room_mb() == 5700 - devices.CARD_RESERVE_MB
        monkeypatch.setattr(card, "memory_mb", lambda: (100, 8000))
        assert devices.card_room_mb() == 0

    @pytest.mark.parametrize("device", ["cpu", "gpu"])
    def test_where_no_card_tells_nothing_is_known(
        self, monkeypatch: pytest.MonkeyPatch, device: str
    ) -> None:
        monkeypatch.setattr(devices, "device", lambda: device)
        monkeypatch.setattr(card, "memory_mb", lambda: (5000, 8000) if device == "cpu" else None)
        assert devices.card_room_mb() is None


class TestMemory:
    def test_the_peak_is_at_least_what_is_resident_now(self) -> None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        now = pages * resource.getpagesize() // 2**20
        assert now <= devices.peak_rss_mb() <= 10 * now

    def test_the_peak_remembers_what_has_been_freed(self) -> None:
        code = (
            "import sys; sys.modules['tensorflow'] = object()  # is not needed here\n"
            "from nst import card, devices\n"
            "before = devices.peak_rss_mb(); data = b'x' * (200 * 2**20); del data\n"
            "print(before, devices.peak_rss_mb())"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        before, after = map(int, done.stdout.split())
        assert 195 <= after - before <= 230
        assert before < 150, "the parent's memory has been counted in"

    def test_the_peak_is_known_without_proc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: Any, **kwargs: Any) -> str:
            raise FileNotFoundError

        exact = devices.peak_rss_mb()
        monkeypatch.setattr(Path, "read_text", refuse)
        assert devices.peak_rss_mb() >= exact - 1
