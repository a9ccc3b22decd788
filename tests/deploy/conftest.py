"""A clean root, laid out once a session."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import building, roots
from tests.deploy.dockerfile import stages


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Debian and Python as the image's base has them, for tests that may be root on Linux."""
    version = building.arguments()["PYTHON"]
    if why := roots.missing(version):
        pytest.skip(why)
    base = stages((building.ROOT / "Dockerfile").read_text())[-1].base
    root = tmp_path_factory.mktemp("clean") / "root"
    roots.lay_out(root, base.rpartition("-")[2], version)
    yield root
    shutil.rmtree(root)
