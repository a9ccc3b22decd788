"""Carries the Dockerfile out without Docker: every step in a clean root, then the bot in it.

Slow (minutes, and gigabytes of disk for the GPU's): as root on Linux, with Debian's mmdebstrap,

    uv run pytest -n 0 -m slow -s tests/deploy/test_build.py

What remains unseen: Docker's own layers, its seccomp profile, the official Python image (Debian
and a Python stand in for it), and a GPU.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.deploy.building import Built, build, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def image(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with room(tmp_path_factory) as folder:
        yield build(clean, folder, "cpu")


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
    report = painted(image, data)
    assert (report["device"], report["backbone"]) == ("cpu", "vgg19")


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
    start = [*image.stage.last("ENTRYPOINT").operands(), *image.stage.last("CMD").operands()]
    served(lambda command: image.inside(command, {"/data": data}, {}), "python", start)
    assert (data / "atelier.db").is_file()


def test_the_demo_paints_in_it_from_photo_to_file(image: Built, data: Path) -> None:
    small = {"ATELIER_SIZE": "128", "ATELIER_QUALITY": "draft"}
    ended = image.run(data, "demo", "-o", "/data/demo", **small)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {path.name for path in (data / "demo").iterdir()} >= {"result.jpg", "result.png"}


def test_with_the_gpus_packages_it_paints_on_the_processor_where_there_is_no_gpu(
    clean: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("data")
    with room(tmp_path_factory) as folder:
        image = build(clean, folder, "gpu")
        packages = (image.root / "opt/atelier/lib").glob("*/site-packages/*")
        assert "nvidia" in {path.name for path in packages}
        shutil.chown(data, *map(int, image.user.split(":")))
        assert painted(image, data)["device"] == "cpu"


@contextmanager
def room(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for gigabytes, which are gone afterwards."""
    folder = factory.mktemp("stages")
    yield folder
    shutil.rmtree(folder)


def painted(image: Built, data: Path) -> dict[str, object]:
    """A small painting's report."""
    for name, colour in (("photo.png", "teal"), ("style.png", "orange")):
        gradient = Image.linear_gradient("L").convert("RGB").resize((120, 90))
        Image.blend(gradient, Image.new("RGB", (120, 90), colour), 0.5).save(data / name)
    pictures = ["/data/photo.png", "/data/style.png", "-o", "/data/result.png"]
    options = ["--size", "96", "--quality", "draft", "--report", "/data/report.json"]
    ended = image.inside(["nst", "stylize", *pictures, *options], {"/data": data}, {})
    assert ended.returncode == 0, ended.stderr
    assert Image.open(data / "result.png").size == (96, 72)
    report: dict[str, object] = json.loads((data / "report.json").read_text())
    return report
