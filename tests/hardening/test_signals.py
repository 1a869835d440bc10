"""Signals at any moment: every record is readable, no process and no folder is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forkserver import ROOT
from tests.hardening.signalled import Home


@pytest.mark.parametrize(
    ("signals", "after"),
    [
        ([signal.SIGINT], 0.4),
        ([signal.SIGTERM], 0.7),
        ([signal.SIGHUP, signal.SIGHUP], 0.9),
        ([signal.SIGKILL], 0.8),
        ([signal.SIGKILL], 1.2),
    ],
)
def test_a_demo_leaves_nothing(tmp_path: Path, signals: list[int], after: float) -> None:
    assert Home(tmp_path).trouble(["demo"], signals, after) is None


def test_ctrl_c_while_modules_are_read_shows_no_traceback() -> None:
    code = "import sys; sys.meta_path.insert(0, type('I', (), {'find_spec': staticmethod(interrupt)})())"
    begin = "def interrupt(name, *_):\n    if name == 'diag.cli.exit_status': signal.raise_signal(signal.SIGINT)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"import signal\n{begin}{code}\nimport diag.cli"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "")


def test_the_test_can_see_what_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "tmp" / "posdiag-left").mkdir()
    home.runs.mkdir(parents=True)
    (home.runs / "r.jsonl").touch()
    assert home._unreadable() == "r.jsonl is empty"
