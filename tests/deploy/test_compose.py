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
BOTS = [name for name in SERVICES if name.startswith("bot")]
NODES = [name for name in SERVICES if name.startswith("ray")]
# Of https://github.com/compose-spec/compose-spec/blob/main/spec.md: those in use, and what each is.
KEYS: dict[str, type] = {
    **dict.fromkeys(("build", "deploy", "environment", "logging"), dict),
    **dict.fromkeys(("cap_drop", "env_file", "ports", "profiles", "secrets"), list),
    **dict.fromkeys(("command", "depends_on", "entrypoint", "networks"), list),
    **dict.fromkeys(("security_opt", "tmpfs", "volumes"), list),
    **dict.fromkeys(("image", "mem_limit", "restart", "shm_size", "stop_grace_period"), str),
    **dict.fromkeys(("init", "read_only"), bool),
    "pids_limit": int,
}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


@pytest.fixture(params=BOTS)
def bot(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


@pytest.fixture(params=NODES)
def node(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


def test_there_is_a_bot_for_the_processor_one_for_a_gpu_and_one_for_a_cluster() -> None:
    arguments = {
        "cpu": {"ACCELERATOR": "cpu"},
        "gpu": {"ACCELERATOR": "gpu"},
        "ray": {"ACCELERATOR": "cpu", "CLUSTER": "ray"},
    }
    assert [SERVICES[name]["profiles"] for name in BOTS] == [[name] for name in arguments]
    for name in BOTS:
        (profile,) = SERVICES[name]["profiles"]
        assert SERVICES[name]["build"]["args"] == arguments[profile]
        assert SERVICES[name]["image"].endswith(f":{profile}")


def test_nodes_of_the_cluster_are_of_the_bots_image_and_profile(node: dict[str, Any]) -> None:
    assert node["image"] == SERVICES["bot-ray"]["image"]
    assert node["profiles"] == SERVICES["bot-ray"]["profiles"]
    assert "build" not in node


def test_nodes_reach_each_other_and_nothing_else(node: dict[str, Any]) -> None:
    assert node["networks"] == ["cluster"]
    assert COMPOSE["networks"] == {"cluster": {"internal": True}}
    assert "ports" not in node
    assert SERVICES["bot-ray"]["networks"] == ["default", "cluster"]


def test_the_cluster_wants_its_token_which_is_a_file_and_not_the_bots(node: dict[str, Any]) -> None:
    for one in (node, SERVICES["bot-ray"]):
        assert one["environment"]["RAY_AUTH_MODE"] == "token"
        assert one["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token"
        assert one["environment"]["RAY_USAGE_STATS_ENABLED"] == "0"
        assert "RAY_AUTH_TOKEN" not in one["environment"]
    assert node["secrets"] == ["ray_token"]
    assert COMPOSE["secrets"]["ray_token"].keys() == {"file"}


def test_all_join_the_head_which_paints_nothing_nor_does_the_bots_node() -> None:
    head, worker = (SERVICES[name]["command"] for name in ("ray-head", "ray-worker"))
    assert {"--head", "--port=6379", "--num-cpus=0"} <= set(head)
    assert worker[0] == "--address=ray-head:6379"
    assert not any(one.startswith("--num-cpus") for one in worker)
    script = SERVICES["bot-ray"]["entrypoint"][2]
    assert script.startswith("ray start --address=ray-head:6379 --num-cpus=0 ")
    assert script.endswith('exec atelier "$$@"')  # Compose's way to write one dollar


def test_objects_have_room_in_the_shared_memory(node: dict[str, Any]) -> None:
    words = " ".join([*node["command"], SERVICES["bot-ray"]["entrypoint"][2]])
    sizes = re.findall(r"--object-store-memory=(\d+)", words)
    assert len(sizes) == 2
    for one in (node, SERVICES["bot-ray"]):
        assert max(map(int, sizes)) < int(one["shm_size"].removesuffix("gb")) * 1e9


def test_keys_are_composes_own_and_of_their_kind(service: dict[str, Any]) -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == {
        *("name", "services", "networks", "secrets", "volumes")
    }
    for key, value in service.items():
        assert isinstance(value, KEYS[key]), key


def test_what_is_named_is_there(service: dict[str, Any]) -> None:
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    volumes = {one.partition(":")[0] for one in service.get("volumes", ())}
    assert volumes <= set(COMPOSE["volumes"])
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    assert set(service.get("networks", ())) <= {"default", *COMPOSE["networks"]}


def test_what_is_built_is_the_dockerfile_with_arguments_that_it_has(bot: dict[str, Any]) -> None:
    assert (ROOT / bot["build"]["context"] / "Dockerfile").is_file()
    arguments = {
        name
        for stage in stages((ROOT / "Dockerfile").read_text())
        for one in stage.instructions
        if one.word == "ARG"
        for name in one.pairs()
    }
    assert set(bot["build"]["args"]) <= arguments


def test_a_container_has_nothing_that_it_does_not_need(service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\$\{ATELIER_MEMORY:-\d+g\}", service["mem_limit"])
    assert 0 < service["pids_limit"] < 10_000
    assert all(one.startswith("127.0.0.1:") for one in service.get("ports", ()))
    assert not {"privileged", "cap_add", "network_mode", "pid", "user"} & service.keys()


def test_data_and_only_data_is_kept(bot: dict[str, Any]) -> None:
    where = bot["environment"]["ATELIER_DATA_DIR"]
    assert bot["volumes"] == [f"data:{where}"]
    assert [one.partition(":")[0] for one in bot["tmpfs"]] == ["/tmp"]  # noqa: S108


def test_nodes_keep_nothing(node: dict[str, Any]) -> None:
    assert "volumes" not in node
    # `/data` is a volume of the image, which would else be made anew for each.
    assert [one.partition(":")[0] for one in node["tmpfs"]] == ["/tmp", "/data"]  # noqa: S108


def test_the_token_is_a_file_and_stands_in_no_variable(bot: dict[str, Any]) -> None:
    # Compose cannot make a secret of a variable where the root is read-only (docker/compose#12031).
    assert COMPOSE["secrets"]["token"].keys() == {"file"}
    assert bot["environment"]["ATELIER_TOKEN_FILE"] == "/run/secrets/token"
    assert "ATELIER_TOKEN" not in bot["environment"]
    folder = COMPOSE["secrets"]["token"]["file"].partition("/")[0]
    assert f"/{folder}/" in (ROOT / ".gitignore").read_text().split()


def test_all_come_back_by_themselves_and_the_bot_has_time_to_stop(service: dict[str, Any]) -> None:
    assert service["restart"] == "unless-stopped"
    assert service["init"]
    for name in BOTS:
        # It takes ten seconds at most.
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= 3 * 10


def test_the_gpu_is_reserved_for_its_profile_alone() -> None:
    (device,) = SERVICES["bot-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert "deploy" not in SERVICES["bot"]


def test_the_environment_is_one_that_the_settings_take(
    bot: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in bot["environment"].items():
        if name != "ATELIER_TOKEN_FILE":
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert str(settings.data_dir) == "/data"
    assert settings.log_format == "json"
