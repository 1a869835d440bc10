"""The built wheel, installed elsewhere and run from another folder, has all that it needs."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forkserver import ROOT, clean_environment
from tests.wheels import build

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


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    """From two copies that differ in time and rights, one of them used before."""
    wheels = [_built_from_a_copy(tmp_path / name, mode) for name, mode in (("first", 0o644), ("second", 0o600))]
    assert wheels[0].read_bytes() == wheels[1].read_bytes()


def _built_from_a_copy(folder: Path, mode: int) -> Path:
    source = folder / "source"
    for name in ("diag", "drivers", "profiles", "udev"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    for file in source.rglob("*"):
        if file.is_file():
            file.chmod(mode)
            os.utime(file, (mode, mode))
    if mode == 0o600:
        compileall.compile_dir(source / "diag" / "contract", quiet=1)
    return build(source, folder)
