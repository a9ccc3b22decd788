"""Reads Keras's own files of VGG weights (HDF5). Looks in Keras's folder; fetches where asked to.

A file is used only where its MD5 is the one that Keras itself checks (keras.applications). It
holds a group a layer, `blockN_convM`, whose attribute `weight_names` lists the kernel and then
the bias. h5py and Keras come with TensorFlow, and are imported when they are needed.
"""

import contextlib
import hashlib
import io
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nst.errors import WeightsMissing

Floats = npt.NDArray[np.float32]

ROOT = "https://storage.googleapis.com/tensorflow/keras-applications"
SILENCE = 30.0  # seconds without a byte after which a download is given up


@dataclass(frozen=True)
class Source:
    """Keras's file for one backbone, without the classifier's layers."""

    title: str
    name: str
    folder: str  # of the download
    md5: str
    layers: tuple[int, ...]  # convolutions in each block

    @property
    def url(self) -> str:
        """Where Keras has it from."""
        return f"{ROOT}/{self.folder}/{self.name}"


SOURCES = {
    "vgg19": Source(
        title="VGG-19",
        name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        folder="vgg19",
        md5="253f8cb515780f3b799900260a226db6",
        layers=(2, 2, 4, 4, 4),
    ),
    "vgg16": Source(
        title="VGG-16",
        name="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        folder="vgg16",
        md5="6d6bbae143d832006294945121d1f1fc",
        layers=(2, 2, 3, 3, 3),
    ),
}


def home() -> Path:
    """Keras's folder: `$KERAS_HOME`, or `.keras` in the user's own."""
    return Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))  # noqa: PTH111 - `Path.home` raises where there is none


def read_checked(source: Source) -> bytes | None:
    """The file in Keras's folder, where it lies there and is the one that is known."""
    return _checked(home() / "models" / source.name, source)


def fetch(source: Source) -> bytes:
    """The same, downloaded by Keras into its folder first. Raises `WeightsMissing`."""
    try:
        import keras

        home().mkdir(parents=True, exist_ok=True)  # or Keras would choose a folder of its own
        # Keras tells of the download on standard output, which is the caller's.
        with contextlib.redirect_stdout(sys.stderr), _impatience():
            path = keras.utils.get_file(
                source.name,
                source.url,
                cache_dir=str(home()),
                cache_subdir="models",
                file_hash=source.md5,
            )
    except Exception as error:  # Keras raises a bare `Exception` where the network fails
        raise _missing(source) from error
    data = _checked(Path(path), source)
    if data is None:
        raise _missing(source)
    return data


def decode(data: bytes, source: Source) -> dict[str, tuple[Floats, Floats]]:
    """Kernel (height, width, in, out) and bias (out) by layer, in order, from `conv1_1` on."""
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        return {
            f"conv{block}_{number}": _layer(file[f"block{block}_conv{number}"])
            for block, count in enumerate(source.layers, 1)
            for number in range(1, count + 1)
        }


def _layer(group: Any) -> tuple[Floats, Floats]:
    kernel, bias = (np.asarray(group[name], np.float32) for name in group.attrs["weight_names"])
    return kernel, bias


def _checked(path: Path, source: Source) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    # The digest that Keras publishes: it tells a damaged file from a whole one.
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return data if digest == source.md5 else None


def _missing(source: Source) -> WeightsMissing:
    return WeightsMissing(
        f"The weights of {source.title} cannot be fetched: put Keras's file {source.name} into "
        "~/.keras/models (with KERAS_HOME set: its folder models), or choose another backbone."
    )


@contextlib.contextmanager
def _impatience() -> Iterator[None]:
    """Connections made meanwhile fail after `SILENCE` seconds; Keras would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
