"""The image as a builder of containers makes it, and as Compose starts it: Buildah and Podman.

Slow (minutes): as root on Linux, with Debian's mmdebstrap, podman and runc,

    uv run pytest -n 0 -m slow -s tests/deploy/test_containers.py

They read the Dockerfile in their own way, and run with their own seccomp profile. The official
Python image is still not it: a clean root stands in, under its name.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy import roots
from tests.deploy.building import DRIVER, ROOT
from tests.deploy.dockerfile import stages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

NAME = "atelier:test"
# Podman's own are more than root may give in some places; and its checks take a running systemd.
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096", "--no-healthcheck")
IMAGE = stages((ROOT / "Dockerfile").read_text())[-1]


class Podman:
    """One with a store of its own."""

    def __init__(self, folder: Path) -> None:
        store = ["--root", str(folder / "store"), "--runroot", str(folder / "run")]
        self._command = ["podman", *store, "--runtime", "runc", "--cgroup-manager", "cgroupfs"]

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints, on both streams where it fails. It must end with `code`."""
        ended = subprocess.run([*self._command, *arguments], capture_output=True, text=True)
        assert ended.returncode == code, ended.stdout[-4000:] + ended.stderr[-4000:]
        return ended.stdout


@pytest.fixture(scope="module")
def podman(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """With the image in its store, built from the Dockerfile."""
    absent = [name for name in ("podman", "runc") if shutil.which(name) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)} (apt-get install podman runc)")
    folder = tmp_path_factory.mktemp("podman")
    podman = Podman(folder)
    base = folder / "base.tar"
    unwanted = ["--exclude=./dev/*", "--exclude=./proc/*"]
    subprocess.run(["tar", "-C", clean, *unwanted, "-cf", base, "."], check=True)
    podman("import", "-c", f"ENV PATH={roots.PATH}", str(base), f"docker.io/library/{IMAGE.base}")
    base.unlink()
    given = [
        one for name in os.environ if name.startswith(roots.PASSED_ON) for one in ("--env", name)
    ]
    paths = [Path(one).expanduser() for one in ("/etc/ssl/certs", *roots.CLIENTS)]
    mounts = [one for path in paths if path.exists() for one in ("-v", f"{path}:{path}:ro")]
    where = ["--pull=never", "--network=host", "--format=docker", "-t", NAME]
    podman("build", *where, *given, *mounts, str(ROOT))
    yield podman
    podman("rmi", "--all", "--force")
    shutil.rmtree(folder)


def as_composed() -> list[str]:
    """What `compose.yaml` asks for, in the words of `podman run`."""
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["bot"]
    assert service["read_only"]
    return [
        *("--rm", "--read-only", "--read-only-tmpfs=false", "--network=none", *LIMITS),
        *(f"--tmpfs={one}" for one in service["tmpfs"]),
        *(f"--cap-drop={one}" for one in service["cap_drop"]),
        *(f"--security-opt={one.removesuffix(':true')}" for one in service["security_opt"]),
        *(f"--volume={one}" for one in service["volumes"]),
    ]


def test_the_image_says_how_it_is_to_be_run(podman: Podman) -> None:
    (about,) = json.loads(podman("inspect", NAME))
    config = about["Config"]
    assert (config["User"], config["StopSignal"]) == (IMAGE.last("USER").rest, "SIGTERM")
    assert (config["Entrypoint"], config["Cmd"]) == (["atelier"], ["run"])
    assert config["Volumes"].keys() == {"/data"}
    command = about["HealthCheck"] if "HealthCheck" in about else about["Healthcheck"]
    assert command["Test"] == ["CMD", *IMAGE.last("HEALTHCHECK").operands()]
    print(f"{about['Size'] / 1e9:.1f} GB")  # noqa: T201 - to be seen with -s


def test_the_bot_answers_is_healthy_and_stops_in_a_new_volume(podman: Podman) -> None:
    start = [*IMAGE.last("ENTRYPOINT").operands(), *IMAGE.last("CMD").operands()]
    health = IMAGE.last("HEALTHCHECK").operands()
    script = ["-c", DRIVER.read_text(), json.dumps(start), json.dumps(health)]
    found = json.loads(podman("run", *as_composed(), "--entrypoint=python", NAME, *script))
    assert (found["exit_code"], found["health"][-1]) == (0, 0), found["log"]


def test_the_demo_paints(podman: Podman) -> None:
    small = ["--env=ATELIER_SIZE=128", "--env=ATELIER_QUALITY=draft"]
    told = podman("run", *as_composed(), *small, NAME, "demo", "-o", "/data/demo")
    assert "result.png" in told


def test_the_tokens_file_is_read_by_the_images_user_alone(podman: Podman, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("no token\n")
    secret.chmod(0o400)
    shutil.chown(secret, int(IMAGE.last("USER").rest.partition(":")[0]))
    mounted = [
        f"--volume={secret}:/run/secrets/token:ro",
        "--env=ATELIER_TOKEN_FILE=/run/secrets/token",
    ]
    told = podman("run", *as_composed(), *mounted, NAME, "check", "--quick", code=1)
    assert "ATELIER_TOKEN_FILE: It has to be as @BotFather gives it" in told
