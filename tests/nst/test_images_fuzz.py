"""Damaged files of every format: only `NstError` may come out, soon, and in little memory.

The long run: `uv run pytest -m slow tests/nst/test_images_fuzz.py -s`
"""

import json
import os
import random
import resource
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nst import images
from nst.errors import NstError
from tests.nst import make_pictures as make

INPUTS = int(os.environ.get("NST_FUZZ_INPUTS", "20000"))
ADDRESS_MB = 3072  # more address space than before the first input: beyond it, nothing is had
GROWTH_MB = 1024  # resident, at the most; 67 megapixels are 268 MB, and a decoder holds them thrice
SECONDS = 5.0


def originals() -> dict[str, bytes]:
    """A file of each kind, some with every extra that a parser looks into."""
    photo, extras = make.photo(), {"exif": make.exif(6), "icc_profile": make.rgb_profile(make.SRGB)}
    files = {kind: make.encode(photo, kind) for kind in make.FORMATS}
    for kind in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        files[f"{kind} with EXIF and ICC"] = make.encode(photo, kind, **extras)
    for kind in ("PNG", "WEBP", "HEIF", "AVIF"):
        files[f"{kind} with alpha"] = make.encode(photo.convert("RGBA"), kind)
    files["JPEG, progressive"] = make.encode(photo, "JPEG", progressive=True)
    frames = [make.corners(96, 64), photo]
    for kind in ("PNG", "GIF", "WEBP", "AVIF"):
        files[f"{kind} animation"] = make.encode(
            photo, kind, save_all=True, append_images=frames, duration=40
        )
    files["MPO"] = make.encode(photo, "MPO", save_all=True, append_images=frames)
    files["PNG of 16 bits"] = make.png_16(np.full((64, 96, 3), 0x1234, np.uint16))
    files["PNG palette"] = make.encode(photo.convert("P"), "PNG", transparency=3)
    files["BMP runs"] = make.run_length_bmp(100, 50)
    labs = np.linspace(0, 100, 48).reshape(2, 2, 2, 2, 3)
    files["CMYK"] = make.encode(photo.convert("CMYK"), "JPEG", icc_profile=make.cmyk_profile(labs))
    return files


FILES = originals()


def mutate(data: bytes, chance: random.Random) -> bytes:
    """`data` with bits flipped, bytes set to extremes, parts cut, doubled, swapped or overwritten.

    Half of the changes fall into the first 512 bytes, where the structure is.
    """
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        size = len(damaged)
        if size < 2:
            break
        at = chance.randrange(min(size, 512) if chance.random() < 0.5 else size)
        span = min(chance.choice((1, 2, 4, 8, 64, 512)), size - at)
        match chance.randrange(8):
            case 0:
                damaged[at] ^= 1 << chance.randrange(8)
            case 1:
                damaged[at : at + span] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) * span
            case 2:
                damaged[at : at + span] = chance.randbytes(span)
            case 3:
                del damaged[at : at + span]
            case 4:
                damaged[at:at] = damaged[at : at + span] * chance.choice((1, 2, 50))
            case 5:
                other = chance.randrange(size)
                damaged[at : at + span] = damaged[other : other + span]
            case 6:
                del damaged[chance.randrange(size) :]
            case 7:
                damaged = bytearray(_resized(bytes(damaged), chance))
    return _with_sums(bytes(damaged)) if chance.random() < 0.5 else bytes(damaged)


def _resized(data: bytes, chance: random.Random) -> bytes:
    """`data` with the picture's size, however it is written, made another: small, huge, between."""
    width, height = (chance.choice((0, 1, 16, 97, 600, 8000, 60_000)) for _ in range(2))
    for layout in (">II", "<II", ">HH", "<HH"):
        for old, new in (((96, 64), (width, height)), ((64, 96), (height, width))):
            data = data.replace(struct.pack(layout, *old), struct.pack(layout, *new), 1)
    return data


def _with_sums(data: bytes) -> bytes:
    """A PNG's chunks with right check sums again, or its parser would look at little else."""
    if not data.startswith(b"\x89PNG"):
        return data
    repaired, at = bytearray(data), 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        repaired[end : end + 4] = zlib.crc32(repaired[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(repaired)


def outcome(data: bytes, target: int | None = None) -> str:
    try:
        image = images.load(data, target=target)
    except NstError as error:
        return type(error).__name__
    assert image.mode == "RGB"
    assert min(image.size) >= 1
    return "painted"


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False))
def test_a_mutated_file_is_painted_or_refused(kind: str, chance: random.Random) -> None:
    outcome(mutate(FILES[kind], chance), chance.choice((None, 16)))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.floats(0, 1))
def test_a_truncated_file_is_painted_or_refused(kind: str, part: float) -> None:
    data = FILES[kind]
    outcome(data[: int(part * len(data))])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted({f[:16] for f in FILES.values()})))
def test_noise_behind_a_signature_is_refused(noise: bytes, signature: bytes) -> None:
    assert outcome(signature + noise) != "painted"


def test_the_originals_are_all_painted() -> None:
    assert {kind: outcome(data) for kind, data in FILES.items()} == dict.fromkeys(FILES, "painted")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_mutated_files_neither_crash_nor_hang_nor_fill_the_memory(tmp_path: Path) -> None:
    last = tmp_path / "last"
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(INPUTS), str(last)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, (
        f"exit {run.returncode} at input {last.read_text()}\n{run.stderr[-2000:]}"
    )
    report = json.loads(run.stdout)
    print(json.dumps(report, indent=1))  # noqa: T201 - the figures are what the run is for
    assert report["outcomes"]["painted"] > INPUTS / 50
    assert report["outcomes"]["Unreadable"] > INPUTS / 50
    assert sum(report["outcomes"].values()) == INPUTS
    assert report["slowest"]["seconds"] < SECONDS
    assert report["hungriest"]["mb"] < GROWTH_MB
    assert report["left_mb"] < 64


def main(inputs: int, last: Path) -> None:
    """Load `inputs` mutated files in this process, the number of each noted in `last` before."""
    for data in FILES.values():
        outcome(data)  # every decoder is in memory before the limit is set
    _limit_address_space(ADDRESS_MB)
    outcomes, slowest, hungriest = Counter[str](), (0.0, ""), (0, "")
    start_mb = _resident_mb("VmRSS")
    for number in range(inputs):
        last.write_text(str(number))
        chance = random.Random(number)  # noqa: S311 - the same each time is the point
        kind = chance.choice(sorted(FILES))
        data = mutate(FILES[kind], chance)
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        start = time.perf_counter()
        result = outcome(data, chance.choice((None, 512)))
        label = f"{number}: {kind}, {result}"
        slowest = max(slowest, (round(time.perf_counter() - start, 3), label))
        hungriest = max(hungriest, (_resident_mb("VmHWM") - start_mb, label))
        outcomes[result] += 1
    report = {
        "outcomes": dict(outcomes),
        "slowest": dict(zip(("seconds", "input"), slowest, strict=True)),
        "hungriest": dict(zip(("mb", "input"), hungriest, strict=True)),
        "left_mb": _resident_mb("VmRSS") - start_mb,
    }
    sys.stdout.write(json.dumps(report))


def _resident_mb(field: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) // 1024


def _limit_address_space(more_mb: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
