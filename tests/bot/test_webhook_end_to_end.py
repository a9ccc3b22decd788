"""A bot by webhook, over HTTP on both sides: what comes in, what is kept out, what is shown."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox
from bot.app import App, running
from bot.errors import AtelierError
from bot.gateway_updates import ALLOWED_UPDATES
from bot.inbox import StoredUpdate
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from bot.tables import updates
from bot.webhook import HEADER, MAX_BODY
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.updates import message

Json = dict[str, Any]


@pytest.fixture
def root() -> str:
    """Where the bot is served."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def polling(settings: Settings, root: str) -> Settings:
    """By polling, and shown nevertheless."""
    return settings.model_copy(update={"listen": root.removeprefix("http://")})


@pytest.fixture
def hooked(polling: Settings, root: str) -> Settings:
    """By webhook."""
    return polling.model_copy(update={"webhook_url": root})


@pytest.fixture
async def app(hooked: Settings, executor: FakeExecutor) -> AsyncIterator[App]:
    async with running(hooked, executor) as started:
        yield started


@pytest.fixture
async def http(root: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=root, trust_env=False) as client:
        yield client


@asynccontextmanager
async def knocking(settings: Settings) -> AsyncIterator[Callable[[Json], Awaitable[int]]]:
    """As Telegram does it; the status."""
    hook = settings.webhook()
    assert hook
    headers = {HEADER: hook.secret}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:

        async def knock(update: Json) -> int:
            return (await client.post(hook.url, json=update)).status_code

        yield knock


async def stored(app: App) -> list[int]:
    async def ids(connection: AsyncConnection) -> list[int]:
        return list((await connection.scalars(select(updates.c.update_id))).all())

    return await app.database.run(ids)


async def test_a_picture_is_painted_once_though_every_update_comes_twice(
    hooked: Settings,
    executor: FakeExecutor,
    person: SandboxClient,
    capfd: pytest.CaptureFixture[str],
) -> None:
    await person.fault("updates", "duplicate", times=None, seconds=0.01)
    async with running(hooked, executor):
        run = await order_painting(person, executor)
        run.finish()
        await see(person, said(RESULT))
        sent = await person.send_text("/help")
        await see(person, said("Send two photos", after=sent.id))
    own = [one.text for one in await person.messages() if one.from_bot]
    assert len(own) == len(set(own)), own
    assert len(executor.runs) == 1

    [call] = await person.calls("setWebhook")
    assert json.loads(call["parameters"]["allowed_updates"]) == list(ALLOWED_UPDATES)
    assert call["parameters"].get("drop_pending_updates") in (None, False, "false")
    assert await person.calls("getUpdates") == []
    hook = hooked.webhook()
    assert hook
    said_to_the_operator = "".join(capfd.readouterr())
    assert "HTTP is served" in said_to_the_operator
    for secret in (hook.path, hook.secret, person.token):
        assert secret not in said_to_the_operator


UPDATE = json.dumps(message(5, 7)).encode()
HUGE = b" " * MAX_BODY + UPDATE


def forged(path: str, secret: str, token: str) -> list[tuple[int, str, str, Json]]:
    """The status that each has to meet, and the call."""
    right = {"headers": {HEADER: secret}, "content": UPDATE}
    elsewhere = ["/", "/telegram", "/telegram/", f"/telegram/{'0' * 32}", f"/telegram/{token}"]
    elsewhere += [path[:-1], path.upper(), f"{path}/", "/telegram/%D0%BA%FF"]
    headers = [{}, {HEADER: ""}, {HEADER: secret[:-1]}, {HEADER: "ключ".encode()}, {HEADER: token}]
    bodies = [b"", UPDATE[:-1], b"\xff\xfe" + UPDATE, b"[" * 100_000, b"[" + UPDATE + b"]"]
    bodies += [b'{"message": {}}', b'{"update_id": -1}', b'{"update_id": "5"}']
    return [
        *((404, "POST", one, right) for one in elsewhere),
        *((404, method, path, right) for method in ("GET", "HEAD", "PUT", "DELETE")),
        *((403, "POST", path, right | {"headers": one}) for one in headers),
        *((413, "POST", path, right | {"content": one}) for one in (HUGE, pieces(HUGE))),
        *((400, "POST", path, right | {"content": one}) for one in bodies),
    ]


async def test_forged_calls_are_refused_and_nothing_of_them_is_kept(
    app: App, http: httpx.AsyncClient, hooked: Settings, person: SandboxClient
) -> None:
    hook = hooked.webhook()
    assert hook
    nothing = await http.get("/there/is/nothing")
    for status, method, path, call in forged(hook.path, hook.secret, person.token):
        answer = await http.request(method, path, **call)
        assert answer.status_code == status, (method, path, call)
        if status == 404:
            assert set(answer.headers) == set(nothing.headers)
            assert method == "HEAD" or answer.content == nothing.content
    assert await stored(app) == []
    right = {HEADER: hook.secret}
    assert (await http.post(hook.path, headers=right, content=UPDATE)).status_code == 200
    assert await stored(app) == [5]


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for begin in range(0, len(body), 2**16):
        yield body[begin : begin + 2**16]


async def test_what_cannot_be_committed_is_an_error_and_comes_again(
    app: App, hooked: Settings, person: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, failures = inbox.add, 2

    async def broken(connection: AsyncConnection, batch: Sequence[Json]) -> list[StoredUpdate]:
        nonlocal failures
        if failures:
            failures -= 1
            await add(connection, batch)
            raise OperationalError("INSERT", {}, Exception("the server has gone away"))
        return await add(connection, batch)

    monkeypatch.setattr("bot.webhook.inbox.add", broken)
    async with knocking(hooked) as knock:
        assert await knock(message(5, 7)) == 503
        assert await stored(app) == []
        await person.send_text("/start")  # meets the other failure
        await see(person, said("Hello"))
        assert failures == 0
        assert await knock(message(5, 7)) == 200
        assert await knock(message(5, 7)) == 200
    assert 5 in await stored(app)


async def test_from_webhook_to_polling_and_back_no_update_is_lost(
    settings: Settings, hooked: Settings, person: SandboxClient
) -> None:
    for by_now in (hooked, settings, hooked):
        sent = await person.send_text("/help")  # while no bot runs
        async with running(by_now, FakeExecutor()):
            await see(person, said("Send two photos", after=sent.id))
    calls = [call["method"] for call in await person.calls()]
    assert [one for one in calls if one.endswith("Webhook")] == [
        "setWebhook",
        "deleteWebhook",
        "setWebhook",
    ]


async def test_probes_and_metrics_are_shown_beside_polling_too(
    polling: Settings, executor: FakeExecutor, http: httpx.AsyncClient
) -> None:
    async with running(polling, executor):
        for path, shown in [("/healthz", "alive"), ("/readyz", "ready"), ("/metrics", "atelier_")]:
            answer = await http.get(path)
            assert (answer.status_code, shown in answer.text) == (200, True), path
        hook = polling.model_copy(update={"webhook_url": "http://127.0.0.1"}).webhook()
        assert hook
        assert (await http.post(hook.path, headers={HEADER: hook.secret})).status_code == 404
    with pytest.raises(httpx.ConnectError):
        await http.get("/healthz")


async def test_nothing_listens_unless_it_is_asked_for(
    settings: Settings, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.serving.listen", None)
    async with running(settings, executor):
        pass


async def test_who_is_alive_but_not_ready_says_why(
    hooked: Settings, person: SandboxClient, http: httpx.AsyncClient
) -> None:
    await person.fault("getMe", "hold_before")
    await person.fault("setWebhook", "hold_before")

    async def ready() -> tuple[int, str]:
        assert (await http.get("/healthz")).status_code == 200
        answer = await http.get("/readyz")
        return answer.status_code, answer.text

    async def run() -> None:
        async with running(hooked, FakeExecutor()):
            await asyncio.Event().wait()

    bot = asyncio.create_task(run())
    await person.wait_for_calls("getMe")
    assert await ready() == (503, "Telegram has not been reached")
    await person.clear_faults()
    await person.fault("setWebhook", "hold_before")
    await person.wait_for_calls("setWebhook")
    assert await ready() == (503, "Telegram does not know the webhook")
    await person.clear_faults()
    await person.send_text("/start")
    await see(person, said("Hello"))
    assert await ready() == (200, "ready")
    bot.cancel()
    await asyncio.gather(bot, return_exceptions=True)


async def test_a_port_that_is_taken_is_one_sentence(
    polling: Settings, executor: FakeExecutor
) -> None:
    _, port = polling.address() or ("", 0)
    taken = pytest.raises(AtelierError, match=rf"^ATELIER_LISTEN: .*{port}.*in use\)")
    with socket.create_server(("127.0.0.1", port)), taken as caught:
        async with running(polling, executor):
            pass
    assert len(str(caught.value).splitlines()) == 1
