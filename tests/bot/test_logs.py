"""Logs."""

import json
import logging
from collections.abc import Callable
from typing import Any, Literal

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import create_engine
from structlog.contextvars import bound_contextvars

from bot import cli, logs
from bot.executors.base import Failed
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.executors.engines import order
from tests.bot.executors.test_process import executor_of, final_of
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

TOKEN = "7000000001:AAH3xample_of-a_token_that_is_long"
FILE_URL = f"https://api.telegram.org/file/bot{TOKEN}/photos/file_1.jpg"
Form = Literal["json", "text"]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What has been logged since the last look, in JSON."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_job_stands_on_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    with bound_contextvars(job=7):
        structlog.get_logger("bot.x").info("painted", seconds=3)
        logging.getLogger("some.library").warning("careful")
    first, second = lines(capsys)
    assert (first["event"], first["job"], first["seconds"]) == ("painted", 7, 3)
    assert (second["event"], second["job"], second["level"]) == ("careful", 7, "warning")


def as_the_event(log: structlog.stdlib.BoundLogger) -> None:
    log.info(f"asking https://api.telegram.org/bot{TOKEN}/getMe")


def as_a_value(log: structlog.stdlib.BoundLogger) -> None:
    log.warning("fetching", url=FILE_URL, token=TOKEN, quoted=TOKEN.replace(":", "%3A"))


def within_values(log: structlog.stdlib.BoundLogger) -> None:
    log.warning("calling", request=httpx.Request("GET", FILE_URL), parts=[{TOKEN: (TOKEN,)}])


def in_quotes_and_lines(log: structlog.stdlib.BoundLogger) -> None:
    log.warning(f'fetching "{FILE_URL}"\n"{FILE_URL}"\n{FILE_URL}\n')


def in_an_exception(log: structlog.stdlib.BoundLogger) -> None:
    try:
        try:
            raise RuntimeError(f"The token `{TOKEN}` was rejected")
        except RuntimeError as error:
            answer = httpx.Response(404, request=httpx.Request("GET", FILE_URL))
            raise httpx.HTTPStatusError(
                FILE_URL, request=answer.request, response=answer
            ) from error
    except httpx.HTTPError:
        log.exception("oops", error_id="0badcafe")


def by_a_library(_: structlog.stdlib.BoundLogger) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError as error:
        logging.getLogger("some.library").error("for %s", FILE_URL, exc_info=error)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "write",
    [as_the_event, as_a_value, within_values, in_quotes_and_lines, in_an_exception, by_a_library],
)
def test_no_token_and_no_file_url_reaches_a_line(
    capsys: pytest.CaptureFixture[str],
    form: Form,
    write: Callable[[structlog.stdlib.BoundLogger], None],
) -> None:
    logs.configure(form)
    write(structlog.get_logger("bot.x"))
    output = capsys.readouterr().err
    assert "<token>" in output or "<file url>" in output
    for secret in (TOKEN, TOKEN.partition(":")[2], "file_1.jpg"):
        assert secret not in output
    if form == "json":
        [line] = map(json.loads, output.splitlines())
        assert {"event", "level", "logger", "timestamp"} <= set(line)


def test_the_secrets_of_the_settings_reach_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        token=SecretStr(TOKEN),
        webhook_url="https://bot.example.org",
        webhook_secret=SecretStr("correct horse battery"),
        database_url=SecretStr("postgresql+asyncpg://atelier:s3cr%2Ft-word@db.example.org/atelier"),
    )
    hook = settings.webhook()
    assert hook is not None
    secrets = ["correct horse battery", "s3cr%2Ft-word", "s3cr/t-word", hook.path, hook.secret]
    logs.configure("json", secrets=settings.secrets())
    for secret in secrets:
        structlog.get_logger("bot.x").warning(
            f"no: {secret}", value=secret, more={secret: [secret]}
        )
    logging.getLogger("some.library").warning("POST %s", hook.url)
    output = capsys.readouterr().err
    assert output.count("<secret>") >= len(secrets) * 4 + 1
    assert not [secret for secret in [*secrets, TOKEN] if secret in output]


def test_a_databases_password_is_known_by_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    url = "postgresql://atelier:pw@127.0.0.1:1/atelier"
    structlog.get_logger("bot.x").warning("down", url=url, engine=[f"Engine({url})"])
    logging.getLogger("sqlalchemy.engine").warning(
        "%s",
        create_engine("sqlite://")
        .url.set(username="atelier", password="pw", host="db")
        .render_as_string(hide_password=False),
    )
    output = capsys.readouterr().err
    assert ":pw@" not in output
    assert output.count("atelier:<password>@") == 3


def test_the_http_libraries_own_lines_are_silenced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    for name in ("httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).info("POST /telegram/…")
    assert capsys.readouterr().err == ""


def test_an_error_that_nothing_catches_is_logged_like_any_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("json")

    def fails() -> None:
        raise RuntimeError(FILE_URL)

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    [line] = lines(capsys)
    assert line["level"] == "critical"
    assert "RuntimeError: <file url>" in line["exception"]


@pytest.mark.usefixtures("app")
async def test_whatever_is_said_of_a_job_has_its_number(
    person: SandboxClient, executor: FakeExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json", logging.DEBUG)
    await person.fault("editMessageMedia", "error", error_code=400, description="no", times=None)
    await person.fault("sendPhoto", "error", error_code=500)
    run = await order_painting(person, executor)
    for seed in (3, 4):
        await person.send_photo(jpeg(seed=seed))
    await see(person, said("In the queue"))  # this message is not begun by a run
    run.emit(Failed("worker_died", retryable=True))
    run = await executor.next_run()
    run.sketch()
    await person.wait_for_calls("editMessageMedia")
    run.finish()
    await see(person, said(RESULT))
    (await executor.next_run()).sketch()
    await person.wait_for_calls("editMessageMedia", lambda calls: len(calls) == 2)
    await person.send_text("/cancel")
    await see(person, said("is cancelled"))

    said_of_it = {"job accepted", "an attempt failed", "a picture is refused", "job finished"}
    said_of_it |= {"a delivery waits", "delivered", "job cancelled"}
    told = [one for one in lines(capsys) if one["event"] in said_of_it]
    assert {one["event"] for one in told} == said_of_it
    assert [one for one in told if one.get("job") not in (1, 2)] == []
    assert {one["job"] for one in told} == {1, 2}
    [accepted, _] = [one for one in told if one["event"] == "job accepted"]
    assert accepted["update"] > 0


async def test_what_a_worker_says_names_its_slot_and_its_job(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    async with executor_of() as executor:
        await final_of(executor, order("print", steps=1, job_id=12))
        await final_of(executor, order("crash", job_id=13))
    told = lines(capsys)
    said = [one for one in told if one["event"] == "worker_said"]
    assert {one["job"] for one in said} == {12, 13}
    assert {one["slot"] for one in said} == {0}
    [replaced] = [one for one in told if one["event"] == "worker_replaced"]
    assert (replaced["slot"], replaced["job"], replaced["reason"]) == (0, 13, "died")
