"""Settings."""

from pathlib import Path

import pytest

from bot.errors import AtelierError
from bot.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ATELIER_{name.upper()}", raising=False)


def test_the_environment_comes_before_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ATELIER_WORKERS=2\nATELIER_SIZE=256\nOTHER=1\n")
    monkeypatch.setenv("ATELIER_WORKERS", "3")
    settings = load_settings()
    assert (settings.workers, settings.size) == (3, 256)


def test_a_wrong_setting_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_QUALITY", "best")
    monkeypatch.setenv("ATELIER_WORKERS", "0")
    with pytest.raises(AtelierError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert any("ATELIER_QUALITY" in line and "'fine'" in line for line in lines), lines
    assert any("ATELIER_WORKERS" in line and "1" in line for line in lines), lines


def test_lists_of_ids_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_ADMINS", "7")
    monkeypatch.setenv("ATELIER_ALLOWED_CHATS", " 7, -1001234567890 ,")
    settings = load_settings()
    assert (settings.admins, settings.allowed_chats) == ((7,), (7, -1001234567890))
    monkeypatch.setenv("ATELIER_ADMINS", "7 8")
    with pytest.raises(AtelierError, match="ATELIER_ADMINS:"):
        load_settings()


def test_secrets_show_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_TOKEN", "123:hidden")
    monkeypatch.setenv("ATELIER_DATABASE_URL", "postgresql+asyncpg://me:hidden@host/db")
    settings = load_settings()
    assert "hidden" not in repr(settings)
    assert settings.database() == "postgresql+asyncpg://me:hidden@host/db"


def test_an_api_urls_last_slash_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_API_URL", "http://127.0.0.1:8081/")
    assert load_settings().api_url == "http://127.0.0.1:8081"


def test_every_setting_is_documented() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
