"""What an operator can see of the bot: what grows when, and that the papers are right."""

import asyncio
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot import gauges, metrics
from bot.app import App, running
from bot.database import Database, opened
from bot.executors.base import Failed
from bot.gateway_updates import ALLOWED_UPDATES
from bot.outbox import Kind
from bot.rate_limits import Priority
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.executors.engines import order
from tests.bot.executors.test_process import executor_of, final_of
from tests.bot.fakes import FakeExecutor
from tests.bot.queues import finished, queued, set_values
from tests.bot.queues import running as claimed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "metrics.md"
BOARD = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
UNITS = {"_seconds", "_bytes", "_total", "_info"}
COUNTS = {"atelier_jobs", "atelier_deliveries_waiting", "atelier_workers_ready"}


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


class Growth:
    """What samples have grown by since they were first asked for."""

    def __init__(self) -> None:
        self._before = {
            (one.name, *sorted(one.labels.items())): one.value
            for metric in metrics.REGISTRY.collect()
            for one in metric.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return value(name, **labels) - self._before.get((name, *sorted(labels.items())), 0.0)


@pytest.fixture
def families() -> list[Metric]:
    """Everything that can be there, as Prometheus reads it."""
    with metrics.api_call("getMe") as call:
        call.answered(200)
    with metrics.worker(0, os.getpid()):
        body, content_type = metrics.exposition()
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    return list(text_string_to_metric_families(body.decode()))


def name_of(metric: Metric) -> str:
    return metric.name + "_total" if metric.type == "counter" else metric.name


def table(families: list[Metric]) -> str:
    """The metrics as a Markdown table."""
    rows = ["| metric | kind | labels | what it tells |", "|---|---|---|---|"]
    for metric in sorted(families, key=name_of):
        labels = sorted({label for one in metric.samples for label in one.labels} - {"le"})
        named = ", ".join(f"`{label}`" for label in labels)
        told = metric.documentation
        rows.append(f"| `{name_of(metric)}` | {metric.type} | {named} | {told} |")
    return "\n".join(rows)


def test_the_table_of_metrics_is_made_from_them(families: list[Metric]) -> None:
    begin, end = "<!-- metrics: made from bot/metrics.py -->\n", "\n<!-- end of metrics -->"
    shown = PAGE.read_text(encoding="utf-8").split(begin)[1].split(end)[0]
    assert shown == table(families), f"Put this into {PAGE.name}:\n{table(families)}"


def test_every_metric_is_explained_and_named_as_prometheus_wants_it(
    families: list[Metric],
) -> None:
    assert len(families) > 25
    for metric in families:
        assert metric.documentation.endswith("."), metric.name
        name = name_of(metric)
        assert name.startswith(("atelier_", "process_")), name
        units = any(name.endswith(unit) for unit in UNITS)
        assert units or name in COUNTS or name.startswith("process_"), name


def test_no_label_can_grow_without_bound(families: list[Metric]) -> None:
    named = {label for one in families for sample in one.samples for label in sample.labels}
    assert named == {
        *("kind", "le", "method", "outcome", "phase", "priority", "python", "reason", "slot"),
        *("state", "version"),
    }
    assert set(metrics.UPDATES_OF) == set(ALLOWED_UPDATES)
    assert set(metrics.DELIVERED) == set(Kind)
    assert set(metrics.PRIORITIES) == {one.name.lower() for one in Priority}
    assert metrics.known("something of a user's", metrics.REASONS) == "other"


def test_the_dashboard_and_the_page_name_only_what_there_is(families: list[Metric]) -> None:
    there = {sample.name for metric in families for sample in metric.samples}
    shown = [one["expr"] for panel in BOARD["panels"] for one in panel.get("targets", ())]
    shown += [one["expr"] for one in BOARD["annotations"]["list"]]
    shown += [one["query"] for one in BOARD["templating"]["list"]]
    rules = PAGE.read_text(encoding="utf-8").partition("## What to be woken for")[2]
    for texts in (shown, [rules]):
        named = {one for text in texts for one in re.findall(r"\b(?:atelier|process)_\w+", text)}
        assert len(named) > 4
        assert named - there == set()
    panels = [panel["gridPos"] for panel in BOARD["panels"]]
    assert all(one["x"] + one["w"] <= 24 for one in panels)
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(panels)


@pytest.mark.usefixtures("sqlite_only")  # whose file is in the data folder
async def test_a_job_can_be_followed_by_its_numbers(
    settings: Settings, person: SandboxClient, executor: FakeExecutor
) -> None:
    grown = Growth()
    for read in (metrics.STATE_READ, metrics.DATA_BYTES):
        read.set(0)
    async with running(settings, executor):
        run = await order_painting(person, executor)
        run.sketch()
        run.finish()
        await see(person, said(RESULT))
        await person.wait_for_calls("deleteMessage")
    assert value("atelier_state_read_timestamp_seconds") > time.time() - 60
    assert 0 < value("atelier_data_bytes") < value("atelier_data_limit_bytes")
    assert grown("atelier_updates_total", kind="message") == 2
    assert grown("atelier_update_handling_seconds_count") == 2
    assert grown("atelier_jobs_accepted_total") == 1
    assert grown("atelier_jobs_ended_total", outcome="finished") == 1
    phases = {name: grown("atelier_job_phase_seconds_count", phase=name) for name in metrics.PHASES}
    assert phases == {name: 1 + (name == "fetching") for name in metrics.PHASES}
    assert grown("atelier_deliveries_total", kind="result", outcome="sent") == 1
    assert grown("atelier_api_calls_total", method="sendPhoto", outcome="ok") == 1
    assert grown("atelier_api_calls_total", method="download", outcome="ok") == 2
    assert grown("atelier_api_call_seconds_count", method="sendPhoto") == 1
    assert grown("atelier_api_wait_seconds_count", priority="final") == 1


async def test_failures_are_counted_by_reason_and_jobs_by_their_end(
    app: App, person: SandboxClient, executor: FakeExecutor
) -> None:
    grown = Growth()
    run = await order_painting(person, executor)
    run.emit(Failed("worker_died", retryable=True))
    (await executor.next_run()).emit(Failed("a_code_of_next_year", retryable=False))
    await see(person, said("sorry"))
    stopped = await order_painting(person, executor)
    await person.send_text("/cancel")
    await see(person, said("is cancelled"))
    async with asyncio.timeout(10):
        await stopped.cancelled.wait()
    assert grown("atelier_attempt_failures_total", reason="worker_died") == 1
    assert grown("atelier_attempt_failures_total", reason="other") == 1
    assert grown("atelier_jobs_ended_total", outcome="failed") == 1
    assert grown("atelier_jobs_ended_total", outcome="cancelled") == 1


async def test_what_telegram_puts_off_is_counted_by_method(app: App, person: SandboxClient) -> None:
    grown = Growth()
    await person.fault("sendMessage", "error", error_code=429, retry_after=0)
    await person.send_text("/start")
    await see(person, said("Send"))
    assert grown("atelier_api_calls_total", method="sendMessage", outcome="rate_limited") == 1
    assert grown("atelier_api_calls_total", method="sendMessage", outcome="ok") == 1


@pytest.mark.both_databases
async def test_ages_are_those_of_the_scrape(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    for waited in (50, 10):
        await set_values(database, await queued(database), created_at=now - waited)
    await claimed(database)
    await finished(database, file_id=None)
    await gauges.read_state(database)
    monkeypatch.setattr("bot.metrics.time.time", lambda: now + 100)
    assert value("atelier_jobs", state="queued") == 2
    assert value("atelier_jobs", state="running") == 1
    assert value("atelier_queue_oldest_age_seconds") == pytest.approx(150, abs=1)
    assert value("atelier_deliveries_waiting") == 1
    assert value("atelier_deliveries_oldest_age_seconds") == pytest.approx(100, abs=1)
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}") as empty:
        await gauges.read_state(empty)
    assert value("atelier_jobs", state="queued") == 0
    assert value("atelier_queue_oldest_age_seconds") == 0
    assert value("atelier_deliveries_oldest_age_seconds") == 0


async def test_a_scrape_does_not_wait_for_the_database(database: Database, tmp_path: Path) -> None:
    await gauges.read_state(database)
    read_at = value("atelier_state_read_timestamp_seconds")
    begun, free = asyncio.Event(), asyncio.Event()

    async def hang(_: AsyncConnection) -> None:
        begun.set()
        await free.wait()

    hanging = asyncio.create_task(database.run(hang))
    await begun.wait()
    watching = asyncio.create_task(gauges.watch(database, tmp_path, 0))
    await asyncio.sleep(0)
    assert metrics.exposition()[0]
    assert value("atelier_state_read_timestamp_seconds") == read_at
    watching.cancel()
    free.set()
    await asyncio.gather(hanging, watching, return_exceptions=True)


async def test_a_database_that_is_down_is_told_of_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = asyncio.Semaphore(0)

    async def fails(_: Database) -> None:
        tries.release()
        raise RuntimeError("no connection")

    monkeypatch.setattr(gauges, "read_state", fails)
    monkeypatch.setattr(gauges, "STATE_SECONDS", 0.0)
    with capture_logs() as lines:
        watching = asyncio.create_task(gauges.watch(database, tmp_path, 0))
        for _ in range(3):
            await tries.acquire()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert [one["reason"] for one in lines] == ["no connection"]


async def test_the_disk_is_measured(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a", "below/b"):
        (tmp_path / name).write_bytes(b"x" * 100_000)
    await gauges.read_disk(tmp_path)
    assert 200_000 <= value("atelier_data_bytes") < 300_000
    assert value("atelier_data_free_bytes") == pytest.approx(
        shutil.disk_usage(tmp_path).free, rel=0.1, abs=1e9
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
async def test_workers_show_what_they_hold_and_why_they_were_replaced() -> None:
    grown = Growth()
    async with executor_of() as executor:
        await final_of(executor, order("paint"))
        assert grown("atelier_workers_ready") == 1
        assert value("atelier_worker_resident_memory_bytes", slot="0") > 10e6
        await final_of(executor, order("die"))
        await final_of(executor, order("paint"))
        assert grown("atelier_workers_ready") == 1
    assert grown("atelier_worker_restarts_total", reason="died") == 1
    assert grown("atelier_workers_ready") == 0
    assert b"atelier_worker_resident_memory_bytes{" not in metrics.exposition()[0]
