"""A scale on a serial port: does it answer, does it come to rest, can it be zeroed?"""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yields, check
from diag.contract.driver import Driver
from diag.contract.errors import DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import STREAM, SerialLine
from diag.contract.links.line import Line
from diag.contract.links.readers import TextReader
from diag.contract.settings import Settings

_QUIET = 0.05  # s without a byte before a question


class ScaleSettings(Settings):
    """Profile keys of a scale."""

    at: str = Field("", pattern=STREAM, description="a serial port, or socket://HOST:PORT")
    baud: int = Field(9600, gt=0, description="bit/s of a serial port")
    timeout_s: float = Field(1.0, gt=0, le=60, description="seconds for an answer")
    settle_s: float = Field(10.0, gt=0, le=60, description="seconds in which the weight comes to rest")


class Scale(Driver):
    """One scale."""

    kind = "scale"
    Settings = ScaleSettings
    evidence: ClassVar = {DeviceGone: "SCL-ABSENT", DeviceSilent: "SCL-MUTE", DeviceGarbled: "SCL-GARBLED"}
    udev_matches = ('SUBSYSTEM=="tty", ATTRS{idVendor}=="0eb8"',)  # Mettler Toledo (usb.ids)
    settings: ScaleSettings
    _line: Line | None = None

    @check(Level.INTERNAL, finds=("SCL-ABSENT", "SCL-MUTE", "SCL-GARBLED"))
    def connection(self) -> Yields:
        """A scale answers, and says its serial number."""
        stream = self.address.open_stream(self.settings.timeout_s, SerialLine(baud=self.settings.baud))
        self._line = Line(stream, self.settings.timeout_s, settle=_QUIET)
        yield Identity("serial_number", self._text("I4"))

    @check(Level.INTERNAL, needs=("connection",), essential=False)
    def identity(self) -> Yields:
        """Which type the scale is."""
        yield Identity("model", self._text("I2"))

    @check(Level.INTERNAL, finds=("SCL-OVERLOAD", "SCL-UNDERLOAD"), needs=("connection",))
    def weight(self) -> Yields:
        """What is on the scale now, moving or not."""
        state, value, unit = self._answer("SI", r"S ([SD+I-])(?: +(-?[\d.]+) (\S+))?")
        if state in ("+", "-"):
            yield Finding("SCL-OVERLOAD" if state == "+" else "SCL-UNDERLOAD", f"S {state}")
        elif not value:
            yield NotAnswered(reasons.NO_VALUE, "the scale is busy")
        else:
            yield Measurement("weight", float(value), unit)

    @check(Level.INTERNAL, finds=("SCL-UNSTABLE",), needs=("weight",), seconds=3, deadline=90)
    def stable(self) -> Yields:
        """The weight comes to rest."""
        try:
            state, _ = self._answer("S", r"S ([S+I-])( .*)?", self.settings.settle_s)
        except DeviceSilent:
            self._text("I4")  # a scale that says nothing at all any more is not called unstable
            state = "I"
        if state == "I":
            yield Finding("SCL-UNSTABLE", f"not at rest within {self.settings.settle_s:g} s")
        elif state != "S":
            yield NotAnswered(reasons.NO_VALUE, "overload or underload")

    @check(Level.EXTERNAL, finds=("SCL-ZERO",), needs=("stable",), essential=False, deadline=90)
    def zero(self) -> Yields:
        """The scale can be set to zero; nothing may be on it."""
        (state,) = self._answer("Z", r"Z ([A+I-])", self.settings.settle_s)
        if state in ("+", "-"):
            yield Finding("SCL-ZERO", f"Z {state}")
        elif state == "I":
            yield NotAnswered(reasons.UNDECIDED, "the scale is busy, or not at rest")

    def close(self) -> None:
        """Give the port back."""
        line, self._line = self._line, None
        if line is not None:
            line.stream.close()

    def _text(self, command: str) -> str:
        (text,) = self._answer(command, rf'{command} A "([^"]*)"')
        return text

    def _answer(self, command: str, form: str, timeout: float | None = None) -> tuple[str, ...]:
        """Ask, and return the parts of an answer of this form. Raises DeviceSilent, DeviceGarbled, DeviceGone."""
        if self._line is None:
            raise DeviceGone("not opened")
        said = self._line.ask(f"{command}\r\n".encode(), TextReader(command), timeout)
        if not (found := re.fullmatch(form, said)):
            raise DeviceGarbled(f"{said[:20]!r} does not answer {command}")
        return found.groups(default="")
