"""A clean root folder: what a slim Python image is, as near as Debian's packages and a Python get.

For tests that may be root on Linux. `mmdebstrap` lays out Debian; the Python that the image asks
for is one of this machine's. Namespaces play Docker's part: a step of a build
may write and has the network, a container has what `compose.yaml` gives it.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# What the official image adds to Debian: https://github.com/docker-library/python
LIBRARIES = (
    *("ca-certificates", "netbase", "tzdata", "libbz2-1.0", "libexpat1", "libffi8", "liblzma5"),
    *("libncursesw6", "libreadline8", "libsqlite3-0", "libssl3", "libuuid1", "zlib1g"),
)
# How this machine reaches packages is its own affair: passed on, not looked at.
CLIENTS = ("/etc/pip.conf", "/etc/uv/uv.toml", "~/.config/pip/pip.conf", "~/.config/uv/uv.toml")
PASSED_ON = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy")
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
DEVICES = ("null", "zero", "full", "random", "urandom")


def missing(version: str) -> str:
    """Why no root can be made here; empty where one can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "a clean root takes being root on Linux"
    absent = [name for name in ("mmdebstrap", "unshare") if shutil.which(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt-get install mmdebstrap)"
    return "" if _python(version) else f"no Python {version} here (uv python install {version})"


def lay_out(root: Path, suite: str, version: str) -> None:
    """Debian's least, and the Python `version` in /usr/local, without bytecode, as the image's."""
    packages = f"--include={','.join(LIBRARIES)}"
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", packages, suite]
    subprocess.run([*command, str(root)], check=True)
    prefix = _python(version)
    assert prefix is not None
    modules = Path(f"lib/python{version}/site-packages")
    unused = shutil.ignore_patterns("__pycache__", "test", "idlelib", "site-packages", "*.a")
    for name in ("bin", "lib"):
        shutil.copytree(prefix / name, root / "usr/local" / name, True, unused, dirs_exist_ok=True)
    for path in (prefix / modules).glob("pip*"):
        shutil.copytree(path, root / "usr/local" / modules / path.name)
    step(root, "ldconfig", "/", {})


def step(root: Path, command: str, folder: str, environment: Mapping[str, str]) -> None:
    """A `RUN` of a build: by the shell, as root, with the network."""
    certificates = root / "etc/ssl/certs"
    mounts = ["mount -t proc proc $ROOT/proc", "mount --rbind /dev $ROOT/dev"]
    for path in map(Path, ("/etc/resolv.conf", *map(os.path.expanduser, CLIENTS))):
        if path.is_file():
            place = root / path.relative_to("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
            mounts.append(f"mount --bind {shlex.quote(str(path))} {shlex.quote(str(place))}")
    if certificates.is_dir():
        mounts.append(f"mount --bind /etc/ssl/certs {shlex.quote(str(certificates))}")
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    given = {"PATH": PATH, "HOME": "/root", **passed, **environment}
    inside = ["/bin/sh", "-ec", f"cd {shlex.quote(folder)}\n{command}"]
    ended = _entered(root, mounts, [], given, inside)
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}"


def container(
    root: Path,
    command: Sequence[str],
    *,
    user: str,
    folder: str,
    environment: Mapping[str, str],
    volumes: Mapping[str, Path],
    seconds: float = 300.0,
) -> subprocess.CompletedProcess[str]:
    """What `docker run --read-only --network=none --cap-drop=ALL` does with a finished image.

    The root is read-only, /tmp is in memory, and only `volumes` (by their path inside) may be
    written; no capability, no new privileges, no network but loopback, five devices.
    """
    mounts = [
        "mount --bind $ROOT $ROOT",
        "mount -t tmpfs -o mode=755 tmpfs $ROOT/dev",
        *(f"mknod -m 666 $ROOT/dev/{one} c $(stat -c '0x%t 0x%T' /dev/{one})" for one in DEVICES),
        *(f"mount --bind {shlex.quote(str(host))} $ROOT{at}" for at, host in volumes.items()),
        "mount -o remount,bind,ro $ROOT",
        "mount -t tmpfs -o size=256m,mode=1777,noexec,nosuid,nodev tmpfs $ROOT/tmp",
        "mount -t proc proc $ROOT/proc",
        "ip link set lo up",
    ]
    number, _, group = user.partition(":")
    drop = [
        *("setpriv", f"--reuid={number}", f"--regid={group}", "--clear-groups"),
        *("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"),
    ]
    inside = [*drop, "env", f"--chdir={folder}", *command]
    return _entered(root, mounts, ["--net"], environment, inside, seconds)


def _entered(
    root: Path,
    mounts: Sequence[str],
    namespaces: Sequence[str],
    environment: Mapping[str, str],
    inside: Sequence[str],
    seconds: float = 1800.0,
) -> subprocess.CompletedProcess[str]:
    """`inside`, in namespaces that end with it; so do the mounts."""
    given = [f"{name}={value}" for name, value in environment.items()]
    chroot = shlex.join(["chroot", str(root), "/usr/bin/env", "-i", *given, *inside])
    script = "\n".join(("set -e", f"ROOT={shlex.quote(str(root))}", *mounts, f"exec {chroot}"))
    spaces = ["--mount", "--pid", "--ipc", "--uts", *namespaces]
    return subprocess.run(
        ["unshare", "--fork", "--kill-child", *spaces, "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def _python(version: str) -> Path | None:
    """The folder above `bin/python` of a Python that this machine has."""
    ask = [f"python{version}", "-c", "import sys; print(sys.base_prefix)"]
    try:
        # pyenv hides what it has behind commands that want to be told which.
        chosen = {**os.environ, "PYENV_VERSION": version}
        told = subprocess.run(ask, env=chosen, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(told.strip())
