"""A card whose memory is full all the same: the stage is painted again in less, or given up."""

import itertools
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst import budget
from nst.budget import Budget
from nst.clock import Clock
from nst.objective import Objective
from nst.painter import Moment, Painter, Painting
from nst.schedule import Stage
from nst.subject import Subject, scaled

STAGE = Stage(960, 32, 2, 2)


class Card:
    """An objective whose memory is full where a picture of more than `holds` pixels is whole."""

    def __init__(self, objective: Objective, holds: int) -> None:
        self._objective, self._holds = objective, holds
        self.whole, self.tiled = 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objective, name)

    def evaluate(self, picture: tf.Tensor, targets: Any) -> Any:
        self.whole, self.tiled = (
            self.whole + (not targets.blocks),
            self.tiled + bool(targets.blocks),
        )
        if picture.shape[1] * picture.shape[2] > self._holds and not targets.blocks:
            raise tf.errors.ResourceExhaustedError(None, None, "full")
        return self._objective.evaluate(picture, targets)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of pictures as small as those here, too, the tiles count and not what is fixed."""
    monkeypatch.setattr(budget, "FIXED_MB", 0)
    monkeypatch.setattr(budget, "GOOD_TILE", 12_000)
    monkeypatch.setattr(budget, "SMALLEST_TILE", 12_000)


def painted(card: Card, photo: Image.Image, style: Image.Image) -> tuple[Painting, list[Moment]]:
    told: list[Moment] = []
    subject = Subject(photo.resize((STAGE.width, STAGE.height)), [style], [1.0])
    painter = Painter(card, subject, [STAGE], Clock(1e-6, None), Budget(None))  # type: ignore[arg-type]
    picture = scaled(subject.content, STAGE)
    return painter.paint(told.append, lambda: False, picture), told


def test_it_goes_on_in_tiles(objective: Objective, photo: Image.Image, style: Image.Image) -> None:
    card = Card(objective, holds=10_000)
    painting, told = painted(card, photo, style)
    assert (card.whole, card.tiled) == (1, 2)
    # The texture, in which it was not noticed; and all again from there.
    assert [moment.step for moment in told] == [1, 2, 1, 2, 3, 4]
    assert painting.schedule[0]["steps"] == 4
    assert painting.loss is not None
    assert np.isfinite(painting.picture).all()
    assert painting.picture.shape == (32, 960, 3)


def test_where_tiles_do_not_fit_either_it_is_given_up(
    objective: Objective,
    photo: Image.Image,
    style: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*given: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "full")

    card = Card(objective, holds=0)
    monkeypatch.setattr(card, "evaluate", full, raising=False)
    with pytest.raises(MemoryError):
        painted(card, photo, style)


def test_half_of_what_was_given_is_less_each_time() -> None:
    stage, room = Stage(4000, 3000, 2, 2), Budget(None)
    given: list[int] = []
    while (fit := room.fit(stage)) is not None:
        given.append(fit.mb)
        room = room.halved(stage)
    assert len(given) > 2
    assert all(after <= before // 2 for before, after in itertools.pairwise(given))
