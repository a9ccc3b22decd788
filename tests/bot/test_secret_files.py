"""Secrets that stand in files."""

import os
from pathlib import Path

import pytest

from bot import secret_files
from bot.errors import AtelierError
from bot.settings import Settings, load_settings

TOKEN = "123456:A-token_of_thirty_or_more_characters"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secret_files, "FOLDER", tmp_path / "secrets")
    (tmp_path / "secrets").mkdir()
    for name in [name for name in os.environ if name.upper().startswith("ATELIER_")]:
        monkeypatch.delenv(name)


def token() -> str | None:
    """The one in force."""
    found = load_settings().token
    return found.get_secret_value() if found else None


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    Path("token").write_bytes(f"{TOKEN}{end}".encode())
    monkeypatch.setenv("ATELIER_TOKEN_FILE", "token")
    assert token() == TOKEN


def test_every_secret_can_stand_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret_files.secrets(Settings) == ["token", "webhook_secret", "database_url"]
    for name in ("webhook_secret", "database_url"):
        Path(name).write_text(f"the secret called {name}\n")
        monkeypatch.setenv(f"ATELIER_{name.upper()}_FILE", name)
    settings = load_settings()
    assert settings.webhook_secret
    assert settings.webhook_secret.get_secret_value() == "the secret called webhook_secret"
    assert settings.database() == "the secret called database_url"
    assert "the secret called" not in repr(settings)


def test_the_env_file_may_name_it(tmp_path: Path) -> None:
    Path("token").write_text(TOKEN)
    Path(".env").write_text("ATELIER_TOKEN_FILE=token\n")
    assert token() == TOKEN


def test_the_usual_folder_is_looked_into_where_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secrets" / "atelier_token").write_text(f"{TOKEN}\n")
    assert token() == TOKEN
    monkeypatch.setenv("ATELIER_TOKEN", "1:other")
    assert token() == "1:other"


def test_a_file_in_the_usual_folder_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets" / "atelier_token").mkdir()
    with pytest.raises(AtelierError) as caught:
        load_settings()
    assert str(caught.value) == (
        f"ATELIER_TOKEN: the file {tmp_path}/secrets/atelier_token cannot be read: Is a directory."
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "the file that it names cannot be read: No such file or directory."),
        (b"", "the file that it names is empty."),
        (b" \n", "the file that it names is empty."),
        (b"x" * 20_000, "the file that it names is too large for a secret."),
        (b"geheim\ngeheim\n", "the file that it names has more than one line of plain text."),
        (b"geheim\xff", "the file that it names is no UTF-8 text."),
        (b"geheim", "It has to be as @BotFather gives it: digits, a colon, and letters, as in "),
    ],
)
def test_a_file_that_is_of_no_use_is_a_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, data: bytes | None, reason: str
) -> None:
    if data is not None:
        Path("token").write_bytes(data)
    monkeypatch.setenv("ATELIER_TOKEN_FILE", "token")
    with pytest.raises(AtelierError) as caught:
        load_settings()
    assert str(caught.value).startswith("ATELIER_TOKEN")
    assert reason in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_secret_that_is_given_twice_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text(TOKEN)
    Path(".env").write_text(f"ATELIER_TOKEN={TOKEN}\n")
    monkeypatch.setenv("ATELIER_TOKEN_FILE", "token")
    with pytest.raises(AtelierError) as caught:
        load_settings()
    assert (
        str(caught.value) == "ATELIER_TOKEN_FILE: ATELIER_TOKEN is set, too: keep one of the two."
    )


def test_a_pipe_is_read_to_its_end_and_one_without_a_writer_is_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    os.mkfifo("token")
    monkeypatch.setenv("ATELIER_TOKEN_FILE", "token")
    with pytest.raises(AtelierError, match="is empty"):
        load_settings()
    reader, writer = os.pipe()
    monkeypatch.setenv("ATELIER_TOKEN_FILE", f"/dev/fd/{reader}")
    os.write(writer, TOKEN.encode())
    os.close(writer)
    assert token() == TOKEN
    os.close(reader)
