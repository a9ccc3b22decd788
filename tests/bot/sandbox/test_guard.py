"""Other websites cannot use the sandbox through a visitor's browser."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.client import SandboxClient
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.pictures import jpeg


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox.url) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8081", "127.0.0.1.evil.example", ""]
)
async def test_only_loopback_hosts_are_served(http: httpx.AsyncClient, host: str) -> None:
    for path in ("/", "/sandbox", "/bot1:x/getMe"):
        answer = await http.get(path, headers={"Host": host})
        assert answer.status_code == 403, path


async def test_localhost_is_served(http: httpx.AsyncClient) -> None:
    answer = await http.get("/", headers={"Host": "localhost:8081"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_other_sites_cannot_change_anything(
    http: httpx.AsyncClient, person: SandboxClient, headers: dict[str, str]
) -> None:
    path = f"/sandbox/chats/{person.user}/messages"
    answer = await http.post(path, data={"text": "from elsewhere"}, headers=headers)
    assert answer.status_code == 403
    assert await person.messages() == []
    origin = str(http.base_url).rstrip("/")
    answer = await http.post(path, data={"text": "from here"}, headers={"Origin": origin})
    assert answer.status_code == 200


async def test_the_page_runs_only_its_own_script(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_a_file_is_never_a_document_of_this_site(
    http: httpx.AsyncClient, person: SandboxClient
) -> None:
    page = await person.send_document(b"<script>alert(1)</script>", "a.html")
    answer = await http.get(f"/sandbox/files/{page.document}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    photo = await person.send_photo(jpeg())
    answer = await http.get(f"/sandbox/files/{photo.photo}")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["../server.py", "%2e%2e/server.py", "photos/../../x"])
async def test_paths_lead_nowhere_else(
    http: httpx.AsyncClient, sandbox: Sandbox, path: str
) -> None:
    for prefix in ("/", f"/file/bot{sandbox.token}/", "/sandbox/files/"):
        assert (await http.get(prefix + path)).status_code in (400, 404)
