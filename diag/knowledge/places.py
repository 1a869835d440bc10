"""Where things are on this computer: profiles, udev rules, stored runs; whether its devices are simulated."""

from __future__ import annotations

import os
from pathlib import Path

#: set for commands that examine simulated devices
SIMULATED = "POSDIAG_SIMULATED"
#: the profile of this very terminal, which `posdiag setup` has written
SET_UP = "terminal"
#: a profile that is no file: of what was detected, where no terminal is set up
DETECTED = "detected"

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """Return a data folder of this distribution: inside the installed package, or beside the package in a checkout."""
    installed = _PACKAGE / "_data" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def system_folder() -> Path:
    """Return the folder of the system's profiles and of the set-up terminal: /etc/posdiag, or POSDIAG_ETC."""
    return Path(os.environ.get("POSDIAG_ETC") or "/etc/posdiag")


def user_folder() -> Path:
    """Return the folder of the user's profiles and of the user's set-up terminal (XDG Base Directory: config)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "posdiag"


def profile_folders() -> list[Path]:
    """Return the folders of profiles, the first match wins: POSDIAG_PROFILE_PATH, the system's, the user's, ours."""
    named = [Path(part) for part in os.environ.get("POSDIAG_PROFILE_PATH", "").split(os.pathsep) if part]
    return [*named, system_folder() / "profiles", user_folder() / "profiles", shipped("profiles")]


def terminal_files() -> list[Path]:
    """Return where the profile of this very terminal may be, the first that exists counts: the user's own, then all
    users'.
    """
    return [folder / "terminal.yaml" for folder in (user_folder(), system_folder())]


def terminal_file() -> Path | None:
    """Return the profile of this very terminal; None where none is set up."""
    return next((file for file in terminal_files() if os.path.lexists(file)), None)


def data_folder() -> Path:
    """Return where the store of all runs is kept (XDG Base Directory: data)."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "posdiag"


def runs_folder() -> Path:
    """Return where runs are written down while they go on (XDG Base Directory: state)."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "posdiag" / "runs"


def kept() -> list[Path]:
    """Return the folders that stay when posdiag is uninstalled: configuration, runs, the store."""
    return [system_folder(), user_folder(), runs_folder().parent, data_folder()]
