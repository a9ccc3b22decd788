"""Every setting of the service, documented once. Reads the environment, `.env`, files of secrets.

The README's table is made from it by `uv run python -m bot.settings_table`.
"""

import math
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot import addresses, env_file, settings_words
from bot.errors import AtelierError
from bot.secret_files import SecretFile, SecretFiles


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [word.strip() for word in value.split(",") if word.strip()]


_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")

MIN_DISK_GB = 0.1  # the gallery, and a few requests

Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Each field is read from `ATELIER_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=settings_words.PREFIX,
        env_file=env_file.FILE,
        env_file_encoding=env_file.ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    token: SecretStr | None = Field(
        default=None, description="The bot's token, from @BotFather. Never logged."
    )
    api_url: str = Field(
        default=addresses.TELEGRAM,
        description="The root of the Bot API server, where it is not Telegram's own.",
    )
    webhook_url: str | None = Field(
        default=None,
        description="The public address that Telegram brings updates to, such as "
        "`https://bot.example.org`: that of a reverse proxy before the bot. Without one: long "
        "polling.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="What the webhook's secret path and header are derived from: any 16 "
        "characters or more. Without one: the token.",
    )
    listen: str | None = Field(
        default=None,
        description="Host and port of the webhook, `/healthz`, `/readyz` and `/metrics`. Without: "
        f"`{addresses.USUAL}` where there is a webhook, and else nothing is served.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="Where pictures, results and the database are kept."
    )
    styles_dir: Path | None = Field(
        default=None,
        description="A folder of pictures of your own that join the gallery, named as their files "
        "are; one with the name of a built-in style takes its place.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://role:password@host/database`. Without it: SQLite in the data "
        "folder.",
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="How many pictures are painted at the same time."
    )
    executor: Literal["process", "ray"] = Field(
        default="process",
        description="Where they are painted: by processes of this machine, or by a Ray cluster.",
    )
    ray_address: str = Field(
        default="auto",
        description="The Ray cluster: `auto` is the one that this machine has joined; else the "
        "host and port of its head.",
    )
    ray_cpus: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=1.0,
        description="How many of a Ray node's processors a painting takes: a node with eight takes "
        "on eight paintings with 1, and one with 8.",
    )
    ray_gpus: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=0.0, description="How many of a Ray node's GPUs a painting takes; 0.5 shares one."
    )
    quality: Literal["draft", "standard", "fine"] = Field(
        default="standard", description="How long and how well to paint."
    )
    size: Annotated[int, Field(ge=64, le=8192)] = Field(
        default=512, description="The long side of a painting, in pixels."
    )
    max_size: Annotated[int, Field(ge=64, le=8192)] = Field(
        default=1024, description="The longest side that a person may choose, in pixels."
    )
    timelapse: bool = Field(
        default=True,
        description="Whether a film is made of every painting, for those who ask to see it.",
    )
    max_jobs_per_user: Annotated[int, Field(ge=1)] = Field(
        default=3, description="How many paintings a person may have waiting or in work."
    )
    max_jobs_per_group: Annotated[int, Field(ge=1)] = Field(
        default=10, description="How many paintings a group may have waiting or in work."
    )
    max_jobs: Annotated[int, Field(ge=1)] = Field(
        default=100, description="How many paintings may wait or be in work in all."
    )
    max_jobs_per_day: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="How many paintings a person may ask for in any 24 hours. 0 is no limit.",
    )
    retention_hours: Annotated[int, Field(ge=0)] = Field(
        default=168,
        description="How many hours pictures, paintings and messages are kept once they are done "
        "with. 0 is for ever.",
    )
    max_disk_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=10.0,
        description="How many gigabytes pictures and database may take: above, the oldest pictures "
        "that nobody waits for go before their time. At least 0.1; 0 is no limit.",
    )
    allowed_chats: Ids = Field(
        default=(),
        description="Ids of the chats that are served, with commas between: a person's own id "
        "for their private chat, a group's for the group. Empty: all.",
    )
    admins: Ids = Field(
        default=(),
        description="Ids of the persons who may use /stats, /block and /unblock, with commas "
        "between. They are served in every chat, and have no daily limit.",
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="`auto` is text on a terminal, and JSON elsewhere."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment comes before `.env`; a secret comes from a file where one is named."""
        given: dict[str, str | None] = {}
        for source in (dotenv_settings, env_settings):
            if isinstance(source, EnvSettingsSource):
                given |= source.env_vars
        files = SecretFiles(settings_cls, given)
        return init_settings, files, env_settings, dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _from_its_file(cls, value: Any) -> Any:
        return value.read() if isinstance(value, SecretFile) else value

    @field_validator("token")
    @classmethod
    def _as_telegram_has_it(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        token = value.get_secret_value().strip()
        if not _TOKEN.fullmatch(token):
            raise PydanticCustomError(
                "token",
                "It has to be as @BotFather gives it: digits, a colon, and letters, as in "
                "123456:ABC-def_1",
            )
        return SecretStr(token)

    @field_validator("api_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]", value):
            raise PydanticCustomError("api_url", "It has to begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("webhook_url")
    @classmethod
    def _public(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value and addresses.public(value, info.data.get("api_url", ""))

    @field_validator("webhook_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            addresses.long_enough(value.get_secret_value())
        return value

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            addresses.host_and_port(value)
        return value

    @field_validator("ray_address")
    @classmethod
    def _of_its_head(cls, value: str) -> str:
        addresses.ray_head(value)
        return value

    @field_validator("ray_gpus")
    @classmethod
    def _as_ray_counts_them(cls, value: float) -> float:
        if value > 1 and value % 1:
            raise ValueError("it must be a whole number, or less than 1")
        return value

    def address(self) -> tuple[str, int] | None:
        """The host and the port to serve; None where nothing is."""
        listen = self.listen or (addresses.USUAL if self.webhook_url else None)
        return addresses.host_and_port(listen) if listen else None

    def webhook(self) -> addresses.Hook | None:
        """The webhook; None where there is none."""
        key = self.webhook_secret or self.token
        if self.webhook_url is None or key is None:
            return None
        return addresses.hook(self.webhook_url, key.get_secret_value())

    @field_validator("max_disk_gb")
    @classmethod
    def _room_for_work(cls, value: float) -> float:
        if 0 < value < MIN_DISK_GB:
            raise ValueError(f"it must be 0, or at least {MIN_DISK_GB}")
        return value

    def ceiling(self) -> int:
        """How many bytes the data folder may take; 0 is no limit."""
        return int(self.max_disk_gb * 1e9)

    def kept_days(self) -> int:
        """After how many days all has gone that is done with; 0 is never."""
        return math.ceil(self.retention_hours / 24)

    def database(self) -> str:
        """The SQLAlchemy URL in force, with its password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{(self.data_dir / 'atelier.db').resolve()}"

    def secrets(self) -> list[str]:
        """What no log may show: all that is secret here, and what is made of it."""
        found = [one.get_secret_value() for _, one in self if isinstance(one, SecretStr)]
        if hook := self.webhook():
            found += [hook.path, hook.secret]
        with suppress(ValueError):  # no URL at all: whoever opens it says so
            password = urlsplit(self.database()).password or ""
            found += [password, unquote(password)]
        return found


def load_settings() -> Settings:
    """Read the settings. Raises `AtelierError` with a line for each setting that is wrong."""
    env_file.check()
    try:
        return Settings()
    except ValidationError as error:
        problems = (settings_words.problem(one, Settings) for one in error.errors())
        raise AtelierError("\n".join(dict.fromkeys(problems))) from None


def unknown_settings() -> list[str]:
    """A line on each variable that looks like a setting, and is none. Raises `AtelierError`."""
    return settings_words.unknown([*os.environ, *env_file.names()], Settings)
