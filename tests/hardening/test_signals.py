"""Signals at any moment: every record is readable, no process and no folder is left."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

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


def test_the_test_can_see_what_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "tmp" / "posdiag-left").mkdir()
    home.runs.mkdir(parents=True)
    (home.runs / "r.jsonl").touch()
    assert home._unreadable() == "r.jsonl is empty"
