"""Settings."""

import os
from pathlib import Path

import pytest

from bot import settings_words
from bot.errors import AtelierError
from bot.settings import Settings, load_settings, unknown_settings

TOKEN = "123456:A-token_of_thirty_or_more_characters"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("ATELIER_")]:
        monkeypatch.delenv(name)


def refused(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    """What is said of these settings."""
    for name, value in values.items():
        monkeypatch.setenv(f"ATELIER_{name}", value)
    with pytest.raises(AtelierError) as caught:
        load_settings()
    return str(caught.value).splitlines()


def test_the_environment_comes_before_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ATELIER_WORKERS=2\nATELIER_SIZE=256\nOTHER=1\n")
    monkeypatch.setenv("ATELIER_WORKERS", "3")
    settings = load_settings()
    assert (settings.workers, settings.size) == (3, 256)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("QUALITY", "best", "'best' is not one of draft, standard, fine."),
        ("WORKERS", "0", "'0' is not a whole number from 1 to 64."),
        ("WORKERS", "two", "'two' is not a whole number from 1 to 64."),
        ("SIZE", "512.5", "'512.5' is not a whole number from 64 to 8192."),
        ("SIZE", "9" * 5000, f"'{'9' * 60}…' is not a whole number from 64 to 8192."),
        ("MAX_JOBS", "-1", "'-1' is not a whole number of at least 1."),
        ("TIMELAPSE", "maybe", "'maybe' is not true or false."),
        ("ADMINS", "7 8", "'7 8' is not a whole number; give whole numbers with commas between."),
        ("LOG_FORMAT", "x\x1b[2J", "'x?[2J' is not one of auto, text, json."),
        ("API_URL", "api.example.org", "It has to begin with http:// or https://."),
        ("EXECUTOR", "celery", "'celery' is not one of process, ray."),
        ("RAY_ADDRESS", "ray://10.0.0.1:10001", "It has to be auto, or the host and port of the"),
        ("RAY_CPUS", "-1", "'-1' is not a number of at least 0."),
        ("RAY_GPUS", "nan", "'nan' is not a number of at least 0."),
        ("RAY_GPUS", "1.5", "it must be a whole number, or less than 1."),
        ("TOKEN", "secret words", "It has to be as @BotFather gives it: digits, a colon, and"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    [said] = refused(monkeypatch, **{name: value})
    assert said.startswith(f"ATELIER_{name}: {line}"), said


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(monkeypatch, QUALITY="best", WORKERS="0", ADMINS="a,b", TOKEN_FILE="nowhere")
    named = [line.split(":")[0].removeprefix("ATELIER_") for line in lines]
    assert sorted(named) == ["ADMINS", "ADMINS", "QUALITY", "TOKEN_FILE", "WORKERS"]


def test_no_line_has_a_secrets_value(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(
        monkeypatch,
        TOKEN="geheim",
        WEBHOOK_SECRET="geheim",
        WORKERS=TOKEN,
        ADMINS=TOKEN,
        DATABASE_URL_FILE="postgresql://me:geheim@host/db",
    )
    assert len(lines) == 5
    assert not [line for line in lines if "geheim" in line or TOKEN[7:] in line]


def test_lists_of_ids_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_ADMINS", "7")
    monkeypatch.setenv("ATELIER_ALLOWED_CHATS", " 7, -1001234567890 ,")
    settings = load_settings()
    assert (settings.admins, settings.allowed_chats) == ((7,), (7, -1001234567890))


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


def test_every_setting_with_a_choice_or_a_range_says_so_in_words() -> None:
    words = {name: settings_words.allowed(one) for name, one in Settings.model_fields.items()}
    assert words["quality"] == "one of draft, standard, fine"
    assert words["max_jobs_per_day"] == "a whole number of at least 0"
    assert words["token"] == words["database_url"] == "a secret"
    assert words["data_dir"] == ""


def test_a_slip_in_a_name_is_told_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ATELIER_WORKRES=2\nATELIER_TOKENFILE=x\nOTHER=1\n")
    monkeypatch.setenv("ATELIER_COLOUR", "red")
    monkeypatch.setenv("ATELIER_CACHE", "somewhere")
    monkeypatch.setenv("atelier_size", "256")
    assert load_settings().size == 256
    assert unknown_settings() == [
        "ATELIER_COLOUR is no setting: it changes nothing.",
        "ATELIER_TOKENFILE is no setting: do you mean ATELIER_TOKEN_FILE?",
        "ATELIER_WORKRES is no setting: do you mean ATELIER_WORKERS?",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_an_env_file_may_have_a_mark_of_its_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_text("ATELIER_WORKERS=2\n", encoding=encoding)
    assert load_settings().workers == 2
    assert unknown_settings() == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("ATELIER_SIZE=256\n".encode("utf-16"), "is no UTF-8 text"),
        ("ATELIER_SIZE=256\n".encode("utf-16-le"), "is no UTF-8 text"),
        ("# für\nATELIER_SIZE=256\n".encode("latin-1"), "is no UTF-8 text"),
        (b"\n# one\nATELIER_TOKEN='12:geheim\nATELIER_SIZE=256\n", "Line 3 of the file .env"),
        (b"#" * 2**21, "is too large"),
    ],
)
def test_an_env_file_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, data: bytes, sentence: str
) -> None:
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(AtelierError, match=sentence) as caught:
        load_settings()
    assert "geheim" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_called_env_is_no_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert load_settings().workers == 1
    assert unknown_settings() == []


@pytest.mark.parametrize("value", ["0.05", "-1", "nan", "inf", "a lot"])
def test_a_ceiling_that_leaves_no_room_for_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ATELIER_MAX_DISK_GB", value)
    with pytest.raises(AtelierError, match=r"^ATELIER_MAX_DISK_GB: .*at least 0(\.1)?\.$"):
        load_settings()


def test_a_ceiling_is_in_bytes_and_a_retention_in_days_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATELIER_MAX_DISK_GB", "0.1")
    monkeypatch.setenv("ATELIER_RETENTION_HOURS", "25")
    settings = load_settings()
    assert (settings.ceiling(), settings.kept_days()) == (10**8, 2)
    monkeypatch.setenv("ATELIER_MAX_DISK_GB", "0")
    monkeypatch.setenv("ATELIER_RETENTION_HOURS", "0")
    settings = load_settings()
    assert (settings.ceiling(), settings.kept_days()) == (0, 0)
