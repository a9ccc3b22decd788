"""What the tests of the command share."""

import sys

import pytest

from nst import cli
from tests.nst.commands import Run


@pytest.fixture
def nst(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `nst` in this process: the exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nst", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        code = caught.value.code
        return code if isinstance(code, int) else 0, out, err

    return run
