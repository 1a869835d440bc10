"""Wheels, built and installed in folders of their own; what they depend on comes from this environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_OPTIONS = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q"]


def install(source: Path, folder: Path) -> Path:
    """Build the wheel of a distribution and install the wheel below `folder`; returns where."""
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", *_OPTIONS, "-w", str(folder), str(source)], check=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "install", *_OPTIONS, "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"
