"""VGG-19 and VGG-16 from Keras's files: the same features as Keras's, and no file but the known."""

import dataclasses
import hashlib
import inspect
import io
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from nst import keras_file, weights
from nst.errors import WeightsMissing
from nst.options import Backbone
from nst.vgg import Vgg
from nst.weights import Convolution, Floats

NETWORKS: dict[Backbone, tuple[Any, ModuleType]] = {
    "vgg19": (keras.applications.VGG19, keras.applications.vgg19),
    "vgg16": (keras.applications.VGG16, keras.applications.vgg16),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of Keras's, and nowhere to download from: a port that is closed."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(keras_file, "ROOT", f"http://127.0.0.1:{port}")
    return tmp_path / "keras"


def random_layers(backbone: Backbone, rng: np.random.Generator) -> dict[str, Convolution]:
    """Kernels that keep the activations' scale (He et al. 2015), and biases that show."""
    found, given = {}, 3
    for block, count in enumerate(keras_file.SOURCES[backbone].layers, 1):
        for number in range(1, count + 1):
            channels = min(512, 32 * 2**block)
            kernel = rng.normal(0, (2 / (9 * given)) ** 0.5, (3, 3, given, channels))
            bias = rng.normal(0, 5, channels)
            found[f"conv{block}_{number}"] = Convolution(
                kernel.astype(np.float32), bias.astype(np.float32)
            )
            given = channels
    return found


def hdf5(layers: dict[str, Convolution], kernel: str, bias: str) -> bytes:
    """A file as Keras 1 and 2 wrote them; of `kernel` and `bias`, `{}` is the layer's name."""
    buffer = io.BytesIO()
    names = [f"block{name[4]}_conv{name[6:]}" for name in layers]
    with h5py.File(buffer, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in ("input_1", *names, "block5_pool")]
        for name in ("input_1", "block5_pool"):  # layers without weights have their groups too
            file.create_group(name).attrs["weight_names"] = np.array([], "S1")
        for name, layer in zip(names, layers.values(), strict=True):
            group = file.create_group(name)
            group.attrs["weight_names"] = [kernel.format(name).encode(), bias.format(name).encode()]
            group[kernel.format(name)] = layer.kernel
            group[bias.format(name)] = layer.bias
    return buffer.getvalue()


def install(
    data: bytes, backbone: Backbone, home: Path, monkeypatch: pytest.MonkeyPatch
) -> keras_file.Source:
    """Put `data` where Keras keeps its file, and make its MD5 the known one."""
    source = know(data, backbone, monkeypatch)
    (home / "models").mkdir(parents=True, exist_ok=True)
    (home / "models" / source.name).write_bytes(data)
    return source


def know(data: bytes, backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> keras_file.Source:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    source = dataclasses.replace(keras_file.SOURCES[backbone], md5=digest)
    monkeypatch.setitem(keras_file.SOURCES, backbone, source)
    return source


def tiny(seed: int, backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A file of a network with one convolution in each of two blocks."""
    short = dataclasses.replace(keras_file.SOURCES[backbone], layers=(1, 1))
    monkeypatch.setitem(keras_file.SOURCES, backbone, short)
    return hdf5(random_layers(backbone, np.random.default_rng(seed)), "{}_W_1:0", "{}_b_1:0")


def keras_features(network: Any, module: ModuleType, picture: Floats) -> dict[str, Floats]:
    """All feature maps by Keras's own layers, with the two departures that `nst.vgg` names.

    The border: Keras's first layer sees a picture that has been extended by its outermost pixels,
    and what it makes of the extension is cut off. Pooling: the root of Keras's average of squares.
    """
    x = module.preprocess_input(picture * 255)
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    found = {}
    for layer in network.layers:
        if isinstance(layer, keras.layers.MaxPooling2D):
            x = np.sqrt(keras.layers.AveragePooling2D(2)(np.square(x)))
        elif isinstance(layer, keras.layers.Conv2D):
            x = layer(x)
            if layer.name == "block1_conv1":
                x = x[:, 1:-1, 1:-1]
            found[f"conv{layer.name[5]}_{layer.name[-1]}"] = np.asarray(x)
    return found


@pytest.mark.parametrize(
    ("backbone", "kernel", "bias", "count"),
    [
        ("vgg19", "{}_W_1:0", "{}_b_1:0", 16),  # as Keras's own two files have it
        ("vgg16", "{0}/{0}/kernel:0", "{0}/{0}/bias:0", 13),  # as Keras 2 saves it
    ],
)
def test_every_feature_map_is_that_of_kerass_network_with_the_same_file(
    backbone: Backbone,
    kernel: str,
    bias: str,
    count: int,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(19)
    data = hdf5(random_layers(backbone, rng), kernel, bias)
    make, module = NETWORKS[backbone]
    network = make(weights=None, include_top=False)
    source = install(data, backbone, home, monkeypatch)
    network.load_weights(home / "models" / source.name)  # by Keras's reader
    picture = rng.uniform(0, 1, (1, 40, 56, 3)).astype(np.float32)

    vgg = Vgg(weights.load(backbone), "float32")
    expected = keras_features(network, module, picture)
    found = vgg.features(picture, tuple(expected))

    assert len(expected) == len(found) == count
    assert list(vgg.layers) == list(expected)
    for name, wanted in expected.items():
        assert wanted.std() > 1, f"{name} is dull"
        error = np.linalg.norm(found[name] - wanted) / np.linalg.norm(wanted)
        assert error < 1e-5, f"{name}: {error}"


@pytest.mark.parametrize("backbone", NETWORKS)
def test_names_hashes_and_places_are_those_in_kerass_source(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real place
    source = keras_file.SOURCES[backbone]
    module = inspect.getmodule(inspect.unwrap(NETWORKS[backbone][0]))
    assert module is not None
    code = inspect.getsource(module)
    assert f'file_hash="{source.md5}"' in code.partition(f'"{source.name}",')[2][:300]
    assert source.url == module.WEIGHTS_PATH_NO_TOP


class TestVgg19:
    def test_is_the_wheels_without_kerass_file(self, convolutions: dict[str, Convolution]) -> None:
        self.assert_same(weights.load("vgg19"), convolutions)

    def test_is_kerass_file_where_it_lies_in_the_folder(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(tiny(1, "vgg19", monkeypatch), "vgg19", home, monkeypatch)
        self.assert_same(weights.load("vgg19"), random_layers("vgg19", np.random.default_rng(1)))

    def test_a_changed_bit_in_kerass_file_leads_back_to_the_wheels(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, convolutions: dict[str, Convolution]
    ) -> None:
        data = tiny(1, "vgg19", monkeypatch)
        path = home / "models" / install(data, "vgg19", home, monkeypatch).name
        path.write_bytes(flipped(data))
        self.assert_same(weights.load("vgg19"), convolutions)

    def test_a_folder_in_the_files_place_leads_back_to_the_wheels(
        self, home: Path, convolutions: dict[str, Convolution]
    ) -> None:
        (home / "models" / keras_file.SOURCES["vgg19"].name).mkdir(parents=True)
        self.assert_same(weights.load("vgg19"), convolutions)

    def assert_same(self, found: dict[str, Convolution], wanted: dict[str, Convolution]) -> None:
        assert list(found) == list(wanted)
        for name, layer in wanted.items():
            np.testing.assert_array_equal(found[name].kernel, layer.kernel, name)
            np.testing.assert_array_equal(found[name].bias, layer.bias, name)


def flipped(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 1
    return bytes(changed)


Serve = Callable[[bytes], list[str]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves bytes, whatever is asked for; the list is of what was asked for."""
    running: list[ThreadingHTTPServer] = []

    def start(data: bytes) -> list[str]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        monkeypatch.setattr(keras_file, "ROOT", f"http://127.0.0.1:{server.server_port}/weights")
        return asked

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


class TestVgg16:
    def refused(self) -> None:
        with pytest.raises(WeightsMissing) as caught:
            weights.load("vgg16")
        text = str(caught.value)
        assert "\n" not in text
        assert keras_file.SOURCES["vgg16"].name in text
        assert "put Keras's file" in text
        assert "127.0.0.1" not in text

    def test_is_fetched_once_and_kept_in_kerass_folder(
        self,
        home: Path,
        serve: Serve,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        data = tiny(2, "vgg16", monkeypatch)
        source = know(data, "vgg16", monkeypatch)
        asked = serve(data)
        for _ in range(2):
            found = weights.load("vgg16")
        assert asked == [f"/weights/vgg16/{source.name}"]
        wanted = random_layers("vgg16", np.random.default_rng(2))
        for name, layer in wanted.items():
            np.testing.assert_array_equal(found[name].kernel, layer.kernel, name)
        assert (home / "models" / source.name).read_bytes() == data
        assert capfd.readouterr().out == ""

    def test_a_damaged_copy_is_fetched_again(
        self, home: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = tiny(2, "vgg16", monkeypatch)
        path = home / "models" / install(data, "vgg16", home, monkeypatch).name
        path.write_bytes(flipped(data))
        asked = serve(data)
        assert list(weights.load("vgg16")) == ["conv1_1", "conv2_1"]
        assert len(asked) == 1
        assert path.read_bytes() == data

    def test_another_file_than_the_known_one_is_refused(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = tiny(2, "vgg16", monkeypatch)
        know(data, "vgg16", monkeypatch)
        serve(flipped(data))
        self.refused()

    def test_offline_is_one_sentence_that_says_what_to_do(self) -> None:
        self.refused()

    def test_offline_a_damaged_copy_is_not_used(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = tiny(2, "vgg16", monkeypatch)
        path = home / "models" / install(data, "vgg16", home, monkeypatch).name
        path.write_bytes(flipped(data))
        self.refused()

    def test_a_server_that_says_nothing_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keras_file, "SILENCE", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            root = f"http://127.0.0.1:{silent.getsockname()[1]}"
            monkeypatch.setattr(keras_file, "ROOT", root)
            self.refused()
        assert socket.getdefaulttimeout() is None

    def test_a_folder_that_cannot_be_made_is_one_sentence(self, home: Path) -> None:
        home.write_text("a file in its place")
        self.refused()

    def test_what_would_be_loaded_is_told_without_a_download(
        self, home: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = tiny(2, "vgg16", monkeypatch)
        asked = serve(data)
        assert weights.describe("vgg16") == "VGG-16, fetched on first use"
        assert weights.describe("vgg19") == "VGG-19, 19 MB, codebook of 256"
        install(data, "vgg16", home, monkeypatch)
        assert weights.describe("vgg16") == "VGG-16, 0 MB, Keras's file"
        assert asked == []
