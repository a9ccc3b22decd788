"""Carries a Dockerfile out in clean roots, and runs containers of what comes of it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tests.deploy import roots
from tests.deploy.dockerfile import Stage, expanded, stages

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


def build(clean: Path, folder: Path, accelerator: str) -> Built:
    """All stages, each in a copy of the clean root below `folder`; the last one."""
    done: dict[str, Built] = {}
    for number, stage in enumerate(stages((ROOT / "Dockerfile").read_text())):
        root = folder / str(number)
        subprocess.run(["cp", "-a", clean, root], check=True)  # devices are copied as such
        one = done[stage.name] = Built(stage, root)
        _carry_out(one, done, {**arguments(), "ACCELERATOR": accelerator})
    return one


def arguments() -> dict[str, str]:
    """Of the Dockerfile, as they are where nobody chooses."""
    return dict(re.findall(r"^ARG (\w+)=(\S+)$", (ROOT / "Dockerfile").read_text(), re.M))


def served(
    run: Callable[[list[str]], subprocess.CompletedProcess[str]], python: str, start: list[str]
) -> dict[str, Any]:
    """What came of a bot beside a stand-in for Telegram: see `inside.py`.

    `run` runs a command in the container, and `python` is the bot's there.
    """
    health = stages((ROOT / "Dockerfile").read_text())[-1].last("HEALTHCHECK").operands()
    ended = run([python, "-c", DRIVER.read_text(), json.dumps(start), json.dumps(health)])
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    log = found.pop("log")
    print(found)  # noqa: T201 - to be seen with -s
    assert found["exit_code"] == 0, log
    assert found["health"][0] != 0, "the check says healthy where nothing runs"
    assert found["stopped_after"] < 10
    assert "Traceback" not in log
    return found


def _carry_out(built: Built, others: Mapping[str, Built], arguments: Mapping[str, str]) -> None:
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
                _copied(one.operands(), others[source].root if source else ROOT, built, source)
            case "WORKDIR":
                built.folder = one.rest
                (built.root / one.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                built.user = one.rest


def _copied(operands: list[str], base: Path, built: Built, stage: str | None) -> None:
    *sources, target = operands
    unwanted = None if stage else shutil.ignore_patterns("__pycache__", "*.pyc")
    place = built.root / str(PurePosixPath(built.folder, target)).lstrip("/")
    for source in sources:
        at = base / source.lstrip("/")
        if at.is_dir():
            shutil.copytree(at, place, symlinks=True, ignore=unwanted, dirs_exist_ok=True)
        else:
            shutil.copy2(at, place / at.name if target.endswith("/") else place)
