"""ModemManager takes every modem for itself; its own tool mmcli asks ModemManager to leave a modem alone.

Manager.InhibitDevice (ModemManager 1.10 and later) lasts as long as the asking process: `mmcli --inhibit-device` runs
until somebody ends mmcli. Meanwhile the modem's data connection is down.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from typing import Any

from diag.contract.errors import HostBusy, HostService
from diag.contract.links import Address
from diag.contract.links.holders import holders
from diag.contract.said import Said

_ANSWER = 10.0  # s for one question to ModemManager
# mmcli would live on after a SIGKILL of ours, and keep the modem from ModemManager; the pipe to this ends with us
_WHILE_WE_LIVE = (
    'mmcli --inhibit-device="$1" & cat > /dev/null; kill -9 $!'  # a milder signal may be lost while mmcli starts
)


class Inhibition:
    """A promise of ModemManager to leave one modem alone, until `close`."""

    def __init__(self, device: str, index: str, component: str) -> None:
        self.device = device
        self._process = subprocess.Popen(
            ["sh", "-c", _WHILE_WE_LIVE, "sh", device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,  # Ctrl-C is for the run, which ends it
        )  # fmt: skip
        line = self._first_line()
        if "successfully" not in line:
            self.close()
            why = line.strip() or Said("no_answer_in", seconds=_ANSWER)
            raise HostBusy(Said("manager_holds", why=why, component=component, at=index))

    def _first_line(self) -> str:
        """Return the first line of mmcli; empty where none came."""
        assert self._process.stdout is not None  # noqa: S101 -- a pipe, see above
        if select.select([self._process.stdout], [], [], _ANSWER)[0]:
            return self._process.stdout.readline()
        return ""

    def close(self) -> None:
        """Let ModemManager have the modem back. A second call does nothing."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)


def inhibited(address: Address) -> Inhibition | None:
    """Ask ModemManager to leave the modem at `address` alone until the result is closed.

    Returns: None where ModemManager has no such modem.
    Raises: HostBusy where ModemManager has the modem and does not let go.
    """
    found: list[Inhibition] = []

    def ask() -> str:
        node = address.node
        inhibition = _inhibit(node, address.component) if node else None
        found.extend([inhibition] if inhibition else [])
        return inhibition.device if inhibition else ""

    address.call("inhibit", None, ask)
    return found[0] if found else None


def _inhibit(node: str, component: str) -> Inhibition | None:
    if not runs():
        return None
    if not shutil.which("mmcli"):
        return None  # then an open port says who holds it
    end = time.monotonic() + _ANSWER
    while True:
        device, index = _device_of(os.path.basename(os.path.realpath(node)))
        if device or time.monotonic() > end or not _is_probing(node):
            return Inhibition(device, index, component) if device else None
        time.sleep(0.2)


def runs() -> bool:
    """Return whether ModemManager runs; asked in each run, of all processes, so that time counts."""
    return any(pid.isdecimal() and _command(pid) == b"ModemManager\n" for pid in os.listdir("/proc"))


def _command(pid: str) -> bytes:
    """Return the name of a process; empty for a process that has ended."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _is_probing(node: str) -> bool:
    """Return whether ModemManager has the port open, where it knows no modem of this port yet."""
    return any("ModemManager" in holder for holder in holders(node))


def _device_of(name: str) -> tuple[str, str]:
    """Return ModemManager's name of the device that has a port of this name, and its index; empty where none has."""
    for modem in ask("-L").get("modem-list", []):
        generic = ask("-m", str(modem)).get("modem", {}).get("generic", {})
        if any(str(port).split(" ")[0] == name for port in generic.get("ports", [])):
            return str(generic.get("device", "")), str(modem).rpartition("/")[2]
    return "", ""


def ask(*words: str) -> dict[str, Any]:
    """Return what mmcli answers to a question; empty where ModemManager has no answer, or none came."""
    try:
        done = _run(*words)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return found if isinstance(found, dict) else {}


def told(*words: str) -> dict[str, Any]:
    """Return what mmcli answers to a question that ModemManager always has an answer to. Raises: HostService."""
    try:
        done = _run(*words)
        found = json.loads(done.stdout)
    except FileNotFoundError:
        raise HostService(Said("no_mmcli")) from None
    except subprocess.TimeoutExpired:
        raise HostService(Said("manager_mute", why=Said("no_answer_in", seconds=_ANSWER))) from None
    except ValueError:
        raise HostService(Said("manager_mute", why=_first_line(done.stderr) or Said("nothing_told"))) from None
    return found if isinstance(found, dict) else {}


def does(*words: str, seconds: float = _ANSWER) -> bool:
    """Return whether ModemManager has done what mmcli was told, within `seconds`."""
    try:
        return _run(*words, seconds=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Question:
    """A question whose answer takes long, so that mmcli is looked after again and again."""

    def __init__(self, *words: str, seconds: float) -> None:
        """Ask; mmcli itself waits `seconds` for ModemManager. Raises: OSError."""
        self._process = subprocess.Popen(
            ["mmcli", "-J", f"--timeout={seconds:.0f}", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True,  # Ctrl-C is for the run, which ends it
        )  # fmt: skip

    def answer(self) -> dict[str, Any] | None:
        """Return the answer; empty where ModemManager has none, None while the answer is still to come."""
        if self._process.poll() is None:
            return None
        assert self._process.stdout is not None  # noqa: S101 -- a pipe, see above
        try:
            found = json.loads(self._process.stdout.read())
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def close(self) -> None:
        """Wait for the answer no longer."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None  # noqa: S101 -- a pipe, see above
        self._process.stdout.close()


def _run(*words: str, seconds: float = _ANSWER) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["mmcli", "-J", f"--timeout={seconds:.0f}", *words],
        capture_output=True, text=True, errors="replace", timeout=seconds + 1, check=False,
    )  # fmt: skip


def _first_line(text: str) -> str:
    """Return what mmcli says went wrong, among the warnings of its libraries."""
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    return errors[0].removeprefix("error: ") if errors else ""
