"""The error tree: one root, a stable code each, and nothing lost between processes."""

import pickle
import re

import pytest
from PIL import Image

import nst
from nst import errors

KINDS: list[type[nst.NstError]] = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type)), key=lambda k: k.__name__
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_an_nst_error_that_the_package_exports(kind: type[Exception]) -> None:
    assert issubclass(kind, nst.NstError)
    assert getattr(nst, kind.__name__) is kind


def test_every_code_is_its_own_and_fit_for_programs() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes) == 8
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in codes), codes


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (nst.NstError, "internal"),
        (nst.BadOptions, "bad_options"),
        (nst.Unreadable, "unreadable"),
        (nst.TooLarge, "too_large"),
        (nst.TooSmall, "too_small"),
        (nst.WeightsMissing, "weights_missing"),
        (nst.OutOfMemory, "out_of_memory"),
        (nst.Cancelled, "cancelled"),
    ],
)
def test_codes_stay_what_they_are(kind: type[nst.NstError], code: str) -> None:
    assert kind.code == code  # other programs, and jobs in a database, rely on them


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_survives_the_way_between_processes(kind: type[nst.NstError]) -> None:
    error = pickle.loads(pickle.dumps(kind("Send another picture.")))  # noqa: S301 - our own
    assert type(error) is kind
    assert str(error) == "Send another picture."


def test_a_cancelled_run_carries_what_it_has() -> None:
    partial = nst.Result(Image.new("RGB", (64, 64)), nst.Options(), {"seconds": 1.0})
    assert nst.Cancelled(partial=partial).partial is partial
    assert nst.Cancelled().partial is None
    assert str(nst.Cancelled()) == "Cancelled."
