"""Ways to a device. Every read and write has a deadline; every raw call goes through the tap (trace, replay).

An `Address` is what stands at `at` in a profile. A driver opens the kind of link that it speaks with:
`open_stream` (serial, TCP, RFC 2217), `open_pcsc`, `open_input`, `open_hidraw`, `open_sysfs`, `open_snmp`. The link
modules, and their libraries, are imported when they are first needed.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from diag.contract.check import BACK, SHOWN, Fact, Prompt
from diag.contract.errors import ConfigError, HostBusy, HostService, NotRecorded
from diag.contract.interruption import Interruption
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.tap import Silent, Tap
from diag.contract.links.traits import CARD_DATA
from diag.contract.said import Said, Told

if TYPE_CHECKING:
    from diag.contract.links.hidraw import HidrawLink
    from diag.contract.links.input import InputLink
    from diag.contract.links.pcsc import PcscLink
    from diag.contract.links.snmp import SnmpAgent
    from diag.contract.links.stream import Stream
    from diag.contract.links.sysfs import SysfsTree

__all__ = ["HIDRAW", "INPUT", "PCSC", "STREAM", "SYSFS", "Address", "SerialLine"]

# Patterns for the key `at` of a driver's settings; a recorded trace stands in for any device. A generic profile
# leaves a stream's address open, to be given with --set.
_TRACE = r"trace:.+"
_USB_ID = r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}"
STREAM = rf"^(|usb:{_USB_ID}(:.+)?|usb:\d+-\d+(\.\d+)*|/dev/.+|socket://[^/]+:\d+|rfc2217://[^/]+:\d+.*|hwgrep://.+|{_TRACE})$"
INPUT = rf"^(input:({_USB_ID}|name=.+)|/dev/input/.+|{_TRACE})$"
HIDRAW = rf"^(hidraw:{_USB_ID}(:.+)?|/dev/hidraw\d+|{_TRACE})$"
PCSC = rf"^(pcsc:.+|{_TRACE})$"
SYSFS = rf"^(sysfs:.+|nut:[^@]+@.+|{_TRACE})$"  # a UPS of Network UPS Tools is a tree of variables

_RESOLVE = 1.0  # s

T = TypeVar("T")


class Address:
    """Where a component is reached, and the tap that its bytes go through."""

    def __init__(
        self, at: str, component: str, tap: Tap | None = None, interruption: Interruption | None = None
    ) -> None:
        self.at = at
        self.component = component
        self.tap: Tap = tap or Silent()
        self.interruption = interruption or Interruption()
        self._proved: queue.SimpleQueue[Fact] = queue.SimpleQueue()
        self._known: set[str] = set()
        if at.startswith("trace:"):
            from diag.contract.links.replay import Replayer

            self.interruption = Interruption(self.interruption)
            self.tap = Replayer.from_file(Path(at.removeprefix("trace:")), component, self.interruption)

    def __str__(self) -> str:
        return self.at

    def prove(self, name: str, detail: Told = "") -> None:
        """Note what the way to the device has proved; each fact is told once."""
        if name not in self._known:
            self._known.add(name)
            self._proved.put(Fact(name, detail))

    @property
    def replays_damage(self) -> bool:
        """Return whether a replayed trace was changed, cut or made by hand: what fails then may be its fault."""
        from diag.contract.links.replay import Replayer

        return isinstance(self.tap, Replayer) and not self.tap.whole

    @property
    def carries_card_data(self) -> bool:
        """Whether card data came over a link that is for no stripe reader."""
        return CARD_DATA in self._known

    def proved(self) -> list[Fact]:
        """Return the facts that are new since the last call."""
        return [self._proved.get() for _ in range(self._proved.qsize())]

    def beside(self, at: str) -> Address:
        """Return the address of another port of the same component."""
        return Address(at, self.component, self.tap, self.interruption)

    def call(self, op: str, sent: Any, do: Callable[[], T]) -> T:
        """Call a driver's own service through the tap, and return the result; `sent` and the result are JSON values."""
        done: T = self.tap.call(op, sent, do)
        return done

    def now(self) -> float:
        """Return the time in seconds since some moment, by which deadlines are kept; in a replay the trace's."""
        return self.tap.now()

    def pause(self, seconds: float) -> bool:
        """Let so many seconds pass, none of them in a replay; return whether the run is interrupted meanwhile."""
        return self.tap.pause(seconds, self.interruption)

    def ask(self, prompt: Prompt, ask: Callable[[str, Prompt], str | None]) -> str | None:
        """Return the person's answer at this component; in a replay the answer that the trace holds, or none."""
        answer: str | None = self.tap.ask(prompt.name, lambda: ask(self.component, prompt))
        return answer if answer in (*prompt.choices, SHOWN, BACK) else None

    @property
    def node(self) -> str:
        """The device node of a serial port on this computer; empty for other links. Raises DeviceGone."""
        from diag.contract.links.tty import node_of

        return node_of(self.at) if self.at.startswith(("/dev/", "hwgrep:")) else ""

    def siblings(self) -> list[str]:
        """Return the other serial ports of the same USB device."""
        from diag.contract.links.tty import siblings

        return list(self.call("siblings", None, lambda: siblings(self.node)))

    def open_stream(self, timeout: float, line: SerialLine | None = None, *, cards: bool = False) -> Stream:
        """Open a byte stream within `timeout` seconds; a Bluetooth port may take as long as its call takes.

        `cards`: a stripe reader's, which may send card data; at other devices card data is noted as a fact.
        Raises: DeviceGone, DeviceSilent, HostDenied, HostBusy, HostService.
        """
        from diag.contract.links.stream import Stream

        return Stream(self.at, self.tap, timeout, line or SerialLine(), self.interruption, self.prove, cards=cards)

    def refuse_other_clients(self, silence: Told) -> None:
        """Raise HostBusy where another program of this computer is connected to a silent network device.

        `silence`: what is said of the device.
        """
        try:
            users: list[str] | None = self.call("clients", None, self._clients)
        except NotRecorded:  # a trace from before
            users = None
        if users is not None:
            raise HostBusy(Said("connected_in", said=silence, users=users or Said("hidden_program")))

    def open_snmp(self, port: int, *, seconds: float, silence: float) -> SnmpAgent:
        """Return the SNMP agent of a network device: `seconds` for all questions, `silence` for the first answer."""
        from diag.contract.links.snmp import SnmpAgent

        return SnmpAgent(self._host, port, self.tap, seconds=seconds, silence=silence)

    def post(self, port: int, path: str, content_type: str, body: bytes, seconds: float) -> bytes:
        """Post to the web service of a network device, and return what comes back.

        Raises: DeviceSilent, DeviceGarbled, HostService.
        """
        from diag.contract.links.http import post

        def do() -> str:
            return post(self._host, port, path, content_type, body, seconds).hex()

        return bytes.fromhex(self.call("post", path, do))

    def open_pcsc(self, timeout: float) -> PcscLink:
        """Open a PC/SC context; each call may last `timeout` seconds. Raises HostService, HostDenied, HostLibrary."""
        from diag.contract.links.pcsc import PcscLink

        return PcscLink(self._rest("pcsc:"), self.tap, timeout)

    def open_input(self, timeout: float) -> InputLink:
        """Open and grab a keyboard's event device within `timeout` seconds. Raises as `open_stream`."""
        from diag.contract.links.input import InputLink

        return InputLink(self.at, self.tap, timeout, self.interruption)

    def open_hidraw(self, timeout: float) -> HidrawLink:
        """Open a HID device's raw reports within `timeout` seconds. Raises as `open_stream`."""
        from diag.contract.links.hidraw import HidrawLink

        return HidrawLink(self.at, self.tap, timeout, self.interruption)

    def open_sysfs(self) -> SysfsTree:
        """Open a tree of attribute files, or of a UPS's variables. Raises HostService where the tree does not exist."""
        if self.at.startswith("nut:"):
            from diag.contract.links.nut import NutTree

            return NutTree(self.at, self.tap, self.interruption)
        from diag.contract.links.sysfs import SysfsTree

        return SysfsTree(Path(self._rest("sysfs:")), self.tap, self.interruption)

    def _clients(self) -> list[str] | None:
        from diag.contract.links.clients import clients
        from diag.contract.links.tcp import resolve

        parts = urlsplit(self.at)
        if parts.scheme != "socket" or not parts.port:
            return None
        with suppress(HostService):  # the name is not known any more
            return clients(resolve(self._host, _RESOLVE)[-1], parts.port)
        return None

    @property
    def _host(self) -> str:
        """The host of a network device; empty in a replay."""
        return urlsplit(self.at).hostname or "" if self.at.startswith("socket:") else ""

    def _rest(self, scheme: str) -> str:
        if self.at.startswith("trace:"):
            return ""
        if not self.at.startswith(scheme):
            raise ConfigError(Said("begins_otherwise", address=self.at, scheme=scheme))
        return self.at.removeprefix(scheme)
