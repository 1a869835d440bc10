"""A modem as ModemManager knows the modem, which keeps its ports: nothing is sent to the modem from here.

ModemManager is asked by its own tool, mmcli, which speaks D-Bus. What identifies a subscriber stays in here: of the
numbers of the SIM card, four digits go on.
"""

from __future__ import annotations

import fcntl
import re
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diag.contract.errors import Interrupted
from diag.contract.links import Address
from drivers.modem import modem_manager
from drivers.modem.pure import managed
from drivers.modem.pure.answers import Heard, Sim
from drivers.modem.pure.managed import Bearer, View

_AGAIN_S = 0.5  # s between two looks at what ModemManager knows
_SWITCH_S = 60.0  # s for switching a modem on or off
_BACK_S = 60.0  # s until a modem that was reset is back at least, whatever the profile's boot_s
_SIOCGIFADDR = 0x8915  # linux/sockios.h
_INDEX = 4  # digits at most; a module's number has fourteen to sixteen


class Managed:
    """One modem of ModemManager's: `mm:INDEX`, which changes with each plugging in, or `mm:IMEI`, which stays."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._wanted = address.at.removeprefix("mm:")
        self._path = ""
        self._number = ""  # of the modem that was found; a modem that was reset gets another index
        self._may_return = False  # the only modem there is, is the one that has gone

    def modem(self) -> View | None:
        """Return the modem; None where ModemManager has no such modem. Raises: HostService."""
        told = self._call("modem", self._found)
        return View(told) if told else None

    def others(self) -> list[str]:
        """Return the modems that ModemManager has, by index and name."""
        return list(self._call("modems", self._names))

    def sim(self, view: View) -> Mapping[str, str]:
        """Return what is told of the SIM card."""
        path = view.word("sim")
        return dict(self._call("sim", lambda: managed.kept_of_sim(modem_manager.ask("-i", path)))) if path else {}

    def levels(self) -> Mapping[str, Mapping[str, str]]:
        """Return the levels in dBm, where somebody has told ModemManager to measure them (mmcli --signal-setup)."""
        return dict(
            self._call("levels", lambda: managed.kept_of_levels(modem_manager.ask("-m", self._path, "--signal-get")))
        )

    def bearers(self, view: View) -> list[Bearer]:
        """Return the data connections."""
        paths = list(view.told.get("bearers") or ())
        told = self._call("bearers", lambda: [managed.kept_of_bearer(modem_manager.ask("-b", path)) for path in paths])
        return [Bearer(one) for one in told if one]

    def addresses(self, interface: str) -> list[str]:
        """Return the addresses of a network interface of this computer, where DHCP or PPP have put them."""
        return list(self._call("addresses", lambda: _addresses(interface)))

    def reset(self, boot_s: float) -> View | None:
        """Have ModemManager reset the modem, and return it once it is back and has read its SIM card anew.

        Returns: None where the modem cannot be reset, or does not come back. Raises: HostService, Interrupted.
        """
        before = self.modem()
        if before is None or not self._call("reset", lambda: modem_manager.does("-m", self._path, "--reset")):
            return None
        self.follow()
        view = self.returned(boot_s, lambda one: one.index != before.index and one.card is not Sim.UNKNOWN)
        return view if view is not None and view.index != before.index else None

    def returned(self, boot_s: float, over: Callable[[View], bool] = lambda _: True) -> View | None:
        """Return a modem that has gone, once it has started and `over` says so of it, or after the time for that.

        Raises: HostService, Interrupted.
        """
        return self.settled(max(_BACK_S, boot_s), lambda one: not one.starting and over(one))

    def follow(self) -> None:
        """From now on take the only modem there is for the wanted one: without a card a modem tells no number."""
        self._may_return = True

    def enable(self) -> bool:
        """Have ModemManager switch the modem's radio on; return whether ModemManager has done so."""
        return self._switched("--enable")

    def switch_off_and_on(self) -> bool:
        """Have ModemManager switch the modem's radio off and on; return whether the radio was off for a while."""
        off = self._switched("--disable")
        return self.enable() and off

    def _switched(self, word: str) -> bool:
        return bool(self._call(word.strip("-"), lambda: modem_manager.does("-m", self._path, word, seconds=_SWITCH_S)))

    def networks(self, seconds: float) -> list[Heard] | None:
        """Have ModemManager scan for networks, up to `seconds`; None where the scan fails. Raises: Interrupted."""
        questions: list[modem_manager.Question] = []
        end = self._address.now() + seconds
        try:
            self._call("scan", lambda: questions.append(self._scan(seconds)))
            while (told := self._call("scanned", lambda: _scanned(questions[0]))) is None:
                if self._address.now() >= end:
                    return None
                if self._address.pause(_AGAIN_S):
                    raise Interrupted("interrupted while ModemManager was scanning")
        finally:
            for question in questions:
                question.close()
        return None if told["networks"] is None else managed.heard(told["networks"])

    def _scan(self, seconds: float) -> modem_manager.Question:
        return modem_manager.Question("-m", self._path, "--3gpp-scan", seconds=seconds)

    def now(self) -> float:
        """Return the time in seconds since some moment, by which deadlines are kept."""
        return self._address.now()

    def settled(self, seconds: float, over: Callable[[View], bool]) -> View | None:
        """Return the modem once `over` says so of it, or after `seconds`. Raises: HostService, Interrupted."""
        end = self._address.now() + seconds
        while True:
            view = self.modem()
            if (view is not None and over(view)) or self._address.now() >= end:
                return view
            if self._address.pause(_AGAIN_S):
                raise Interrupted("interrupted while ModemManager was waited for")

    def _call(self, what: str, do: Callable[[], Any]) -> Any:
        return self._address.call("modem-manager", what, do)

    def _found(self) -> dict[str, Any]:
        views = {path: View(managed.kept_of_modem(modem_manager.ask("-m", path))) for path in _paths()}
        wanted = self._number or self._wanted
        found = [path for path, view in views.items() if wanted in (path.rpartition("/")[2], view.imei)]
        # of a modem that failed early, for want of a card, ModemManager does not know the number
        nameless = [path for path, view in views.items() if not view.imei and len(self._wanted) > _INDEX]
        if not found and self._may_return and len(views) == 1:
            found = list(views)
        elif not found and len(nameless) == 1:
            found = nameless
        if not found:
            return {}
        self._path, self._number = found[0], self._number or views[found[0]].imei
        index, place = self._path.rpartition("/")[2], views[self._path].word("device")
        return {**_without_subscriber(views[self._path]), "index": index, "plugged": _plugged(place)}

    @staticmethod
    def _names() -> list[str]:
        views = [(path, View(managed.kept_of_modem(modem_manager.ask("-m", path)))) for path in _paths()]
        return [f"{path.rpartition('/')[2]} ({view.word('manufacturer')} {view.word('model')})" for path, view in views]


def _scanned(question: modem_manager.Question) -> dict[str, Any] | None:
    """Return what a scan has heard, under `networks`; None while the scan goes on."""
    answer = question.answer()
    return None if answer is None else {"networks": managed.kept_of_scan(answer)}


def _paths() -> list[str]:
    return [str(path) for path in modem_manager.told("-L").get("modem-list", [])]


def _without_subscriber(view: View) -> dict[str, Any]:
    """Return what is told of a modem, without its number where some firmware tells the subscriber's in its place."""
    told = dict(view.told)
    if managed.looks_like_subscriber(view.imei) and (path := view.word("sim")):
        properties = (modem_manager.ask("-i", path).get("sim") or {}).get("properties") or {}
        if managed.known(properties.get("imsi"))[:14] == view.imei[:14]:
            told |= {"equipment-identifier": "--", "imei": "--"}
    return told


def _plugged(place: str) -> str:
    """Return the number that a USB device got when it was plugged in or started; empty of what is no USB device."""
    try:
        return (Path(place) / "devnum").read_text(encoding="ascii").strip() if place else ""
    except (OSError, ValueError):
        return ""


def _addresses(interface: str) -> list[str]:
    """Return the addresses of an interface: netdevice(7), /proc/net/if_inet6."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket, _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
            found.append(socket.inet_ntoa(answer[20:24]))
        except OSError:
            pass  # no such interface, or no address
    try:
        rows = [line.split() for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()]
    except OSError:
        rows = []
    link_local = re.compile("fe[89ab]")
    found += [row[0] for row in rows if row[-1] == interface and not link_local.match(row[0])]
    return found
