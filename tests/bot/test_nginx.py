"""The webhook behind nginx, by the very file that the documentation shows, with TLS.

Run with: uv run pytest -m slow tests/bot/test_nginx.py
Needs nginx and openssl from the system's packages (apt-get install nginx-light openssl).
"""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.app import running
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from bot.webhook import HEADER, MAX_BODY
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.fakes import FakeExecutor
from tests.bot.updates import message

pytestmark = pytest.mark.slow

DOCUMENTED = Path(__file__).parents[2] / "docs" / "nginx.conf"
WHOLE = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/main.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {folder}/access.log;
    include {folder}/atelier.conf;
}}
"""


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install nginx-light openssl")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def ran(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


@pytest.fixture
def hooked(settings: Settings) -> Settings:
    update = {
        "webhook_url": f"https://127.0.0.1:{free_port()}",
        "listen": f"127.0.0.1:{free_port()}",
    }
    return settings.model_copy(update=update)


@pytest.fixture
async def nginx(hooked: Settings, tmp_path: Path) -> AsyncIterator[Path]:
    """Its folder, with its logs; an operator's lines are filled in."""
    server, openssl = program("nginx"), program("openssl")
    folder = tmp_path / "nginx"
    folder.mkdir()
    await ran(
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", f"{folder}/bot.key", "-out", f"{folder}/bot.pem"),
    )
    assert hooked.webhook_url
    filled = {
        "listen 443 ssl": f"listen {hooked.webhook_url.removeprefix('https://')} ssl",
        "http://127.0.0.1:8080": f"http://{hooked.listen}",
        "/etc/nginx/certificates": str(folder),
        "/var/log/nginx": str(folder),
    }
    text = DOCUMENTED.read_text(encoding="utf-8")
    for line, own in filled.items():
        assert line in text
        text = text.replace(line, own)
    (folder / "atelier.conf").write_text(text)
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
    command = (server, "-p", str(folder), "-c", str(folder / "nginx.conf"))
    await ran(*command, "-t")
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield folder
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def public(hooked: Settings, nginx: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The internet, as soon as nginx is up."""
    trusted = ssl.create_default_context(cafile=str(nginx / "bot.pem"))
    connect = httpx.AsyncHTTPTransport(verify=trusted, retries=10)
    async with httpx.AsyncClient(base_url=hooked.webhook_url or "", transport=connect) as client:
        await client.get("/")
        yield client


async def test_behind_nginx_telegram_gets_through_and_nobody_else(
    hooked: Settings,
    executor: FakeExecutor,
    person: SandboxClient,
    nginx: Path,
    public: httpx.AsyncClient,
) -> None:
    hook = hooked.webhook()
    assert hook
    secret = {HEADER: hook.secret}
    sent = await person.send_text("/start")  # before there is a bot
    assert (await public.post(hook.path, headers=secret, json=message(5, 7))).status_code == 502
    async with running(hooked, executor):
        await see(person, said("Hello", after=sent.id))
        run = await order_painting(person, executor)
        run.finish()
        await see(person, said(RESULT))
        for path in ("/", "/healthz", "/readyz", "/metrics", "/telegram/", "/telegram/../metrics"):
            assert (await public.get(path)).status_code == 404, path
        assert (await public.post("/telegram/guess", headers=secret)).status_code == 404
        assert (await public.post(hook.path, json=message(5, 7))).status_code == 403
        huge = b" " * (MAX_BODY + 1)
        assert (await public.post(hook.path, headers=secret, content=huge)).status_code == 413
        assert (await public.post(hook.path, headers=secret, json=message(5, 7))).status_code == 200
    assert hook.path not in logged(nginx)


def logged(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))
