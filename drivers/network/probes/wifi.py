"""Wi-Fi: the access point, whether the terminal's network is heard, and why it was not let in.

The kernel tells most (nl80211, no rights needed); wpa_supplicant's control socket and the kernel's log tell root more.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from diag.contract.errors import Interrupted
from diag.contract.interruption import Interruption
from drivers.network.probes.generic_netlink import Family
from drivers.network.pure import nl80211, supplicant

Row = dict[str, Any]
_CONTROL = Path("/run/wpa_supplicant")
_LOG = Path("/dev/kmsg")
_RECENT_S = 60.0  # of the kernel's log
_REPLY_S = 1.0
_NMCLI_S = 3.0
_GLANCE_S = 0.25
_WATCH_S = 12.0  # wpa_supplicant tries again 10 s after it has taken a password for wrong
_MOST = 8  # networks that the terminal may be set to


def look(name: str, index: int, ssid: str) -> Row:
    """Return what is known of one radio's connection. `ssid`: the network of the profile, if any."""
    with Control(name) as control:
        known = supplicant.networks(control.ask("LIST_NETWORKS"))
        state = supplicant.status(control.ask("STATUS")).get("wpa_state", "")
        control_heard = control.heard
    managed = _managed()
    wanted = [ssid] if ssid else list(dict.fromkeys([*(each for each, _ in known), *managed]))[:_MOST]
    station, own, heard = _kernels(index, wanted)
    lines = _log()
    return {
        "station": station, "wanted": wanted, "own": own, "heard": heard, "state": state,
        "disabled": any("TEMP-DISABLED" in flags for _, flags in known),
        "events": supplicant.of_log(lines or [], name), "told": control_heard or lines is not None,
    }  # fmt: skip


def networks(name: str) -> list[str]:
    """Return the networks that a radio is set to, as far as that may be read."""
    with Control(name) as control:
        return [each for each, _ in supplicant.networks(control.ask("LIST_NETWORKS"))] or _managed()


def watch(name: str, index: int, before: Row, interruption: Interruption) -> list[Row]:
    """Wait for what happens when the terminal tries to join: until it has failed twice, or joined. Raises Interrupted.

    Returns the refusals.
    """
    found: list[Row] = []
    with suppress(OSError), Family(nl80211.FAMILY) as family, Control(name) as control:
        family.listen(nl80211.GROUP)
        control.ask("ATTACH")
        end = time.monotonic() + _WATCH_S
        while time.monotonic() < end and len([*found, *before["events"]]) < 2:
            if interruption.is_set():
                raise Interrupted("interrupted while Wi-Fi was watched")
            ready = select.select([family.fileno(), *control.numbers()], [], [], _GLANCE_S)[0]
            if family.fileno() in ready:
                found += [row for body in family.events(0.1) if (row := nl80211.event(body, index))]
            found += [row for line in control.lines() if (row := supplicant.of_control(line))]
            if _stations(family, index):
                break
    return found


def station(index: int) -> Row | None:
    """Return level and losses of the access point; None where none is connected, or the kernel does not tell."""
    with suppress(OSError), Family(nl80211.FAMILY) as family:
        return _stations(family, index)
    return None


def _stations(family: Family, index: int) -> Row | None:
    rows = family.ask(nl80211.GET_STATION, nl80211.of_interface(index), all_of_them=True)
    return nl80211.station(rows[0]) if rows else None


def _kernels(index: int, wanted: list[str]) -> tuple[Row | None, Row | None, int]:
    """Return the access point connected to, the own network as it is heard, and how many networks are heard."""
    with suppress(OSError), Family(nl80211.FAMILY) as family:
        station = _stations(family, index)
        bodies = family.ask(nl80211.GET_SCAN, nl80211.of_interface(index), all_of_them=True)
        own, heard = nl80211.own_network(bodies, wanted)
        if own is None and station is None:
            with suppress(OSError):  # only root may have the radio listen anew; the answer comes in the watch
                family.ask(nl80211.TRIGGER_SCAN, nl80211.of_interface(index))
        return station, own, heard
    return None, None, 0


def again(index: int, wanted: list[str]) -> Row:
    """Return what is heard after the watch: the connection, the own network, how many there are."""
    station, own, heard = _kernels(index, wanted)
    return {"station": station, "own": own, "heard": heard}


class Control:
    """wpa_supplicant's control socket (hostap's wpa_ctrl.h); silent where there is none, or it may not be asked."""

    def __init__(self, interface: str) -> None:
        self.sockets: list[socket.socket] = []
        #: whether wpa_supplicant has answered
        self.heard = False
        with suppress(OSError):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.sockets.append(one)
            one.bind("")  # a name that the kernel makes, for the answers
            one.connect(str(_CONTROL / interface))
            one.settimeout(_REPLY_S)
            return
        self._close()

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        for one in self.sockets:
            one.close()
        self.sockets = []

    def numbers(self) -> list[int]:
        """Return the socket's number, for a select; none where there is no socket."""
        return [one.fileno() for one in self.sockets]

    def ask(self, command: str) -> str:
        """Return the answer; empty where none comes."""
        with suppress(OSError):
            for one in self.sockets:
                one.send(command.encode())
                while (answer := one.recv(1 << 16)).startswith(b"<"):
                    pass  # an event in between
                self.heard = True
                return answer.decode("utf-8", "replace")
        return ""

    def lines(self) -> list[str]:
        """Return the events that have come."""
        found = []
        with suppress(OSError):
            for one in self.sockets:
                while select.select([one], [], [], 0)[0]:
                    found.append(one.recv(1 << 16).decode("utf-8", "replace"))
        return found


def _managed() -> list[str]:
    """Return the networks that NetworkManager is set to, by its own tool; none where it does not run."""
    if not Path("/run/NetworkManager").exists():
        return []
    listed = _nmcli("-t", "-f", "UUID,TYPE", "connection", "show").splitlines()
    uuids = [line.partition(":")[0] for line in listed if line.endswith(":802-11-wireless")][:_MOST]
    names = [_nmcli("-g", "802-11-wireless.ssid", "connection", "show", "uuid", uuid).rstrip("\n") for uuid in uuids]
    return [name.replace("\\:", ":").replace("\\\\", "\\") for name in names if name]


def _nmcli(*words: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["nmcli", *words], capture_output=True, text=True, errors="replace", timeout=_NMCLI_S, check=False,
            env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout if not done.returncode else ""
    return ""


def _log() -> list[str] | None:
    """Return the last lines of the kernel's log (priority, number, microseconds; text); None where forbidden."""
    found: list[str] = []
    try:
        descriptor = os.open(_LOG, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    since = (time.monotonic() - _RECENT_S) * 1e6
    try:
        while True:
            with suppress(BrokenPipeError):  # a line that was overwritten meanwhile
                head, _, text = os.read(descriptor, 8192).decode("utf-8", "replace").partition(";")
                if float(head.split(",")[2]) >= since:
                    found.append(text.split("\n")[0])
    except (OSError, ValueError, IndexError):
        return found
    finally:
        os.close(descriptor)
