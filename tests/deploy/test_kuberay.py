"""docs/kuberay.yaml, against the API references of KubeRay and Kubernetes: no cluster to ask."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from tests.deploy.dockerfile import stages

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/kuberay.yaml").read_text()
OBJECTS: dict[str, dict[str, Any]] = {one["kind"]: one for one in yaml.safe_load_all(TEXT)}
CLUSTER = OBJECTS["RayCluster"]["spec"]
HEAD, (PAINTERS,) = CLUSTER["headGroupSpec"], CLUSTER["workerGroupSpecs"]
BOT = OBJECTS["Deployment"]["spec"]["template"]["spec"]
PODS: dict[str, dict[str, Any]] = {
    "head": HEAD["template"]["spec"],
    "painters": PAINTERS["template"]["spec"],
    "bot": BOT,
}
# Fields that are in use, by the path to them; `*` is any name or number. The first are of
# https://docs.ray.io/en/master/cluster/kubernetes/references/api.html (KubeRay 1.6.2).
FIELDS = {
    "RayCluster.spec": "rayVersion authOptions enableInTreeAutoscaling autoscalerOptions "
    "headGroupSpec workerGroupSpecs",
    "RayCluster.spec.authOptions": "mode",
    "RayCluster.spec.autoscalerOptions": "version upscalingMode idleTimeoutSeconds resources "
    "securityContext volumeMounts",
    "RayCluster.spec.headGroupSpec": "serviceType rayStartParams template",
    "RayCluster.spec.workerGroupSpecs.*": "groupName replicas minReplicas maxReplicas "
    "rayStartParams template",
    "Deployment.spec": "replicas strategy selector template",
    "PersistentVolumeClaim.spec": "accessModes resources",
    "NetworkPolicy.spec": "podSelector policyTypes ingress",
}
POD = (
    "securityContext containers volumes terminationGracePeriodSeconds automountServiceAccountToken "
    "restartPolicy"
)
CONTAINER = (
    "name image command args env ports readinessProbe livenessProbe resources securityContext "
    "volumeMounts"
)


@pytest.fixture(params=PODS)
def pod(request: pytest.FixtureRequest) -> dict[str, Any]:
    return PODS[request.param]


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (one,) = pod["containers"]
    return dict(one)


def command(pod: dict[str, Any]) -> str:
    return str(container(pod)["args"][0])


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container(pod)["env"]}


def option(words: str, name: str) -> str:
    found = re.search(rf"--{name} (\S+)", words)
    assert found, name
    return found[1]


def test_objects_are_of_versions_that_have_their_fields() -> None:
    assert {kind: one["apiVersion"] for kind, one in OBJECTS.items()} == {
        "RayCluster": "ray.io/v1",
        "Deployment": "apps/v1",
        "PersistentVolumeClaim": "v1",
        "NetworkPolicy": "networking.k8s.io/v1",
    }
    for path, known in FIELDS.items():
        kind, *names = path.split(".")
        at: Any = OBJECTS[kind]
        for name in names:
            at = at[0] if name == "*" else at[name]
        assert at.keys() <= set(known.split()), path


def test_pods_have_fields_of_pods(pod: dict[str, Any]) -> None:
    assert pod.keys() <= set(POD.split())
    assert container(pod).keys() <= set(CONTAINER.split())
    places = {one["name"] for one in container(pod)["volumeMounts"]}
    assert places == {one["name"] for one in pod["volumes"]}


def test_a_pod_has_no_rights_that_it_does_not_need(pod: dict[str, Any]) -> None:
    user, group = map(int, last_stage_user().split(":"))
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(pod)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container(pod)["resources"].keys() == {"requests", "limits"}
    assert CLUSTER["autoscalerOptions"]["securityContext"] == container(pod)["securityContext"]


def last_stage_user() -> str:
    return stages((ROOT / "Dockerfile").read_text())[-1].last("USER").rest


def test_all_run_the_same_image(pod: dict[str, Any]) -> None:
    assert container(pod)["image"] == container(BOT)["image"]
    assert container(pod)["image"].endswith("/atelier:ray")


def test_the_version_of_ray_is_that_of_the_image() -> None:
    lock = (ROOT / "requirements-ray.lock").read_text()
    assert f"\nray=={CLUSTER['rayVersion']} " in lock


def test_head_and_bot_paint_nothing_and_what_the_autoscaler_knows_is_what_is_started() -> None:
    for group in (HEAD, PAINTERS):
        words = command(group["template"]["spec"])
        assert option(words, "num-cpus") == group["rayStartParams"]["num-cpus"]
        assert words.endswith("--block")
    assert HEAD["rayStartParams"]["num-cpus"] == option(command(BOT), "num-cpus") == "0"
    assert CLUSTER["enableInTreeAutoscaling"]
    assert "--no-monitor" in command(PODS["head"]).split(), "two would decide"
    painter = container(PODS["painters"])["resources"]["limits"]
    assert painter["cpu"] == PAINTERS["rayStartParams"]["num-cpus"]


def test_all_join_the_head_by_the_name_that_kuberay_gives_it() -> None:
    service = f"{OBJECTS['RayCluster']['metadata']['name']}-head-svc"
    address = f"{service}:{option(command(PODS['head']), 'port')}"
    assert option(command(PODS["painters"]), "address") == address
    assert option(command(BOT), "address") == address


def test_objects_have_room_in_the_shared_memory(pod: dict[str, Any]) -> None:
    (shared,) = [one["emptyDir"] for one in pod["volumes"] if one["name"] == "shm"]
    assert shared == {"medium": "Memory", "sizeLimit": "1Gi"}
    assert int(option(command(pod), "object-store-memory")) < 2**30


def test_as_many_paintings_are_handed_out_as_all_nodes_can_take() -> None:
    """Ray's autoscaler sees what is handed out; what waits with the bot it does not see."""
    given = environment(BOT)
    each = float(given["ATELIER_RAY_CPUS"])
    room = PAINTERS["maxReplicas"] * (float(PAINTERS["rayStartParams"]["num-cpus"]) // each)
    assert int(given["ATELIER_WORKERS"]) == room


def test_the_bots_settings_are_ones_that_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (secret,) = [one for one in container(BOT)["volumeMounts"] if one["name"] == "token"]
    for name, value in environment(BOT).items():
        if name == "ATELIER_TOKEN_FILE":
            assert value == f"{secret['mountPath']}/token"
        elif name.startswith("ATELIER_"):
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.executor, settings.ray_address) == ("ray", "auto")


def test_the_token_of_the_cluster_is_kuberays() -> None:
    assert CLUSTER["authOptions"] == {"mode": "token"}
    given = environment(BOT)
    assert given["RAY_AUTH_MODE"] == "token"
    named = {"name": OBJECTS["RayCluster"]["metadata"]["name"], "key": "auth_token"}
    assert given["RAY_AUTH_TOKEN"] == {"secretKeyRef": named}


def test_usage_is_told_to_nobody(pod: dict[str, Any]) -> None:
    assert environment(pod)["RAY_USAGE_STATS_ENABLED"] == "0"


def test_there_are_never_two_bots() -> None:
    spec = OBJECTS["Deployment"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_only_its_own_pods_reach_it() -> None:
    own = {"app.kubernetes.io/part-of": "atelier"}
    policy = OBJECTS["NetworkPolicy"]["spec"]
    assert policy["podSelector"] == {"matchLabels": own}
    assert policy["ingress"] == [{"from": [{"podSelector": {"matchLabels": own}}]}]
    deployment = OBJECTS["Deployment"]["spec"]
    for template in (HEAD["template"], PAINTERS["template"], deployment["template"]):
        assert own.items() <= template["metadata"]["labels"].items()
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()


def test_probes_ask_ports_that_are_served() -> None:
    for probe in ("readinessProbe", "livenessProbe"):
        head, painter = (container(PODS[name])[probe] for name in ("head", "painters"))
        assert str(head["tcpSocket"]["port"]) == option(command(PODS["head"]), "port")
        asked = str(painter["tcpSocket"]["port"])
        assert asked == option(command(PODS["painters"]), "node-manager-port")
        assert container(BOT)[probe]["httpGet"]["port"] == container(BOT)["ports"][0]["name"]
    port = container(BOT)["ports"][0]["containerPort"]
    assert environment(BOT)["ATELIER_LISTEN"].endswith(f":{port}")
