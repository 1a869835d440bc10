"""The built wheel, installed elsewhere and run from another folder, has all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forkserver import ROOT, clean_environment


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a folder of its own; what it depends on comes from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), str(ROOT)], check=True)
    [wheel] = folder.glob("posdiag-*.whl")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(folder / "site"), str(wheel)], check=True
    )
    return folder / "site"


def posdiag(installed: Path, tmp_path: Path, *words: str) -> str:
    env = {**clean_environment(tmp_path), "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [str(installed / "bin" / "posdiag"), *words], capture_output=True, text=True, env=env, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_profiles_and_rules_travel(installed: Path, tmp_path: Path) -> None:
    found = posdiag(installed, tmp_path, "profile", "list")
    built_in = {f"{file.parent.name}/{file.stem}" for file in (ROOT / "profiles").glob("*/*.yaml")}
    assert built_in <= set(found.split())
    assert (installed / "diag" / "_data" / "udev" / "60-posdiag-id.rules").exists()
    assert posdiag(installed, tmp_path, "profile", "check", "--all").count(": fine") >= len(built_in)


def test_it_runs_against_the_simulator(installed: Path, tmp_path: Path) -> None:
    out = posdiag(installed, tmp_path, "demo")
    assert "PASS" in out
    code = "import diag, drivers; print(diag.__file__, drivers.__file__)"
    env = {**os.environ, "PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path, check=True
    )
    assert where.stdout.count(str(installed)) == 2


def test_no_stray_packages(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"bin", "diag", "drivers"}
