"""Secrets that stand in files, as systemd and containers hand them out. Reads those files only.

`ATELIER_TOKEN_FILE` names the file that holds `ATELIER_TOKEN`. Where neither is set, a file
`/run/secrets/atelier_token` is taken. Likewise for every other setting that is a `SecretStr`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

FOLDER = Path("/run/secrets")  # where Docker and Podman mount them
SUFFIX = "_FILE"
LARGEST = 2**14  # bytes


@dataclass(frozen=True)
class SecretFile:
    """Stands in place of a secret until it is validated: then errors become the settings' own."""

    path: Path
    setting: str  # that names it: `ATELIER_TOKEN_FILE`, or `ATELIER_TOKEN` where none does
    doubled: str = ""  # the setting that gives the same secret

    def read(self) -> str:
        """The secret. Raises `ValueError` with what is wrong.

        That quotes neither what the file has nor its name: a secret put there by mistake.
        """
        what = f"the file {self.path}" if self.path.parent == FOLDER else "the file that it names"
        if self.doubled:
            raise ValueError(f"{self.doubled} is set, too: keep one of the two")
        try:
            data = self._bytes()
        except OSError as error:
            raise ValueError(f"{what} cannot be read: {error.strerror}") from None
        if len(data) > LARGEST:
            raise ValueError(f"{what} is too large for a secret")
        try:
            text = data.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise ValueError(f"{what} is no UTF-8 text") from None
        if not text.strip():
            raise ValueError(f"{what} is empty")
        if any(not one.isprintable() for one in text):
            raise ValueError(f"{what} has more than one line of plain text")
        return text

    def _bytes(self) -> bytes:
        # Opened without waiting: a pipe that nobody writes to would never be.
        with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - it is open already
            os.set_blocking(file.fileno(), True)
            return file.read(LARGEST + 1)


def secrets(model: type[BaseModel]) -> list[str]:
    """The fields that are secrets."""
    return [
        name
        for name, field in model.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    ]


class SecretFiles(PydanticBaseSettingsSource):
    """A `SecretFile` for each secret that stands in one."""

    def __init__(self, model: type[BaseSettings], given: Mapping[str, str | None]) -> None:
        """`given`: what is set otherwise, by names in small letters."""
        super().__init__(model)
        self._prefix = model.model_config.get("env_prefix", "")
        self._given = given
        self._secrets = secrets(model)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """A file that is named comes first; one in the usual folder, after all else."""
        setting = f"{self._prefix}{field_name}"
        plain, named = (
            self._given.get(setting.lower()),
            self._given.get(f"{setting}{SUFFIX}".lower()),
        )
        value = None
        if named:
            doubled = setting.upper() if plain else ""
            value = SecretFile(Path(named), f"{setting}{SUFFIX}".upper(), doubled)
        elif not plain and os.access(usual := FOLDER / setting.lower(), os.F_OK):
            value = SecretFile(usual, setting.upper())
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(fields[name], name)[0] for name in self._secrets}
        return {name: value for name, value in found.items() if value is not None}
