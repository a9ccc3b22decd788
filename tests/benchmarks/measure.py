"""What one measurement is: a fresh process, a clock, the peak of its memory."""

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from nst.images import fit, resize, to_array
from nst.options import Options, Quality

SHARED = Path(__file__).parents[2].parent / "shared" / "images"
SIZE = int(os.environ.get("BENCHMARK_SIZE", "512"))  # long side, in pixels
FOLDER = Path(os.environ.get("BENCHMARK_FOLDER", Path(tempfile.gettempdir(), "atelier-benchmarks")))
REPEATS = 5


@dataclass(frozen=True)
class Measured:
    """Seconds of one thing, and the peak memory of the process that did nothing else."""

    name: str
    seconds: float
    peak_rss_mb: int
    detail: str = ""
    size: tuple[int, int] = (0, 0)


def pictures() -> tuple[Image.Image, Image.Image]:
    """A photo and a style: a well-known pair where it lies beside the project, else our own."""
    if SHARED.is_dir():
        names = ("content_bridge.jpg", "style_starry_night.jpg")
        content, style = (Image.open(SHARED / name).convert("RGB") for name in names)
        return content, style
    from nst import gallery, samples

    return samples.content(), gallery.style("nocturne")


def alone(function: Callable[..., Any], *arguments: Any) -> Any:
    """`function` of `arguments` in a fresh process, so that neither memory nor traces add up."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(function, *arguments).result()


def tutorial(content: Image.Image, style: Image.Image) -> list[Measured]:
    """The unit, and the tutorial's whole step: the median of several, after a first."""
    from nst import devices
    from nst.tutorial import Tutorial
    from nst.weights import load_vgg19

    size = fit(content.size, SIZE)
    scaled = [to_array(resize(content, size)), to_array(resize(style, fit(style.size, SIZE)))]
    recipe = Tutorial(load_vgg19(), *scaled)
    unit, step = median_seconds(recipe.unit, recipe.step)
    peak = devices.peak_rss_mb()
    return [
        Measured("unit", unit, peak, "VGG-19 to conv5_1, f32, forward and gradient", size),
        Measured("tutorial step", step, peak, "with conv5_2, variation and Adam", size),
    ]


def painting(content: Image.Image, style: Image.Image, quality: Quality) -> Measured:
    """One run of the engine, after its warm-up."""
    import nst

    options = Options(size=SIZE, quality=quality)
    nst.warm_up(options)
    result = nst.stylize(content, style, options)
    report = result.report
    stages = ", ".join(
        f"{stage['steps']} at {max(stage['width'], stage['height'])} px in {stage['seconds']:.1f} s"
        for stage in report["schedule"]
    )
    loss = report["loss"]["total"]
    return Measured(
        quality,
        report["seconds"],
        report["peak_rss_mb"],
        f"{report['precision']}; {stages}; loss {loss:.4f}",
        result.image.size,
    )


def median_seconds(*functions: Callable[[], object]) -> list[float]:
    """Of `REPEATS` calls of each, in turn, so that a slow moment strikes all; a first traces."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(REPEATS + 1):
        for function, seconds in zip(functions, times, strict=True):
            began = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - began)
    return [statistics.median(seconds[1:]) for seconds in times]
