"""What the tests of the engine share: TensorFlow and its traces are paid for once a session."""

import functools
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from nst.options import Backbone, Options
from tests import tokens

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if TYPE_CHECKING:
    from nst.objective import Objective
    from nst.weights import Convolution
    from tests.nst.runs import Painted


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(tokens.Watch())


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite waits more than it computes, so it is spread over processes.

    What is named, or measures, or paints for minutes, runs in this one alone.
    """
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    ordinary = "not slow" in config.getoption("markexpr")
    return (os.cpu_count() or 1) + 1 if whole and ordinary else 0


@pytest.fixture(scope="session")
def convolutions() -> "dict[str, Convolution]":
    from nst.weights import load_vgg19

    return load_vgg19()


@pytest.fixture(scope="session")
def objective() -> "Objective":
    """The engine's own, in float32, so that its traces serve every test."""
    from nst import network

    return network.objective(Options(precision="float32"))


@pytest.fixture
def objective_is_kept(objective: "Objective", monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine keeps one network at a time: for a test that asks for others, too."""
    from nst import network

    kept = network._objective
    others = functools.cache(kept.__wrapped__)

    def either(backbone: Backbone, dtype: str) -> "Objective":
        return (kept if (backbone, dtype) == ("vgg19", "float32") else others)(backbone, dtype)

    monkeypatch.setattr(network, "_objective", either)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A cold, smooth scene, 96 x 72: sky, a hill, a bright disc."""
    y, x = np.mgrid[0:72, 0:96] / 96
    sky = np.stack([0.35 + 0.2 * y, 0.5 + 0.2 * y, 0.8 - 0.1 * y], -1)
    sky[y > 0.45 + 0.1 * np.sin(x * 7)] = (0.15, 0.35, 0.3)
    sky[(x - 0.7) ** 2 + (y - 0.2) ** 2 < 0.01] = 0.95
    return Image.fromarray((sky * 255).astype(np.uint8))


@pytest.fixture(scope="session")
def style() -> Image.Image:
    """Warm slanting strokes, 80 x 80: strong texture, and nothing of the photo's colours."""
    y, x = np.mgrid[0:80, 0:80]
    stripes = 0.5 + 0.5 * np.sin((x + 2 * y) / 3)
    noise = np.random.default_rng(5).normal(0, 0.08, (80, 80))
    strength = np.clip(stripes + noise, 0, 1)[..., np.newaxis]
    picture = strength * np.array([0.95, 0.55, 0.1]) + (1 - strength) * np.array([0.5, 0.05, 0.02])
    return Image.fromarray((picture * 255).astype(np.uint8))


@pytest.fixture(scope="session")
def painted(objective: "Objective", photo: Image.Image, style: Image.Image) -> "Painted":
    """One whole run of the engine, small."""
    from tests.nst.runs import paint

    return paint(photo, style)
