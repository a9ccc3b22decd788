"""Parameters arrive in each of the ways that Telegram takes them."""

import json

import httpx
import pytest

from bot.sandbox.client import SandboxClient
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.pictures import jpeg


@pytest.fixture
async def api(sandbox: Sandbox, person: SandboxClient) -> httpx.AsyncClient:
    await person.send_text("/start")
    return httpx.AsyncClient(base_url=f"{sandbox.url}/bot{sandbox.token}/")


async def test_query_form_json_and_multipart_mean_the_same(
    api: httpx.AsyncClient, person: SandboxClient
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    values = {"chat_id": str(person.user), "text": "hi", "reply_markup": json.dumps(keyboard)}
    parts = {name: (None, value) for name, value in values.items()}
    answers = [
        await api.get("sendMessage", params=values),
        await api.post("sendMessage", params=values),
        await api.post("sendMessage", data=values),
        await api.post("sendMessage", json={**values, "reply_markup": keyboard}),
        await api.post("SENDMESSAGE", files=parts),
    ]
    for answer in answers:
        assert answer.json()["ok"], answer.text
        assert answer.json()["result"]["text"] == "hi"
        assert answer.json()["result"]["reply_markup"] == keyboard


async def test_uploads_come_under_their_own_name_or_attached(
    api: httpx.AsyncClient, person: SandboxClient
) -> None:
    chat = {"chat_id": person.user}
    direct = await api.post("sendPhoto", data=chat, files={"photo": ("a.jpg", jpeg())})
    attached = await api.post(
        "sendPhoto", data=chat | {"photo": "attach://it"}, files={"it": ("a.jpg", jpeg())}
    )
    for answer in (direct, attached):
        assert answer.json()["result"]["photo"][-1]["width"] == 320
    missing = await api.post("sendPhoto", data=chat | {"photo": "attach://nothing"})
    assert missing.json()["description"] == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )


@pytest.mark.parametrize(
    ("method", "values", "code", "description"),
    [
        ("noSuchMethod", {}, 404, "Not Found: method not found"),
        ("sendMessage", {}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 5}, 400, "Bad Request: chat not found"),
        ("getFile", {"file_id": "x"}, 400, "Bad Request: wrong file_id or the file is"),
        ("getChatMember", {"chat_id": 1000001, "user_id": 5}, 400, "Bad Request: invalid user_id"),
    ],
)
async def test_refusals_have_telegrams_form(
    api: httpx.AsyncClient, method: str, values: dict[str, int], code: int, description: str
) -> None:
    answer = await api.post(method, data=values)
    assert answer.status_code == code
    body = answer.json()
    assert body["ok"] is False
    assert body["error_code"] == code
    assert body["description"].startswith(description)


async def test_a_wrong_token_is_unauthorized(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        answer = await http.get("/bot1:wrong/getMe")
        download = await http.get("/file/bot1:wrong/photos/file_1.jpg")
    assert (answer.status_code, answer.json()["description"]) == (401, "Unauthorized")
    assert download.status_code == 401


async def test_a_body_beyond_fifty_megabytes_is_refused(
    api: httpx.AsyncClient, person: SandboxClient
) -> None:
    answer = await api.post(
        "sendDocument",
        data={"chat_id": person.user},
        files={"document": ("big.bin", bytes(50 * 2**20 + 1))},
    )
    assert (answer.status_code, answer.json()["description"]) == (413, "Request Entity Too Large")
