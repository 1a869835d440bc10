"""The built wheel, installed elsewhere and run from another folder, has all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forkserver import ROOT, clean_environment

pytestmark = pytest.mark.xdist_group("wheel")  # built once


def posdiag(wheel: Path, tmp_path: Path, *words: str) -> str:
    env = {**clean_environment(tmp_path), "PYTHONPATH": str(wheel)}
    done = subprocess.run(
        [str(wheel / "bin" / "posdiag"), *words], capture_output=True, text=True, env=env, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_profiles_and_rules_travel(wheel: Path, tmp_path: Path) -> None:
    found = posdiag(wheel, tmp_path, "profile", "list")
    built_in = {f"{file.parent.name}/{file.stem}" for file in (ROOT / "profiles").glob("*/*.yaml")}
    assert built_in <= set(found.split())
    assert (wheel / "diag" / "_data" / "udev" / "60-posdiag-id.rules").exists()
    assert posdiag(wheel, tmp_path, "profile", "check", "--all").count(": fine") >= len(built_in)


def test_it_runs_against_the_simulator(wheel: Path, tmp_path: Path) -> None:
    out = posdiag(wheel, tmp_path, "demo")
    assert "PASS" in out
    code = "import diag, drivers; print(diag.__file__, drivers.__file__)"
    env = {**os.environ, "PYTHONPATH": str(wheel)}
    where = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path, check=True
    )
    assert where.stdout.count(str(wheel)) == 2


def test_no_stray_packages(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"bin", "diag", "drivers"}
