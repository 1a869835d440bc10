"""A terminal on a bench supply: what it draws at rest and while it starts. The instrument is only read.

That the instrument is silent or garbled says nothing about the terminal: it is then not examined.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator
from typing import TypeVar

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Identity,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Prompt,
    Yielded,
    Yields,
    check,
)
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import SerialLine
from diag.contract.links.line import Line
from diag.contract.links.readers import TextReader
from diag.contract.said import Said
from drivers.bench_supply.pure import scpi
from drivers.bench_supply.settings import BenchSupplySettings

T = TypeVar("T")

_TRIES = 2  # of the first question: some lose it, or answer it with an empty line
_SAMPLES = 5
_EVERY = 0.1  # s between two readings while the terminal starts
_NEAR_LIMIT = 0.95  # of the current limit: the supply limits
_COLLAPSED = 0.5  # of the voltage that is set
_QUIET = 0.05  # s without a word before a question


class BenchSupply(Driver):
    """One channel."""

    kind = "bench_supply"
    Settings = BenchSupplySettings
    settings: BenchSupplySettings
    _line: Line | None = None

    @check(Level.INTERNAL)
    def instrument(self) -> Yields:
        """`*IDN?`: an instrument answers."""
        line = SerialLine(baud=self.settings.baud, stopbits=self.settings.stopbits)
        stream = self.address.open_stream(self.settings.timeout_s, line)
        self._line = Line(stream, self.settings.timeout_s, settle=_QUIET)
        if self.settings.remote:
            self._tell("SYST:REM")
        said = self._first_answer()
        for key in ("maker", "model", "serial_number", "firmware"):
            if value := getattr(said, key):
                yield Identity(key, value)

    @check(Level.INTERNAL, finds=("PWR-SHORT", "PWR-DRAW-NONE", "PWR-DRAW-HIGH"), needs=("instrument",), seconds=2)
    def idle(self) -> Yields:
        """Volts and amperes of the terminal as it stands there."""
        if self._maybe("OUTP?", scpi.switch) is False:
            yield NotAnswered(reasons.NO_VALUE, Said("output_off"))
            return
        amperes = [self._measured("CURR") for _ in range(_SAMPLES)]
        told = [value for value in amperes if value is not None]
        if not told:
            yield NotAnswered(reasons.NO_VALUE, Said("beyond_range"))
            return
        ampere, limits = statistics.median(told), self.settings.limits
        volt = self._measured("VOLT") if self.settings.measures == "both" else None
        yield Measurement("idle_current", ampere, "A", limits.idle_a.limits)
        if volt is not None:
            yield Measurement("voltage", volt, "V", limits.voltage_v.limits)
        yield from self._judged(ampere, volt)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("PWR-SHORT", "PWR-NO-BOOT"),
        needs=("instrument",),
        essential=False,
        seconds=30,
    )
    def boot(self) -> Yields:
        """Switch the terminal off and on, and follow its current."""
        if (yield Prompt("switch_on", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        end, drawn = self.address.now() + self.settings.boot_s, []
        while self.address.now() < end:
            if (value := self._measured("CURR")) is not None:
                drawn.append(value)
            self.address.pause(_EVERY)
        if not drawn:
            yield NotAnswered(reasons.NO_VALUE, Said("beyond_range"))
            return
        limits = self.settings.limits
        yield Measurement("boot_current", max(drawn), "A", limits.boot_a.limits)
        yield Measurement("current_after_boot", drawn[-1], "A")
        if limits.boot_a.min is None:
            yield NotExamined(("PWR-NO-BOOT",))
        elif max(drawn) < limits.boot_a.min:
            yield Finding("PWR-NO-BOOT", Said("drew_at_most", ampere=max(drawn), seconds=self.settings.boot_s))
        if self._limits_current(max(drawn)):
            yield Finding("PWR-SHORT", Said("limits_at_start", ampere=max(drawn)))

    def close(self) -> None:
        """Give the front panel back, and the port."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(DeviceError):
                if self.settings.remote:
                    line.send(b"SYST:LOC\n")
            line.stream.close()

    def _judged(self, ampere: float, volt: float | None) -> Iterator[Yielded]:
        limits = self.settings.limits
        asked = self._maybe(f"VOLT?{self._channel}", scpi.number)
        collapsed = volt is not None and asked is not None and volt < _COLLAPSED * asked
        if self._limits_current(ampere) and (collapsed or asked is None):
            limit = Said("at_limit_with", ampere=ampere, volt=volt) if volt else Said("at_limit", ampere=ampere)
            yield Finding("PWR-SHORT", limit)
            yield NotExamined(("PWR-DRAW-NONE", "PWR-DRAW-HIGH"))
            return
        if limits.idle_a.min is not None and ampere < limits.idle_a.min:
            yield Finding("PWR-DRAW-NONE", Said("drew", ampere=ampere))
        elif limits.idle_a.max is not None and ampere > limits.idle_a.max:
            yield Finding("PWR-DRAW-HIGH", Said("drew", ampere=ampere))
        untold = {"PWR-DRAW-NONE": limits.idle_a.min, "PWR-DRAW-HIGH": limits.idle_a.max}
        yield NotExamined(tuple(code for code, limit in untold.items() if limit is None))

    def _limits_current(self, ampere: float) -> bool:
        most = self._maybe(f"CURR?{self._channel}", scpi.number)
        return bool(most) and most is not None and ampere >= _NEAR_LIMIT * most

    @property
    def _channel(self) -> str:
        return f" {self.settings.channel}" if self.settings.channel else ""

    def _measured(self, what: str) -> float | None:
        """Raises DeviceSilent, DeviceGarbled."""
        return self._asked(f"MEAS:{what}?{self._channel}", scpi.number)

    def _maybe(self, question: str, read: Callable[[str], T]) -> T | None:
        """Return None where this instrument does not know the question: most then say nothing, some ERR."""
        with contextlib.suppress(DeviceSilent, DeviceGarbled):
            return self._asked(question, read)
        return None

    def _first_answer(self) -> scpi.Identification:
        for _ in range(_TRIES - 1):
            with contextlib.suppress(DeviceSilent, DeviceGarbled):
                return self._asked("*IDN?", scpi.identification)
        return self._asked("*IDN?", scpi.identification)

    def _asked(self, question: str, read: Callable[[str], T]) -> T:
        text = self._live.ask(_sent(question), TextReader(question))
        try:
            return read(text)
        except ValueError as error:
            raise DeviceGarbled(Said("not_understood", question=question)) from error

    def _tell(self, command: str) -> None:
        self._live.send(_sent(command))

    @property
    def _live(self) -> Line:
        if self._line is None:
            raise DeviceGone(Said("not_opened"))
        return self._line


def _sent(command: str) -> bytes:
    return f"{command}\n".encode("ascii")
