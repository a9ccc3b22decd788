"""Carries the Dockerfile out without Docker: every step in a clean root, then the bot in it.

Slow (minutes, and gigabytes of disk for the GPU's): as root on Linux, with Debian's mmdebstrap,

    uv run pytest -n 0 -m slow -s tests/deploy/test_build.py

What remains unseen: Docker's own layers, its seccomp profile, the official Python image (Debian
and a Python stand in for it), and a GPU.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from PIL import Image

from tests.deploy import roots
from tests.deploy.dockerfile import Stage, expanded, stages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("inside.py")


@dataclass
class Built:
    """A stage, carried out: its root, and what `ENV`, `USER` and `WORKDIR` have made of it."""

    stage: Stage
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"

    def run(self, data: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A container of it. `command` stands in place of `CMD`; `more` are variables."""
        whole = [*self.stage.last("ENTRYPOINT").operands(), *command]
        return self.inside(whole, {"/data": data}, more)

    def inside(
        self, command: list[str], volumes: Mapping[str, Path], variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return roots.container(
            self.root,
            command,
            user=self.user,
            folder=self.folder,
            environment={**self.environment, **variables},
            volumes=volumes,
        )


Build = Callable[[str], Built]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Carries all stages out for an accelerator, and returns the last."""
    text = (ROOT / "Dockerfile").read_text()
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.M))
    if why := roots.missing(arguments["PYTHON"]):
        pytest.skip(why)
    suite = stages(text)[-1].base.rpartition("-")[2]
    clean = tmp_path_factory.mktemp("clean") / "root"
    roots.lay_out(clean, suite, arguments["PYTHON"])

    def built(accelerator: str) -> Built:
        done: dict[str, Built] = {}
        for number, stage in enumerate(stages(text)):
            root = tmp_path_factory.mktemp("stage") / str(number)
            subprocess.run(["cp", "-a", clean, root], check=True)  # devices are copied as such
            one = done[stage.name] = Built(stage, root)
            carry_out(one, done, {**arguments, "ACCELERATOR": accelerator})
        return one

    return built


def carry_out(built: Built, others: Mapping[str, Built], arguments: Mapping[str, str]) -> None:
    """Every instruction of a stage, in order."""
    known = {"PATH": roots.PATH}
    for one in built.stage.instructions:
        match one.word:
            case "ARG":
                known |= {name: arguments[name] for name in one.pairs()}
            case "ENV":
                found = {name: expanded(value, known) for name, value in one.pairs().items()}
                known |= found
                built.environment |= found
            case "RUN":
                print(f"RUN {one.rest}")  # noqa: T201 - to be seen with -s
                roots.step(built.root, one.rest, built.folder, known)
            case "COPY":
                source = one.options().get("from")
                copied(one.operands(), others[source].root if source else ROOT, built, source)
            case "WORKDIR":
                built.folder = one.rest
                (built.root / one.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                built.user = one.rest


def copied(operands: list[str], base: Path, built: Built, stage: str | None) -> None:
    *sources, target = operands
    unwanted = None if stage else shutil.ignore_patterns("__pycache__", "*.pyc")
    place = built.root / str(PurePosixPath(built.folder, target)).lstrip("/")
    for source in sources:
        at = base / source.lstrip("/")
        if at.is_dir():
            shutil.copytree(at, place, symlinks=True, ignore=unwanted, dirs_exist_ok=True)
        else:
            shutil.copy2(at, place / at.name if target.endswith("/") else place)


@pytest.fixture(scope="module")
def image(build: Build) -> Built:
    return build("cpu")


@pytest.fixture
def data(image: Built, tmp_path: Path) -> Path:
    """A new volume: as Docker makes it, of the folder that is there in the image."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    made = (image.root / "data").stat()
    assert (f"{made.st_uid}:{made.st_gid}", made.st_mode & 0o777) == (image.user, 0o700)
    shutil.chown(folder, made.st_uid, made.st_gid)
    return folder


def test_the_image_holds_nothing_of_the_user_that_it_runs_as(image: Built) -> None:
    user = int(image.user.partition(":")[0])
    theirs = [path for path in image.root.rglob("*") if path.lstat().st_uid == user]
    assert theirs == [image.root / "data"]


def test_everything_is_compiled_since_nothing_can_be_later(image: Built) -> None:
    for folder in ("opt/atelier/lib", "usr/local/lib"):
        sources = [
            path
            for path in (image.root / folder).glob("python3.*/**/*.py")
            if not re.search(r"/(lib2to3|turtledemo|pip|test|tests)/", str(path))
        ]
        compiled = [path for path in sources if [*path.parent.glob(f"__pycache__/{path.stem}.*")]]
        print(f"{folder}: {len(compiled)} of {len(sources)} compiled")  # noqa: T201
        assert len(compiled) > 0.99 * len(sources) > 500


def test_a_picture_is_painted_without_any_network(image: Built, data: Path) -> None:
    for name, colour in (("photo.png", "teal"), ("style.png", "orange")):
        Image.linear_gradient("L").convert("RGB").resize((120, 90)).save(data / name)
        Image.blend(Image.open(data / name), Image.new("RGB", (120, 90), colour), 0.5).save(
            data / name
        )
    pictures = ["/data/photo.png", "/data/style.png", "-o", "/data/result.png"]
    options = ["--size", "96", "--quality", "draft", "--report", "/data/report.json"]
    ended = image.inside(["nst", "stylize", *pictures, *options], {"/data": data}, {})
    assert ended.returncode == 0, ended.stderr
    report = json.loads((data / "report.json").read_text())
    assert report["backbone"] == "vgg19"
    assert Image.open(data / "result.png").size == (96, 72)


def test_nothing_but_the_volume_and_tmp_can_be_written(image: Built, data: Path) -> None:
    script = (
        "for at in / /opt/atelier /usr/local/lib /etc /dev /data /tmp; do "
        "touch $at/probe 2>/dev/null && echo $at; done; id -u; cat /proc/self/status"
    )
    ended = image.inside(["/bin/sh", "-c", script], {"/data": data}, {})
    assert ended.stdout.split("10001")[0].split() == ["/data", "/tmp"]  # noqa: S108
    assert re.search(r"CapEff:\s+0{16}\n", ended.stdout)
    assert re.search(r"NoNewPrivs:\s+1\n", ended.stdout)


def test_the_bot_answers_is_healthy_and_stops(image: Built, data: Path) -> None:
    driver = data / "inside.py"
    shutil.copy(DRIVER, driver)
    start = [*image.stage.last("ENTRYPOINT").operands(), *image.stage.last("CMD").operands()]
    health = image.stage.last("HEALTHCHECK").operands()
    command = ["python", "/data/inside.py", json.dumps(start), json.dumps(health)]
    ended = image.inside(command, {"/data": data}, {})
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    log = found.pop("log")
    print(found)  # noqa: T201
    assert found["exit_code"] == 0, log
    assert found["health"][0] != 0, "the check says healthy where nothing runs"
    assert found["stopped_after"] < 10
    assert "Traceback" not in log
    assert (data / "atelier.db").is_file()


def test_the_demo_paints_in_it_from_photo_to_film(image: Built, data: Path) -> None:
    small = {"ATELIER_SIZE": "128", "ATELIER_QUALITY": "draft"}
    ended = image.run(data, "demo", "-o", "/data/demo", **small)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {path.name for path in (data / "demo").iterdir()} >= {"result.jpg", "result.png"}


def test_with_the_gpu_packages_it_paints_on_the_processor_where_there_is_no_gpu(
    build: Build, tmp_path: Path
) -> None:
    image = build("gpu")
    packages = {path.name for path in (image.root / "opt/atelier/lib").glob("*/site-packages/*")}
    assert "nvidia" in packages
    shutil.chown(tmp_path, *map(int, image.user.split(":")))
    ended = image.inside(["nst", "info"], {"/data": tmp_path}, {})
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"device\s+cpu", ended.stdout), ended.stdout
