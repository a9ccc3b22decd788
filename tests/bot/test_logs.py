"""Logs."""

import json
import logging

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from bot import logs

TOKEN = "7000000001:AAH3xample_of-a_token_that_is_long"


def test_a_job_stands_on_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    with bound_contextvars(job=7):
        structlog.get_logger("bot.x").info("painted", seconds=3)
        logging.getLogger("some.library").warning("careful")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["job"], first["seconds"]) == ("painted", 7, 3)
    assert (second["event"], second["job"], second["level"]) == ("careful", 7, "warning")


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_token_and_no_file_url_reaches_a_line(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    logs.configure("json" if form == "json" else "text")
    log = structlog.get_logger("bot.x")
    log.info(f"asking https://api.telegram.org/bot{TOKEN}/getMe", token=TOKEN)
    log.warning("fetching", url=f"https://api.telegram.org/file/bot{TOKEN}/photos/file_1.jpg")
    try:
        raise RuntimeError(f"The token `{TOKEN}` was rejected")
    except RuntimeError:
        log.exception("oops")
    output = capsys.readouterr().err
    assert "RuntimeError" in output
    assert TOKEN not in output
    assert "photos/file_1.jpg" not in output


def test_the_http_clients_own_lines_are_silenced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    logging.getLogger("httpx").info("HTTP Request: POST ...")
    assert capsys.readouterr().err == ""
