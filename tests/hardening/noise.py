"""Devices that say nothing but noise, in this process and with a clock of their own: no run may find one healthy.

The noise takes the place of the port alone: of the node of a serial or HID device, of the reader that pcscd has, of the
files of sysfs. Links, collectors and drivers are posdiag's own. The clock is the tap's, as in a replay.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from diag.contract.check import SHOWN, Level, Prompt
from diag.contract.interruption import Interruption
from diag.contract.links import Address, SerialLine
from diag.contract.links.hidraw import HidrawLink
from diag.contract.links.input import InputLink
from diag.contract.links.pcsc import PcscLink
from diag.contract.links.pcsc_answers import About, SlotState
from diag.contract.links.stream import Stream
from diag.contract.links.sysfs import Attributes, SysfsTree
from diag.contract.links.tap import Silent
from diag.contract.links.traits import Traits
from diag.knowledge import profile
from diag.knowledge.profile import Component, Profile
from diag.records.record import Record
from diag.run.session import Options, Run

_TTY = "/dev/ttyUSB0"
#: profiles, their components, and where the noise is; `servers` has the noise of servers
PROFILES = (
    ("generic/escpos-thermal", "printer", _TTY), ("demo/star", "printer", _TTY),
    ("generic/msr-serial", "magstripe", _TTY),
    ("generic/msr605", "magstripe", _TTY), ("idtech/securemag-rs232", "magstripe", _TTY),
    ("generic/msr-hid", "magstripe", "/dev/hidraw0"), ("generic/msr-wedge", "magstripe", "/dev/input/event0"),
    ("generic/escpos-impact", "printer", _TTY), ("generic/dialup-modem", "modem", _TTY),
    ("demo/handheld", "modem", _TTY), ("generic/cellular-modem", "modem", _TTY),
    ("generic/bench-supply", "bench_supply", _TTY), ("generic/pcsc", "card_reader", "pcsc:*"),
    ("generic/linux-power", "power", "sysfs:/sys/class/power_supply"),
)  # fmt: skip
#: what the noise is made of: any byte, text, and what several devices say often
LETTERS = (
    bytes(range(256)), bytes(range(32, 127)) + b"\r\n", b"OK\r\n", b"0123456789\r\n", b"\x1by\r", b"\x12\x00\xff",
    b"%;?=^0123456789B\r",
)  # fmt: skip
_EVENT = struct.Struct("@llHHi")  # linux/input.h: struct input_event
_LISTED = ("/dev/hidraw", "/dev/input")
LONGEST = 60.0  # s that noise may hold a component where nobody swipes and inserts
_PIECE = 0.01  # s that a piece takes
# a report descriptor with input and feature reports of 64 bytes
_DESCRIPTOR = "0600ff0901a1010902150026ff007508954081020903954 0b102c0".replace(" ", "")
#: what is asked of the computer, and not of the device
HOST: dict[str, Any] = {
    "siblings": [], "usb": [], "usb-users": [], "pcscd-trouble": "", "modems": [], "beside": False, "inhibit": "",
}  # fmt: skip


class Noise:
    """Bytes by chance, of many kinds: rare, dripping, printable, one byte only; and the time that they take."""

    def __init__(self, seed: int, *, flood: bool = False) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- the same each time
        self.now = 0.0
        self._rate = 1.0 if flood else self.chance.choice((0.02, 0.3, 0.9, 1.0))
        self._most = 200 if flood else self.chance.choice((1, 3, 16, 200))
        self._letters = self.chance.choice(LETTERS)
        #: whether somebody does what prompts say
        self.person = self.chance.random() < 0.5

    def piece(self) -> bytes:
        """Return one piece."""
        return bytes(self.chance.choices(self._letters, k=self.chance.randint(1, self._most)))

    def read(self, timeout: float) -> bytes:
        """Return a piece, or nothing after the time."""
        comes = self.chance.random() < self._rate
        self.now += _PIECE if comes else timeout
        return self.piece() if comes else b""

    def take(self, data: bytes) -> None:
        """Take what is sent; each byte takes a tenth of a millisecond."""
        self.now += 1e-4 * len(data)


class Clock(Silent):
    """The tap of a device that makes noise: its time is the noise's, and of the computer it sees nothing."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Answer what is asked of the computer; the device answers the rest."""
        return HOST[op] if op in HOST else do()

    def now(self) -> float:
        """Return the time of this device."""
        return self._noise.now

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Let the time go by."""
        self._noise.now += seconds
        return interruption.is_set()


class Port:
    """A port that takes all, and from which noise comes."""

    traits = Traits(has_rate=True)

    def __init__(self, noise: Noise) -> None:
        self.read = noise.read
        self._noise = noise

    def write(self, data: bytes, timeout: float) -> None:
        """Take all."""
        del timeout
        self._noise.take(data)

    def drain(self, timeout: float) -> None:
        """Return at once."""

    def device_id(self) -> str:
        """Return what no printer says."""
        return ""

    def port_status(self) -> int | None:
        """Return nothing: there are no lines."""
        return None

    def set_line(self, line: SerialLine) -> bool:
        """Take any line."""
        return True

    def modem_lines(self) -> dict[str, bool]:
        """Return nothing: there are no lines."""
        return {}

    def close(self) -> None:
        """Return at once."""


class NoisyStream(Stream):
    """A stream of noise."""

    def _open(self, timeout: float) -> Traits:
        self._port = Port(noise_of(self._tap))
        return self._port.traits


class NoisyReports(HidrawLink):
    """A HID device of which the reports are noise."""

    def _open(self, at: str, timeout: float) -> dict[str, Any]:
        self._noise = noise_of(self._tap)
        return {"identity": {"usb_id": "", "model": "", "serial_number": ""}, "descriptor": _DESCRIPTOR}

    def _read(self, timeout: float) -> bytes:
        return self._noise.read(timeout)[:64]

    def _ask(self, data: bytes) -> bytes:
        return self._noise.piece()[:64].ljust(64, b"\0")


class Keys(Port):
    """A keyboard on which chance types."""

    def __init__(self, noise: Noise) -> None:
        super().__init__(noise)
        self.read = self._typed

    def _typed(self, timeout: float) -> bytes:
        typed = self._noise.read(timeout)
        return b"".join(_EVENT.pack(0, 0, 1, byte % 60, down) for byte in typed[:16] for down in (1, 0))


class NoisyKeys(InputLink):
    """A keyboard behind the node of an event device."""

    def _open(self, at: str, timeout: float) -> dict[str, str]:
        self._port = Keys(noise_of(self._tap))  # type: ignore[assignment]  # it reads, and it closes
        return {"usb_id": "", "model": "", "serial_number": ""}


class NoisyContext:
    """A reader that pcscd has, with a card that answers noise."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise

    def readers(self) -> list[str]:
        """Return one reader."""
        return ["Noise 00 00"]

    def about(self, reader: str) -> About:
        """Return noise for the attributes."""
        return About({"vendor_name": self._noise.piece()}, self._noise.piece(), self._noise.piece())

    def state(self, reader: str) -> SlotState:
        """Return a card with an ATR of noise."""
        return SlotState(True, True, False, False, False, 1, self._noise.piece()[:33])

    def wait(self, reader: str, present: bool, timeout: float) -> SlotState | None:
        """Return no change when the time is over."""
        self._noise.now += timeout
        return self.state(reader) if present else None

    def wait_for_readers(self, timeout: float) -> None:
        """Return when the time is over."""
        self._noise.now += timeout

    def connect(self, reader: str) -> int:
        """Return a protocol."""
        return self._noise.chance.choice((1, 2))

    def reset(self, *, cold: bool) -> int:
        """Return a protocol."""
        return self._noise.chance.choice((1, 2))

    def transmit(self, apdu: bytes) -> bytes:
        """Answer noise."""
        return self._noise.piece().ljust(2, b"\x6f")

    def release(self) -> None:
        """Return at once."""


class NoisyReader(PcscLink):
    """A context of PC/SC of which the reader makes noise."""

    def _open(self, pattern: str) -> str:
        self._context = NoisyContext(noise_of(self._tap))  # type: ignore[assignment]  # it answers as one
        return pattern

    def _call(self, do: Callable[[], Any], timeout: float) -> Any:
        return do()

    def close(self) -> None:
        """Return at once."""


class NoisyFiles(SysfsTree):
    """A class directory of which the files hold noise."""

    def _read(self, names: list[str]) -> dict[str, Attributes]:
        noise = noise_of(self._tap)
        held = [name for name in names if noise.chance.random() < 0.7]
        return {
            device: {name: noise.piece().decode("utf-8", "replace").strip() for name in held}
            for device in ("BAT0", "AC")
        }


class NoisyAddress(Address):
    """Where noise comes from, whatever is opened there."""

    def beside(self, at: str) -> Address:
        """Return the same noise at another port."""
        return NoisyAddress(at, self.component, self.tap, self.interruption)

    def open_stream(self, timeout: float, line: SerialLine | None = None, *, cards: bool = False) -> Stream:
        """Open a stream of noise."""
        line = line or SerialLine()
        return NoisyStream(self.at, self.tap, timeout, line, self.interruption, self.prove, cards=cards)

    def open_hidraw(self, timeout: float) -> HidrawLink:
        """Open a HID device that makes noise."""
        return NoisyReports(self.at, self.tap, timeout, self.interruption)

    def open_input(self, timeout: float) -> InputLink:
        """Open a keyboard that makes noise."""
        return NoisyKeys(self.at, self.tap, timeout, self.interruption)

    def open_pcsc(self, timeout: float) -> PcscLink:
        """Open a reader that makes noise."""
        return NoisyReader("*", self.tap, timeout)

    def open_sysfs(self) -> SysfsTree:
        """Open files of noise."""
        return NoisyFiles(Path(self.at), self.tap, self.interruption)


def noise_of(tap: Any) -> Noise:
    """Return the noise behind a tap."""
    found: Noise = tap._noise
    return found


class NoisyRun(Run):
    """A run of which the device makes noise."""

    def __init__(self, noise: Noise, loaded: Profile, options: Options, folder: Path) -> None:
        self._noise = noise
        super().__init__(loaded, options, self._answer, lambda _: None, folder)

    def _address(self, part: Component) -> Address:
        return NoisyAddress(part.at, part.name, Clock(self._noise), self.interruption)

    def _answer(self, component: str, prompt: Prompt) -> str | None:
        """Do what the prompt says, where somebody is there; nobody answers a question."""
        return SHOWN if self._noise.person and not prompt.choices else None


@cache
def loaded(name: str, component: str, at: str) -> Profile:
    """Return a profile with the component's address; read once."""
    return profile.load(name, [f"{component}.at={at}"])


def run(number: int, folder: Path, *, flood: bool = False) -> str | None:
    """Examine one component that makes the noise of a number; return what is wrong with that run, or None.

    `flood`: the noise never pauses.
    """
    name, component, at = PROFILES[number % len(PROFILES)]
    noise = Noise(number, flood=flood)
    # of a HID reader nothing is read before somebody swipes; that the kernel lists the reader is no noise
    level = Level.INTERACTIVE if at.startswith(_LISTED) else noise.chance.choice(list(Level))
    options = Options(level, (component,))
    record = NoisyRun(noise, loaded(name, component, at), options, folder).execute().record
    found = trouble(record)
    if not (found or noise.person) and noise.now > LONGEST:
        found = f"held for {noise.now:.0f} s"
    return found and f"{name} {component}, number {number}: {found}"


def trouble(record: Record) -> str | None:
    """Return what is wrong with a run that met noise only: a healthy component, or a defect of posdiag."""
    for part in record.components:
        if part.status == "healthy":
            return f"{part.kind} is healthy"
        for check in part.checks:
            if check.outcome == "errored":
                return f"{part.kind}.{check.name}: {check.reason} {check.detail}"
    return None
