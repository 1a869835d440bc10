"""Wheels, built and installed in folders of their own; what they depend on comes from this environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_OPTIONS = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q"]


def build(source: Path, folder: Path) -> Path:
    """Build the wheel of a distribution; returns the wheel's file, in `folder`."""
    subprocess.run([sys.executable, "-m", "pip", "wheel", *_OPTIONS, "-w", str(folder), str(source)], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def install(source: Path, folder: Path) -> Path:
    """Build the wheel of a distribution and install the wheel below `folder`; returns where."""
    site = ["--target", str(folder / "site")]
    subprocess.run([sys.executable, "-m", "pip", "install", *_OPTIONS, *site, str(build(source, folder))], check=True)
    return folder / "site"
