"""Where the bot listens, and where Telegram finds it: what is taken, and what comes of it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import AtelierError
from bot.sandbox import local
from bot.sandbox.server import Sandbox
from bot.settings import Settings, load_settings

TOKEN = "7000000003:" + "a" * 35


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ATELIER_{name.upper()}", raising=False)


def loaded(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(f"ATELIER_{name.upper()}", value)
    return load_settings()


def hooked(monkeypatch: pytest.MonkeyPatch, **settings: str) -> tuple[str, str, str]:
    """URL, path and header."""
    known = {"token": TOKEN, "webhook_url": "https://bot.example.org"}
    hook = loaded(monkeypatch, **(known | settings)).webhook()
    assert hook
    return hook.url, hook.path, hook.secret


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),  # noqa: S104
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:8080", ("::1", 8080)),
    ],
)
def test_an_address_is_a_host_and_a_port(
    monkeypatch: pytest.MonkeyPatch, value: str, address: tuple[str, int]
) -> None:
    assert loaded(monkeypatch, listen=value).address() == address


@pytest.mark.parametrize(
    "value",
    ["8080", ":8080", "host", "host:", "host:0", "host:65536", "host:http", "::1:80", "http://x:1"],
)
def test_what_is_no_address_is_one_line_with_an_example(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(AtelierError, match=r"^ATELIER_LISTEN: .*127\.0\.0\.1:8080.*\.$"):
        loaded(monkeypatch, listen=value)


def test_nothing_is_served_unless_asked_for_and_a_webhook_on_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert loaded(monkeypatch).address() is None
    settings = loaded(monkeypatch, webhook_url="https://bot.example.org")
    assert settings.address() == ("127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://bot.example.org", "https://"),
        ("https://bot.example.org:8080", "443, 80, 88 or 8443"),
        ("bot.example.org", "such as https://bot.example.org"),
        ("ftp://bot.example.org", "such as https://bot.example.org"),
        ("https://", "such as https://bot.example.org"),
        ("https://bot.example.org/?a=b", "such as https://bot.example.org"),
        ("https://me:password@bot.example.org", "such as https://bot.example.org"),
        ("https://bot.example.org:port", "such as https://bot.example.org"),
    ],
)
def test_an_address_that_telegram_would_not_take_is_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    with pytest.raises(AtelierError, match=r"^ATELIER_WEBHOOK_URL: ") as caught:
        loaded(monkeypatch, webhook_url=value)
    assert words in str(caught.value)
    assert "password" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_bot_api_server_of_ones_own_takes_plain_http_on_any_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = {"api_url": "http://127.0.0.1:8081", "webhook_url": "http://127.0.0.1:9000/bot/"}
    url, path, _ = hooked(monkeypatch, **local)
    assert url == f"http://127.0.0.1:9000/bot{path}"


def test_path_and_header_are_secret_and_the_same_after_every_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, path, secret = hooked(monkeypatch)
    assert url == f"https://bot.example.org{path}"
    assert path.startswith("/telegram/")
    assert not {TOKEN, TOKEN.partition(":")[2]} & {*path.split("/"), secret}
    assert path.rpartition("/")[2] not in secret
    assert hooked(monkeypatch) == (url, path, secret)
    others = [
        hooked(monkeypatch, token=TOKEN + "b"),
        hooked(monkeypatch, webhook_secret="sixteen letters!"),
        hooked(monkeypatch, webhook_secret="seventeen letters"),
    ]
    assert len({path, *(one[1] for one in others)}) == 4
    assert len({secret, *(one[2] for one in others)}) == 4
    hook = load_settings().webhook()
    assert hook
    assert hook.path not in repr(hook)
    assert hook.secret not in repr(hook)


def test_telegram_takes_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://core.telegram.org/bots/api#setwebhook: 1 to 256 letters, digits, _ and -."""
    _, path, secret = hooked(monkeypatch, webhook_secret="Any characters: ключ, 鍵")
    for part in (path.rpartition("/")[2], secret):
        assert 32 <= len(part) <= 256
        assert part.isascii()
        assert part.isalnum()


def test_a_secret_that_can_be_guessed_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(AtelierError, match=r"ATELIER_WEBHOOK_SECRET: .*16") as caught:
        loaded(monkeypatch, webhook_secret="hunter2")
    assert "hunter2" not in str(caught.value)


def test_without_a_token_there_is_no_webhook_to_derive() -> None:
    assert Settings(webhook_url="https://bot.example.org").webhook() is None
    assert Settings(token=SecretStr(TOKEN)).webhook() is None


def test_the_sandboxs_own_bot_polls_and_listens_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    operators = loaded(
        monkeypatch, webhook_url="https://bot.example.org", listen="127.0.0.1:1", token=TOKEN
    )
    assert operators.webhook()
    tried = local._settings(Sandbox("http://127.0.0.1:2", TOKEN), tmp_path)
    assert (tried.webhook(), tried.address()) == (None, None)
