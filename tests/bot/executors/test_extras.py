"""Before and after in one picture, and the film of a painting."""

import importlib.util
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

import nst
from bot.executors.base import Event, Finished
from bot.executors.extras import FILM_SIDE, FRAMES, PAIR_SIDE, Film, pair
from bot.executors.painting import Orders, paint
from nst.encode import encode_png
from tests.bot.executors import engines


def colour(name: str, size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, name)


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    image = Image.open(BytesIO(data))
    image.load()
    return image


def moment(step: int, size: tuple[int, int], *, sketch: bool = False) -> nst.Progress:
    shade = (step % 256, 100, 200)
    return nst.Progress(
        step=step,
        steps=500,
        scale=max(size),
        loss=1.0,
        seconds_left=1.0,
        sketch=sketch,
        image=lambda: Image.new("RGB", size, shade),
        checkpoint=lambda: b"",
    )


def near(image: Image.Image, box: tuple[int, int, int, int], name: str) -> bool:
    part = image.crop(box)
    difference = ImageChops.difference(part, colour(name, part.size))
    return max(ImageStat.Stat(difference).mean) < 4


@pytest.mark.parametrize("size", [(640, 480), (3000, 1000)])
def test_wide_pictures_stand_one_above_the_other(size: tuple[int, int]) -> None:
    both = opened(pair(encode_png(colour("red", size)), colour("blue", size)))
    assert both.format == "JPEG"
    half = both.height // 2
    assert near(both, (0, 0, both.width, half - 20), "red")
    assert near(both, (0, half + 20, both.width, both.height), "blue")
    assert both.width == min(size[0], PAIR_SIDE)


@pytest.mark.parametrize("size", [(480, 640), (500, 500)])
def test_others_stand_side_by_side(size: tuple[int, int]) -> None:
    both = opened(pair(encode_png(colour("red", size)), colour("blue", size)))
    half = both.width // 2
    assert near(both, (0, 0, half - 20, both.height), "red")
    assert near(both, (half + 20, 0, both.width, both.height), "blue")


def test_before_is_shown_in_the_shape_and_size_of_after() -> None:
    both = opened(pair(encode_png(colour("red", (3000, 4000))), colour("blue", (96, 128))))
    assert both.size == (2 * 96 + round(0.02 * 128), 128)


def test_what_cannot_be_paired_costs_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert pair(b"a secret", colour("blue", (64, 48))) is None
    assert "secret" not in capsys.readouterr().out


def test_a_film_has_few_small_frames_and_ends_on_the_result() -> None:
    film = Film()
    film.add(moment(0, (1024, 768), sketch=True))
    for step in range(1, 500):
        film.add(moment(step, (1024, 768)))
    finished = colour("red", (1024, 768))
    data = film.developed(finished)
    assert data is not None
    assert len(data) < 1_000_000
    if importlib.util.find_spec("av") is None:
        frames = opened(data)
        count, last, size = frames.n_frames, frames, frames.size  # type: ignore[attr-defined]
        last.seek(count - 1)
        held = 1
    else:
        import av

        with av.open(BytesIO(data), "r") as container:
            shown = [
                Image.fromarray(one.to_ndarray(format="rgb24")) for one in container.decode(video=0)
            ]
        count, last, size = len(shown), shown[-1], shown[-1].size
        held = 19  # the last one stays for a while
    assert FRAMES / 2 < count - held <= FRAMES
    assert max(size) <= FILM_SIDE
    assert near(last.convert("RGB"), (0, 0, *size), "red")


def test_a_film_that_cannot_be_made_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, finished: Image.Image) -> None:
        raise nst.NstError("The disk is full.")

    monkeypatch.setattr("nst.timelapse.Timelapse.save", full)
    film = Film()
    film.add(moment(1, (64, 48)))
    assert film.developed(colour("red", (64, 48))) is None


@pytest.mark.parametrize("film", [True, False])
def test_a_worker_makes_a_film_where_one_is_wanted(film: bool) -> None:
    events: list[Event] = []
    final = paint(engines, engines.order("paint", film=film), events.append, Orders())
    assert isinstance(final, Finished), final
    assert (final.film is not None) == film
    assert final.pair is None, "the content of this engine is no picture"
