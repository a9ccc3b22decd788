"""The order in which `atelier check` looks at things, and their printing. Touches stdout."""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import replace

import typer

from bot.check import data, engine, network, telegram
from bot.check.finding import Finding, fail, note, ok
from bot.errors import AtelierError
from bot.logs import SHORT, configure, redacted
from bot.settings import Settings, load_settings, unknown_settings

INTERRUPTED = 130


def check(quick: bool) -> int:
    """Look at everything, print what is found as it is found, and return the exit code."""
    configure("auto", logging.WARNING)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        return asyncio.run(_report(quick))
    except KeyboardInterrupt:
        return INTERRUPTED


async def _report(quick: bool) -> int:
    good = True
    async for finding in findings(quick):
        typer.echo(str(finding))
        good = good and finding.state != "FAIL"
    return 0 if good else 1


async def findings(
    quick: bool, probes: Mapping[str, str] = engine.PROBES
) -> AsyncGenerator[Finding, None]:
    """Everything, in the order in which it is needed. `probes`: see `engine.asked`."""
    try:
        settings = load_settings()
        strange = unknown_settings()
    except AtelierError as error:
        yield fail("settings", str(error))
        return
    yield ok("settings", "every value is allowed")
    for line in strange:
        yield note("settings", line)
    secrets = sorted((one for one in settings.secrets() if len(one) >= SHORT), key=len)[::-1]
    async for finding in _surroundings(settings, quick, probes):
        yield replace(finding, text=redacted(finding.text, secrets))


async def _surroundings(
    settings: Settings, quick: bool, probes: Mapping[str, str]
) -> AsyncIterator[Finding]:
    running = await data.taken(settings)
    # The engine loads while everything else is looked at.
    async with engine.asked(engine.questions(settings, running, quick), probes) as answers:
        async for finding in data.look(settings, running=running):
            yield finding
        async for finding in telegram.look(settings, running=running):
            yield finding
        async for finding in network.look(settings, running=running):
            yield finding
        async for finding in answers:
            yield finding
