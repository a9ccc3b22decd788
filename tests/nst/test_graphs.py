"""Making a graph leaves nothing behind, for a worker may be killed at any time."""

import tempfile
from pathlib import Path

import pytest
import tensorflow as tf

from nst.lbfgs import Lbfgs
from nst.objective import Objective
from nst.tutorial import Tutorial
from nst.vgg import Vgg
from nst.weights import Convolution


def test_no_file_is_written(
    convolutions: dict[str, Convolution], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others, ours = tmp_path / "others", tmp_path / "ours"
    others.mkdir()
    ours.mkdir()
    picture = tf.random.stateless_uniform([1, 32, 32, 3], (1, 2))

    @tf.function  # type: ignore[untyped-decorator]
    def by_autograph(x: tf.Tensor) -> tf.Tensor:
        return x if tf.reduce_sum(x) > 0 else -x

    monkeypatch.setattr(tempfile, "tempdir", str(others))
    by_autograph(picture)
    assert list(others.glob("*.py"))  # so it would be seen
    monkeypatch.setattr(tempfile, "tempdir", str(ours))
    objective = Objective(Vgg(convolutions, "float32"))
    targets = objective.targets(picture, [picture], [1.0], 1.0)
    objective.evaluate_texture(picture, targets, picture)
    loss, gradient = objective.evaluate(picture, targets)
    Lbfgs(picture).step(loss.total, gradient)
    Tutorial(convolutions, picture[0].numpy(), picture[0].numpy()).step()
    assert list(ours.iterdir()) == []
