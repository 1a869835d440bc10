"""A driver in a distribution of its own is a full citizen: docs/examples/scale, built, installed and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import wheels
from tests.forkserver import ROOT, clean_environment

pytestmark = pytest.mark.xdist_group("wheel")  # built once

PROFILE = "mettler-toledo/mt-sics"
FAULTS = ["SCL-ABSENT", "SCL-MUTE", "SCL-GARBLED", "SCL-OVERLOAD", "SCL-UNDERLOAD", "SCL-UNSTABLE", "SCL-ZERO"]


@pytest.fixture(scope="module")
def python_path(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where both wheels are installed."""
    scale = wheels.install(ROOT / "docs" / "examples" / "scale", tmp_path_factory.mktemp("scale"))
    return os.pathsep.join([str(wheel), str(scale)])


@pytest.fixture
def environment(python_path: str, tmp_path: Path) -> dict[str, str]:
    return {**clean_environment(tmp_path), "PYTHONPATH": python_path}


def run(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the installed packages, and of no checkout."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", *words], capture_output=True, text=True, env=environment, cwd=folder, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def test_demo_and_report(environment: dict[str, str], tmp_path: Path) -> None:
    well = run(environment, tmp_path, "diag.cli", "demo", PROFILE, "--level", "external")
    assert (well.returncode, "PASS" in well.stdout) == (0, True), well.stderr
    broken = run(environment, tmp_path, "diag.cli", "demo", PROFILE, "--fault", "SCL-UNSTABLE")
    assert broken.returncode == 1
    assert "SCL-UNSTABLE" in broken.stdout
    again = run(environment, tmp_path, "diag.cli", "report", "--lang", "zh")
    assert "重量无法稳定" in again.stdout


def test_sim_serves(environment: dict[str, str], tmp_path: Path) -> None:
    words = [sys.executable, "-P", "-m", "diag.cli", "sim", PROFILE, "--fault", "SCL-OVERLOAD"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith(
            f"POSDIAG_SIMULATED=1 posdiag run {PROFILE} --set scale.at=/dev/pts/"
        )
        served.terminate()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_simulated_fault_is_named(environment: dict[str, str], tmp_path: Path, fault: str) -> None:
    done = run(environment, tmp_path, "diag.cli", "demo", PROFILE, "--fault", fault, "--json")
    assert [cause["fault"] for cause in json.loads(done.stdout)["diagnosis"]["causes"]] == [fault]


def test_what_the_simulator_can_show_is_known(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, tmp_path, "diag.cli", "demo", PROFILE, "--fault", "SCL-NONSENSE")
    assert done.returncode == 78
    refused = run(environment, tmp_path, "diag.cli", "demo", PROFILE, "--fault", "PRN-COVER-OPEN")
    assert refused.stderr.rstrip().endswith("they can show: " + " ".join(sorted(FAULTS)))


def test_faults_udev_and_profiles(environment: dict[str, str], tmp_path: Path) -> None:
    told = run(environment, tmp_path, "diag.cli", "faults", "SCL-ZERO")
    assert "The scale cannot be set to zero" in told.stdout
    assert "Have the scale adjusted." in told.stdout
    rules = run(environment, tmp_path, "diag.cli", "udev").stdout
    assert 'SUBSYSTEM=="tty", ATTRS{idVendor}=="0eb8", ENV{ID_POSDIAG}="scale"' in rules
    assert 'ATTR{idVendor}=="0eb8", ATTR{idProduct}=="2200"' in rules
    checked = run(environment, tmp_path, "diag.cli", "profile", "check", PROFILE)
    assert "fine" in checked.stdout
    able = run(environment, tmp_path, "diag.cli", "profile", "check", "--faults", PROFILE)
    assert "SCL-OVERLOAD" in able.stdout


def test_the_contract_suite_from_the_installed_wheel(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "diag.suite", "-k", "scale")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_the_contract_suite_wants_a_declaration(environment: dict[str, str], python_path: str, tmp_path: Path) -> None:
    """A driver whose room says nothing of bad peers fails the suite."""
    posdiag, scale = python_path.split(os.pathsep)
    bare = tmp_path / "site"
    shutil.copytree(scale, bare)
    (bare / "posdiag_scale" / "suite.py").unlink()
    without = {**environment, "PYTHONPATH": os.pathsep.join([posdiag, str(bare)])}
    done = run(without, tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "diag.suite", "-k", "scale")
    assert done.returncode == 1
    assert "suite.py declares no TRIALS" in done.stdout
