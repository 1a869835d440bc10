"""A simulated network path: a world of its own, on whose terminal this process goes on.

Other simulators are reached at an address; a path is examined from where it begins. The worlds need root, or the right
to make user namespaces (user_namespaces(7)).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from diag.contract.said import Said, Told
from diag.knowledge import places

PROFILE = "generic/network"
COMPONENT = "network"
_PACKAGE = "diag.sim.network"
_START_S, _END_S = 20.0, 3.0
_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000  # <linux/sched.h>


def worlds() -> Mapping[str, str]:
    """Return the faults of a path that can be simulated, and the world of each."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return {}
    found: dict[str, str] = json.loads(Path(spec.origin).with_name("shown.json").read_text(encoding="utf-8"))
    return found


class SimulatedPath:
    """The world of one fault, a context manager. `missing`: why this computer cannot show it; None: it stands.

    `settings`: the --set options that fit the world; `env`: its environment, which marks a run as simulated.
    """

    def __init__(self, fault: str) -> None:
        self._world = worlds()[fault]
        self._process: subprocess.Popen[str] | None = None
        self._said: dict[str, Any] = {}
        self.missing: Told | None = None

    def __enter__(self) -> SimulatedPath:
        """Build the world, and go on on its terminal; this process must not have threads yet (setns(2))."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PACKAGE, self._world],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parent.parent.parent,
            start_new_session=True,  # Ctrl-C is for the run
        )
        try:
            self._said = _first_line(self._process)
            self.missing = self._said.get("missing")
            if not self.missing:
                _go_to(self._said["terminal"])
        except OSError as error:
            self.missing = Said("says", what="setns", why=os.strerror(error.errno or 0))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        try:
            self._process.communicate("", timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def settings(self) -> list[str]:
        """The --set options that fit the world."""
        return [f"{key}={value}" for key, value in self._said["set"].items()]

    @property
    def env(self) -> dict[str, str]:
        """The environment of the world's terminal, which marks a run as simulated."""
        return {places.SIMULATED: "1", **self._said["env"]}


def _first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    pipe = process.stdout
    line = pipe.readline() if pipe and select.select([pipe], [], [], _START_S)[0] else ""
    with contextlib.suppress(ValueError):
        found: dict[str, Any] = json.loads(line)
        return found
    return {"missing": Said("simulator_not_started")}


def _go_to(pid: int) -> None:
    """Join the network and the mounts of a process, as nsenter(1) does; its user namespace where that is another."""
    folder, process = Path.cwd(), os.pidfd_open(pid)
    own, other = os.stat("/proc/self/ns/user"), os.stat(f"/proc/{pid}/ns/user")
    spaces = _NEWNET | _NEWNS | (0 if own.st_ino == other.st_ino else _NEWUSER)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(process, spaces):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(process)
    os.chdir(folder)
