"""The Dockerfile, as far as it can be read: `test_build.py` carries it out."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from bot.settings import Settings
from tests.deploy.dockerfile import Stage, stages

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
LOCKS = (
    *("requirements.lock", "requirements-gpu.lock", "requirements-ray.lock"),
    "requirements-build.lock",
)
EXPORT = "see docs/contributing.md on the lock files"
OWN_VARIABLES = {"ATELIER_CACHE", "ATELIER_TOKEN_FILE"}  # not fields of `Settings`


@pytest.fixture(scope="module")
def build() -> Stage:
    return stages(DOCKERFILE)[0]


@pytest.fixture(scope="module")
def image() -> Stage:
    return stages(DOCKERFILE)[-1]


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock: several where Pythons differ."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if match := re.match(r"([\w.-]+)==(\S+)", line):
            found.setdefault(match[1].lower(), set()).add(match[2])
    return found


def test_the_linter_finds_nothing() -> None:
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed: it comes with the group `dev`, on Linux on x86-64")
    found = subprocess.run(["hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_everything_that_is_copied_exists_and_is_let_through(build: Stage) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignored
    sources = [
        name for one in build.instructions if one.word == "COPY" for name in one.operands()[:-1]
    ]
    assert "requirements.lock" in sources
    for name in sources:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, name
    assert {one[1:] for one in ignored if one.startswith("!")} == set(sources)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_its_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == sum(map(len, pins(name).values())) > 3
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    assert "://" not in text


def test_packages_are_installed_from_locks_alone(build: Stage, image: Stage) -> None:
    commands = [one.rest for one in build.instructions if one.word == "RUN"]
    installs = re.findall(r"pip install\b.*?(?=&&|;;|$)", " \n".join(commands), re.M)
    assert len(installs) == 5
    for install in installs:
        wheel = "--offline dist/*.whl" in install and "--no-deps" in install
        assert wheel or ("--require-hashes" in install and ".lock" in install), install
    assert not any("pip" in one.rest for one in image.instructions if one.word == "RUN")


@pytest.mark.parametrize("extra", ["postgresql", "video"])
def test_the_image_has_what_nobody_could_add_to_it(extra: str) -> None:
    """It is read-only. Films as MP4, and a database on a server."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    wanted = {Requirement(line).name for line in extras[extra]}
    assert wanted <= pins("requirements.lock").keys(), EXPORT


def test_the_lock_with_ray_is_the_first_one_and_what_ray_adds() -> None:
    first, ray = pins("requirements.lock"), pins("requirements-ray.lock")
    assert first.items() <= ray.items(), EXPORT
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (wanted,) = (Requirement(line) for line in extras["ray"])
    assert "ray" not in first
    assert all(version in wanted.specifier for version in ray["ray"]), EXPORT


def test_the_gpu_lock_goes_with_the_other(build: Stage) -> None:
    both = pins("requirements.lock").keys() & pins("requirements-gpu.lock").keys()
    for name in both:
        assert pins("requirements.lock")[name] == pins("requirements-gpu.lock")[name], EXPORT
    assert "tensorflow" in both


def test_the_gpu_lock_holds_what_tensorflow_asks_for() -> None:
    known = pins("requirements-gpu.lock")
    wanted = [Requirement(line) for line in requires("tensorflow") or ()]
    extra = [one for one in wanted if one.marker and "and-cuda" in str(one.marker)]
    assert len(extra) > 5
    for one in extra:
        assert known.keys() >= {one.name.lower()}, f"{one.name}: {EXPORT}"
        assert all(version in one.specifier for version in known[one.name.lower()]), EXPORT


@pytest.mark.parametrize(
    ("argument", "usual", "unknown", "wrong"),
    [
        ("ACCELERATOR", "cpu", "tpu", "ACCELERATOR is cpu or gpu, not tpu.\n"),
        ("CLUSTER", "none", "dask", "CLUSTER is none or ray, not dask.\n"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(
    build: Stage, argument: str, usual: str, unknown: str, wrong: str
) -> None:
    (choice,) = [one.rest for one in build.instructions if f"{argument}}}" in one.rest]
    for value, expected in ((usual, (0, "")), (unknown, (1, wrong))):
        ended = subprocess.run(
            ["/bin/sh", "-c", choice], env={argument: value}, capture_output=True, text=True
        )
        assert (ended.returncode, ended.stderr) == expected


def test_both_stages_have_the_same_base(build: Stage, image: Stage) -> None:
    assert build.base == image.base
    assert re.fullmatch(r"python:3\.1[123]-slim-\w+", image.base)


def test_it_runs_as_nobody_in_particular(image: Stage) -> None:
    user = image.last("USER").rest
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    after = image.instructions[image.instructions.index(image.last("USER")) :]
    assert {one.word for one in after}.isdisjoint({"RUN", "COPY", "ENV"})
    made = next(one.rest for one in image.instructions if "useradd" in one.rest)
    assert all(f"-o {number} -g {number}" in made for number in user.split(":"))


def test_the_image_starts_the_bot_and_stops_it_by_its_signal(image: Stage) -> None:
    assert image.last("ENTRYPOINT").operands() == ["atelier"]
    assert image.last("CMD").operands() == ["run"]
    assert image.last("STOPSIGNAL").rest == "SIGTERM"


def test_what_is_written_goes_into_the_volume(image: Stage) -> None:
    environment = variables(image)
    assert image.last("VOLUME").operands() == [environment["ATELIER_DATA_DIR"]] == ["/data"]
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["HOME"] == "/tmp"  # noqa: S108 - in memory, and the container's own
    assert environment["ATELIER_CACHE"].startswith("/data/")


def test_no_secret_is_in_the_image(image: Stage, build: Stage) -> None:
    for one in (*build.instructions, *image.instructions):
        assert not re.search(r"token|secret|password", one.rest, re.I), one


def test_variables_are_settings(image: Stage) -> None:
    known = {f"ATELIER_{name.upper()}" for name in Settings.model_fields} | OWN_VARIABLES
    used = {name for name in variables(image) if name.startswith("ATELIER_")}
    for service in COMPOSE["services"].values():
        used |= {name for name in service["environment"] if name.startswith("ATELIER_")}
    assert used <= known


def test_the_health_check_asks_the_port_that_is_served(image: Stage) -> None:
    assert image.last("HEALTHCHECK").options().keys() >= {"interval", "timeout", "start-period"}
    command = image.last("HEALTHCHECK").operands()
    assert command[:2] == ["python", "-c"]
    compile(command[2], "health check", "exec")
    assert "/healthz" in command[2]
    port = variables(image)["ATELIER_LISTEN"].rpartition(":")[2]
    assert image.last("EXPOSE").rest == port
    for name, service in COMPOSE["services"].items():
        served = [f"127.0.0.1:{port}:{port}"] if name.startswith("bot") else []
        assert service.get("ports", []) == served


def variables(stage: Stage) -> dict[str, str]:
    return {
        name: value
        for one in stage.instructions
        if one.word == "ENV"
        for name, value in one.pairs().items()
    }
