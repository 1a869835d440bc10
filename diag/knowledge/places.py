"""Where things are on this computer: profiles, udev rules, stored runs; whether its devices are simulated."""

from __future__ import annotations

import os
from pathlib import Path

#: set for commands that examine simulated devices
SIMULATED = "POSDIAG_SIMULATED"

#: the configuration of the whole computer
SYSTEM = Path("/etc/posdiag")

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """Return a data folder of this distribution: inside the installed package, or beside the package in a checkout."""
    installed = _PACKAGE / "_data" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def profile_folders() -> list[Path]:
    """Return the folders of profiles, the first match wins: POSDIAG_PROFILE_PATH, the system's, the user's, ours."""
    named = [Path(part) for part in os.environ.get("POSDIAG_PROFILE_PATH", "").split(os.pathsep) if part]
    return [*named, SYSTEM / "profiles", _config_folder() / "profiles", shipped("profiles")]


def kept() -> list[Path]:
    """Return the folders that stay when posdiag is uninstalled: configuration, records, confirmed repairs."""
    return [SYSTEM, _config_folder(), runs_folder().parent, data_folder()]


def _config_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "posdiag"


def data_folder() -> Path:
    """Return where the store of confirmed repairs is kept (XDG Base Directory: data)."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "posdiag"


def runs_folder() -> Path:
    """Return where records are kept (XDG Base Directory: state)."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "posdiag" / "runs"
