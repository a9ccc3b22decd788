"""compose.yaml, read as Compose reads it: no Docker here to ask."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from tests.deploy.dockerfile import stages

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Of https://github.com/compose-spec/compose-spec/blob/main/spec.md: those in use, and what each is.
KEYS: dict[str, type] = {
    **dict.fromkeys(("build", "deploy", "environment", "logging"), dict),
    **dict.fromkeys(("cap_drop", "env_file", "ports", "profiles", "secrets"), list),
    **dict.fromkeys(("security_opt", "tmpfs", "volumes"), list),
    **dict.fromkeys(("image", "mem_limit", "restart", "stop_grace_period"), str),
    **dict.fromkeys(("init", "read_only"), bool),
    "pids_limit": int,
}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


def test_there_is_a_profile_for_the_processor_and_one_for_a_gpu() -> None:
    assert [one["profiles"] for one in SERVICES.values()] == [["cpu"], ["gpu"]]
    for one in SERVICES.values():
        (profile,) = one["profiles"]
        assert one["build"]["args"] == {"ACCELERATOR": profile}
        assert one["image"].endswith(f":{profile}")


def test_keys_are_composes_own_and_of_their_kind(service: dict[str, Any]) -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == {
        *("name", "services", "secrets", "volumes")
    }
    for key, value in service.items():
        assert isinstance(value, KEYS[key]), key


def test_what_is_named_is_there(service: dict[str, Any]) -> None:
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    assert {one.partition(":")[0] for one in service["volumes"]} <= set(COMPOSE["volumes"])
    assert (ROOT / service["build"]["context"] / "Dockerfile").is_file()
    arguments = {
        name
        for stage in stages((ROOT / "Dockerfile").read_text())
        for one in stage.instructions
        if one.word == "ARG"
        for name in one.pairs()
    }
    assert set(service["build"]["args"]) <= arguments


def test_a_container_has_nothing_that_it_does_not_need(service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\$\{ATELIER_MEMORY:-\d+g\}", service["mem_limit"])
    assert 0 < service["pids_limit"] < 10_000
    assert all(one.startswith("127.0.0.1:") for one in service["ports"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "user"} & service.keys()


def test_data_and_only_data_is_kept(service: dict[str, Any]) -> None:
    where = service["environment"]["ATELIER_DATA_DIR"]
    assert service["volumes"] == [f"data:{where}"]
    assert [one.partition(":")[0] for one in service["tmpfs"]] == ["/tmp"]  # noqa: S108


def test_the_token_is_a_file_and_stands_in_no_variable(service: dict[str, Any]) -> None:
    # Compose cannot make a secret of a variable where the root is read-only (docker/compose#12031).
    assert COMPOSE["secrets"]["token"].keys() == {"file"}
    assert service["environment"]["ATELIER_TOKEN_FILE"] == "/run/secrets/token"
    assert "ATELIER_TOKEN" not in service["environment"]
    folder = COMPOSE["secrets"]["token"]["file"].partition("/")[0]
    assert f"/{folder}/" in (ROOT / ".gitignore").read_text().split()


def test_the_bot_has_time_to_stop_and_comes_back_by_itself(service: dict[str, Any]) -> None:
    assert int(service["stop_grace_period"].removesuffix("s")) >= 3 * 10  # it takes ten at most
    assert service["restart"] == "unless-stopped"
    assert service["init"]


def test_the_gpu_is_reserved_for_its_profile_alone() -> None:
    (device,) = SERVICES["bot-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert "deploy" not in SERVICES["bot"]


def test_the_environment_is_one_that_the_settings_take(
    service: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in service["environment"].items():
        if name != "ATELIER_TOKEN_FILE":
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert str(settings.data_dir) == "/data"
    assert settings.log_format == "json"
