"""What can go wrong, in two branches that are never mixed.

    PosdiagError
    ├── DeviceError      evidence about the device: becomes a finding or "not answered"
    │   ├── DeviceSilent     the port is open; nothing, or half an answer, came before the deadline
    │   │   ├── NotTaken         the device holds back what is written
    │   │   └── CardMute         the card in the reader does not answer (no ATR, no answer to a command)
    │   ├── DeviceGarbled    something came that does not answer the question
    │   │   └── CardProtocol     reader and card find no common protocol, or the protocol breaks down
    │   ├── PortRefused      the device's address answers, but the requested port does not
    │   ├── PeerAway         a wireless device that this computer knows does not answer the call
    │   └── DeviceGone       not there, or vanished: no such node, refused, reset, unplugged
    │       └── CardAbsent       the reader is there, and says that no card is inserted
    ├── HostError        trouble of the bench: the component could not be examined
    │   ├── HostDenied       no permission (EACCES, EPERM, a PC/SC policy)
    │   ├── HostBusy         another program holds the port or the card
    │   ├── HostService      a service or network that the way to the device needs does not run
    │   ├── HostLibrary      a library is not installed
    │   ├── HostDriver       no driver is installed that takes the device
    │   └── NotRecorded      a replay asks what the trace does not hold
    ├── ConfigError      a profile, setting or trace is wrong; says where
    └── Interrupted      the run was interrupted during a wait; says nothing about the device

Anything else that escapes a check is a defect of posdiag itself.
"""

from __future__ import annotations

from typing import ClassVar

from diag.contract import reasons
from diag.contract.reasons import Reason
from diag.contract.said import Said, Told


class PosdiagError(Exception):
    """Base of all errors that posdiag raises on purpose; made with what is said of the error."""

    @property
    def told(self) -> Told:
        """What is said: key and values, or the text of an error that was made with a text."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, Said) else str(self)


class DeviceError(PosdiagError):
    """Evidence about the device. Raise a subclass; each has its `reason`."""

    reason: ClassVar[Reason]


class DeviceSilent(DeviceError):
    """No answer, or only a part of the answer, before the deadline; a write that was not taken; a call that hung."""

    reason = reasons.SILENT


class NotTaken(DeviceSilent):
    """A write that the device did not take whole before the deadline: its flow control held the bytes back."""


class DeviceGarbled(DeviceError):
    """Bytes came that cannot be an answer: wrong fixed bits, noise, a reply of another protocol."""

    reason = reasons.GARBLED


class DeviceGone(DeviceError):
    """Not there: no such device node, connection refused or reset, unplugged in the middle."""

    reason = reasons.GONE


class PortRefused(DeviceGone):
    """The address is alive, but this port is not: refused, or unanswered while other ports answer."""

    reason = reasons.REFUSED


class PeerAway(DeviceGone):
    """A bound Bluetooth port whose device does not answer the call: off, out of reach, or taken by another device."""

    reason = reasons.AWAY


class CardMute(DeviceSilent):
    """SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNPOWERED_CARD, or SCARD_STATE_MUTE: a card is seen, and says nothing."""


class CardProtocol(DeviceGarbled):
    """SCARD_E_PROTO_MISMATCH, or a transmission error between reader and card."""


class CardAbsent(DeviceGone):
    """SCARD_E_NO_SMARTCARD, SCARD_W_REMOVED_CARD, or SCARD_STATE_EMPTY: the reader answers, and says so."""

    reason = reasons.NO_CARD


class HostError(PosdiagError):
    """The bench is in the way; nothing is known about the device. `fault` is the catalogue's code for the trouble."""

    reason: ClassVar[Reason]
    fault: ClassVar[str]


class HostDenied(HostError):
    """EACCES or EPERM on a device node; access refused by policy."""

    reason = reasons.HOST_PERMISSION
    fault = "HOST-PERMISSION"


class HostBusy(HostError):
    """Port open in another program, card held exclusively by another program."""

    reason = reasons.HOST_BUSY
    fault = "HOST-BUSY"


class HostService(HostError):
    """pcscd not running, no route to the network, a name that does not resolve, no kernel class directory."""

    reason = reasons.HOST_SERVICE
    fault = "HOST-SERVICE"


class HostLibrary(HostError):
    """A Python package or a shared library is missing."""

    reason = reasons.HOST_LIBRARY
    fault = "HOST-LIBRARY"


class HostDriver(HostError):
    """The device is on the bus, and no installed driver fits."""

    reason = reasons.HOST_DRIVER
    fault = "HOST-DRIVER"


class NotRecorded(HostError):
    """The trace that stands in for the device does not hold this question; the check stays open, other checks go on."""

    reason = reasons.NOT_RECORDED


class ConfigError(PosdiagError):
    """A profile, setting, address or trace is wrong. The text names file, line, column and key."""


class Interrupted(PosdiagError):
    """Ctrl-C, while a card or an answer was waited for: what did not come says nothing.

    Interrupted is raised in a wait, and at the next `yield` of a check. A check that watches catches Interrupted in
    both places, and yields what was seen until then.
    """
