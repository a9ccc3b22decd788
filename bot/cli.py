"""The command `atelier`. Imports late, so that `--help` is quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="A Telegram bot that repaints a photo in the style of another.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command; what keeps it from running becomes a line on standard error."""
    from bot.errors import AtelierError

    try:
        app()
    except AtelierError as error:
        from bot.logs import redacted

        typer.echo(redacted(f"atelier: {error}"), err=True)
        sys.exit(1)
    except Exception:
        from bot.logs import last_words

        last_words()
        sys.exit(1)


@app.command()
def run() -> None:
    """Run the bot, by long polling or a webhook, until it is stopped."""
    import asyncio
    import gc

    gc.disable()  # what modules make stays: to look through it is a tenth of a start
    from structlog import get_logger

    from bot.logs import configure
    from bot.run import serve
    from bot.settings import load_settings, unknown_settings

    gc.freeze()
    gc.enable()
    settings = load_settings()
    configure(settings.log_format, secrets=settings.secrets())
    for line in unknown_settings():
        get_logger(__name__).warning("a setting is unknown", hint=line)
    asyncio.run(serve(settings))


@app.command()
def sandbox(
    port: Annotated[
        int | None, typer.Option(help="Of the chat page; a free one if absent.")
    ] = None,
) -> None:
    """Try everything in the browser, without Telegram."""
    from bot.sandbox import command

    raise typer.Exit(command.sandbox(port))


@app.command()
def demo(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[CONTENT STYLE]",
            help="Two pictures; samples if absent.",
            show_default=False,
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Where sketch, snapshots and result are put.")
    ] = Path("demo"),
) -> None:
    """Send two pictures, print the chat as it happens, save the painting; without Telegram."""
    from bot import demo as demonstration

    if pictures and len(pictures) != 2:
        raise typer.BadParameter("Give two pictures, content and style, or none.")
    content, style = pictures or (None, None)
    raise typer.Exit(demonstration.demo(content, style, out))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Put database and pictures into one file, while the bot is at work or not."""
    from bot import backup as backups
    from bot.settings import load_settings

    typer.echo(backups.backup(load_settings(), file))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `atelier backup` has made.")]) -> None:
    """Put a backup into an empty data folder."""
    from bot import restore as restoring
    from bot.settings import load_settings

    typer.echo(restoring.restore(load_settings(), file))


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Without a trial painting.")] = False,
) -> None:
    """Say of everything that the bot needs: ok, or what to do. Exit code 1 if something is wrong.

    Changes nothing, and may be asked while the bot is at work.
    """
    from bot.check import command

    raise typer.Exit(command.check(quick))
