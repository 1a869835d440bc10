"""The internal checks: what a printer says of itself. Nothing moves and nothing is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Identity,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Yielded,
    Yields,
    check,
)
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent, PeerAway, PortRefused
from diag.contract.links import SerialLine
from diag.contract.links.line import Line
from diag.contract.links.search import search
from diag.contract.links.serial_line import other_lines
from diag.contract.links.stream import Stream
from drivers.printer.dialect import Dialect, start
from drivers.printer.pure import escpos
from drivers.printer.pure.conditions import NOTHING, Answer, Condition
from drivers.printer.reasons import ANSWERS_BEHIND, COVER_OPEN, OFFLINE, ONE_WAY
from drivers.printer.settings import Counter, PrinterSettings

_RATES = (9600, 19200, 38400, 115200, 57600, 4800, 2400)  # most usual first
_PROBE = 0.05  # s; at 2400 baud a question and its answer take 17 ms, a USB adapter adds 16
_PROBE_LONG = 0.1  # s; a Star frame has nine bytes, GS r may be followed by ESC v
_PROBE_REMOTE = 0.3  # s; a serial server adds the network's time
_SEARCH = 20.0  # s for all rates
_ABSURD = 3.0  # lives: a counter beyond that is no counter (or the profile is another model's)
_MOST_HOURS = 300_000  # 34 years

#: what is wrong -> its fault
_ERRORS = {
    Condition.MECHANISM: "PRN-MECHANISM",
    Condition.CUTTER: "PRN-CUTTER",
    Condition.UNRECOVERABLE: "PRN-BOARD",
    Condition.HEAD_HOT: "PRN-HEAD-HOT",
    Condition.JAM: "PRN-PAPER-JAM",
    Condition.OVERFLOW: "PRN-OVERFLOW",
}
_OTHER_MEANING = {
    "recoverable": Condition.MECHANISM,
    "cutter": Condition.CUTTER,
    "self-recovering": Condition.SELF_RECOVERING,
}
_CAUSES = {
    Condition.CPU: "PRN-BOARD",
    Condition.ROM: "PRN-BOARD",
    Condition.GATE_ARRAY: "PRN-BOARD",
    Condition.OVERCURRENT: "PRN-BOARD",
    Condition.THERMOSTAT: "PRN-BOARD",
    Condition.SUPPLY_HIGH: "PRN-SUPPLY-HIGH",
    Condition.SUPPLY_LOW: "PRN-SUPPLY-LOW",
}
_COUNTERS: dict[Counter, int] = {
    "lines": escpos.COUNTER_LINES,
    "head": escpos.COUNTER_HEAD,
    "cuts": escpos.COUNTER_CUTS,
    "hours": escpos.COUNTER_HOURS,
}
_WORN = {"head": "PRN-HEAD-WORN", "cuts": "PRN-CUTTER-WORN"}


class Asking(Driver):
    """One printer on one byte stream, asked."""

    kind = "printer"
    Settings = PrinterSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceSilent: "PRN-MUTE",
        DeviceGarbled: "PRN-GARBLED",
        PortRefused: "PRN-PORT",
        PeerAway: "PRN-AWAY",
        DeviceGone: "PRN-ABSENT",
    }
    udev_matches = ('SUBSYSTEM=="usb", ENV{ID_USB_INTERFACES}=="*:0701*:*"',)  # USB printer class, any maker
    settings: PrinterSettings
    stream: Stream | None = None
    dialect: Dialect
    answered = False
    device_trouble = False  # it was looked for, and was silent, garbled or gone
    offline = False
    cover_open = False
    paper_end_stop = False
    parrot = ""
    first_answer = NOTHING

    @classmethod
    def impossible(cls, settings: Any) -> tuple[str, ...]:
        """What is not fitted cannot break."""
        fitted = {
            "PRN-CUTTER": settings.cutter,
            "PRN-CUTTER-WORN": settings.cutter,
            "PRN-PAPER-NEAR-END": settings.near_end_sensor,
            "PRN-DRAWER": settings.drawer != "none",
            "PRN-RIBBON": settings.technology == "impact",
            "PRN-PIN-MISSING": settings.technology == "impact",
            "PRN-DOTS-MISSING": settings.technology == "thermal",
            "PRN-PAPER-BAD": settings.technology == "thermal",
        }
        return tuple(code for code, there in fitted.items() if not there)

    @check(Level.INTERNAL, finds=("PRN-ABSENT", "PRN-PORT", "PRN-AWAY"))
    def connection(self) -> Yields:
        """The port opens, and its old contents are thrown away."""
        self.connect()
        for name, on in self.dialect.line.stream.modem_lines().items():
            yield Measurement(name, on)
        yield Measurement("unasked_bytes", self.dialect.discard_old())
        if device_id := self.dialect.line.stream.device_id():
            yield Identity("device_id", device_id)

    @check(Level.INTERNAL, finds=("PRN-MUTE", "PRN-GARBLED", "PRN-OFFLINE"), needs=("connection",))
    def status(self) -> Yields:
        """The printer answers, at its own baud rate if not at the profile's, and says whether it is online."""
        if self.settings.answers == "none":
            yield NotAnswered(ONE_WAY, "this model never answers; print and look")
            return
        try:
            answer = self.dialect.first_status()
        except (DeviceSilent, DeviceGarbled):
            rate = self._right_rate()
            if rate is None:
                raise
            if rate != self.settings.baud:
                yield Finding("PRN-GARBLED", f"answers at {rate} baud; the profile says {self.settings.baud}")
            answer = self.dialect.first_status()
        self.answered = True
        yield Measurement("answer_time", round(self.dialect.answer_time, 4), "s")
        yield Measurement("answers_behind", self.dialect.behind)
        yield from self._online(answer)

    @check(Level.INTERNAL, finds=("PRN-COVER-OPEN",), needs=("status",))
    def cover(self) -> Yields:
        """Cover, feed button, paper-end stop, error flag."""
        answer = self.dialect.cover()
        self.cover_open = Condition.COVER_OPEN in answer.on
        self.paper_end_stop = Condition.PAPER_END_STOP in answer.on
        first = self.first_answer
        if answer.on and answer.raw == first.raw and answer.source != first.source:
            self._look_for_a_parrot(answer)
        self._refuse_a_parrot()
        yield from _told(
            answer,
            cover_open=Condition.COVER_OPEN,
            feeding=Condition.FEEDING,
            stopped_on_paper_end=Condition.PAPER_END_STOP,
            error=Condition.ERROR,
        )
        if self.cover_open:
            yield Finding("PRN-COVER-OPEN", answer.evidence(Condition.COVER_OPEN))
        elif Condition.COVER_OPEN not in answer.tells:
            yield NotAnswered(reasons.NO_VALUE, "this printer does not tell")

    @check(
        Level.INTERNAL,
        finds=("PRN-CUTTER", "PRN-HEAD-HOT", "PRN-MECHANISM", "PRN-BOARD", "PRN-PAPER-JAM", "PRN-OVERFLOW"),
        needs=("status",),
    )
    def errors(self) -> Yields:
        """Recoverable, cutter, unrecoverable and self-recovering errors; what the dialect tells beyond."""
        self._refuse_a_parrot()
        answer = self._meant(self.dialect.errors())
        yield from _told(
            answer,
            recoverable_error=Condition.MECHANISM,
            cutter_error=Condition.CUTTER,
            unrecoverable_error=Condition.UNRECOVERABLE,
            self_recovering_error=Condition.SELF_RECOVERING,
            head_hot=Condition.HEAD_HOT,
            paper_jam=Condition.JAM,
            buffer_overflow=Condition.OVERFLOW,
        )
        yield from self._error_findings(answer)
        told = {fault for condition, fault in _ERRORS.items() if condition in answer.tells}
        if Condition.SELF_RECOVERING in answer.tells:
            told.add("PRN-HEAD-HOT")
        if not told:
            yield NotAnswered(reasons.NO_VALUE, "this printer does not tell")
        yield NotExamined(tuple(sorted(set(_ERRORS.values()) - told)))

    @check(Level.INTERNAL, finds=("PRN-PAPER-END", "PRN-PAPER-NEAR-END"), needs=("status",))
    def paper(self) -> Yields:
        """Paper end and near end. With the cover open the sensors see nothing that counts."""
        self._refuse_a_parrot()
        answer = self.dialect.paper()
        if Condition.PAPER_END not in answer.tells:
            yield NotAnswered(reasons.NO_VALUE, "this printer does not tell")
            return
        near_end, end = Condition.NEAR_END in answer.on, Condition.PAPER_END in answer.on
        yield Measurement("paper", "end" if end else "near-end" if near_end else "ok")
        if answer.source == "DLE EOT 4" and escpos.is_odd_paper(answer.raw[0]):
            yield Measurement("odd_sensor_bits", answer.raw.hex().upper())
        if self.cover_open and not self.paper_end_stop:
            yield NotAnswered(COVER_OPEN, "paper sensors are not reliable with the cover open")
        else:
            yield from self._paper_findings(answer, stopped=self.paper_end_stop)

    @check(
        Level.INTERNAL,
        finds=("PRN-BOARD", "PRN-SUPPLY-LOW", "PRN-SUPPLY-HIGH"),
        needs=("status",),
        essential=False,
        applies=lambda settings: settings.offline_response,
    )
    def offline_causes(self) -> Yields:
        """GS ( H 49: why it went offline. The printer says so when it happens; nothing asks for it afterwards."""
        answer = self.dialect.offline_causes(self.settings.timeout_s / 4 if self.offline else 0)
        if answer is not None:
            yield from _findings(answer, _CAUSES)
        elif self.offline:
            yield NotAnswered(OFFLINE, "it went offline before it could be told to say why")

    @check(Level.INTERNAL, finds=("PRN-GARBLED",), needs=("status",), essential=False)
    def identity(self) -> Yields:
        """GS I, or ESC # *: what the printer says it is. Many clones never answer, some claim to be another model."""
        if self.offline:
            yield NotAnswered(OFFLINE, "this question waits in the print buffer while the printer is offline")
            return
        if self.dialect.behind:
            yield NotAnswered(ANSWERS_BEHIND, "which text answers which question cannot be told")
            return
        told = False  # some know only some of the questions: Citizen has no serial number to tell
        for key, text in self.dialect.identity():
            if text is None and not told:
                yield NotAnswered(reasons.SILENT, f"no answer to the question for its {key}; many clones have none")
                return
            if text:
                told = True
                yield Identity(key, text)

    @check(
        Level.INTERNAL,
        finds=("PRN-HEAD-WORN", "PRN-CUTTER-WORN"),
        needs=("status",),
        essential=False,
        applies=lambda settings: bool(settings.counters),
    )
    def wear(self) -> Yields:
        """GS g 2: maintenance counters against the rated life. Reading only; a reset would wear the memory out."""
        if self.offline or self.dialect.behind:
            yield NotAnswered(OFFLINE if self.offline else ANSWERS_BEHIND, "counters wait in the print buffer")
            return
        try:
            for name in self.settings.counters:
                value = self.dialect.counter(_COUNTERS[name])
                if value is None:
                    yield NotAnswered(reasons.SILENT, f"no answer to the question for the counter of {name}")
                    return
                yield from self._wear_of(name, value)
        except DeviceGarbled as error:  # no fault: it prints, whatever it counts
            yield NotAnswered(reasons.GARBLED, str(error))

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """The silence of a one-way printer is no evidence; its absence is."""
        self.device_trouble = True
        if self.settings.answers == "none" and not isinstance(error, DeviceGone):
            return NotAnswered(error.reason, str(error))
        return super().judge(error)

    def close(self) -> None:
        """Leave the printer as it was found and close the port."""
        if self.stream is None:
            return
        try:
            self.dialect.finish()
        except DeviceError:
            pass  # a printer that is gone needs no tidying
        finally:
            self.stream.close()
            self.stream = None

    def reconnect(self) -> None:
        """A fresh connection, for instance after a person took his time: idle TCP connections are cut."""
        self.close()
        self.connect()
        self.dialect.discard_old()

    def connect(self) -> None:
        """Open the port at the profile's rate."""
        settings = self.settings
        line = SerialLine(settings.baud, settings.bytesize, settings.parity, settings.stopbits, settings.flow)
        self.stream = self.address.open_stream(settings.timeout_s, line)
        self.dialect = start(Line(self.stream, settings.timeout_s), settings)

    def _right_rate(self) -> int | None:
        """The rate at which the printer answers cleanly, tried on a serial line only."""
        line = self.dialect.line
        short = self.settings.dialect == "escpos" and self.settings.answers == "status"
        wait = _PROBE_REMOTE if line.stream.traits.remote else _PROBE if short else _PROBE_LONG
        wait = min(wait, self.settings.timeout_s)
        found = search(line, other_lines(line.line, _RATES), lambda: self.dialect.probe(wait), seconds=_SEARCH)
        return found.baud if found else None

    def _online(self, answer: Answer) -> Yields:
        self.first_answer = answer
        self.offline = Condition.OFFLINE in answer.on
        if Condition.OFFLINE not in answer.tells:
            yield NotExamined(("PRN-OFFLINE",))
            return
        yield Measurement("online", not self.offline)
        yield from _told(
            answer,
            drawer_pin_high=Condition.DRAWER_HIGH,
            waiting_for_recovery=Condition.WAITING,
            feed_button_pressed=Condition.FEED_PRESSED,
        )
        if self.offline:
            held = ", feed button pressed" if Condition.FEED_PRESSED in answer.on else ""
            yield Finding("PRN-OFFLINE", answer.evidence(Condition.OFFLINE) + held)
        else:
            self.dialect.watch_offline_causes()

    def _meant(self, answer: Answer) -> Answer:
        """The answer without the bits that this model uses otherwise."""
        return answer.without({_OTHER_MEANING[name] for name in self.settings.other_meaning})

    def _look_for_a_parrot(self, cover: Answer) -> None:
        """The same byte to every question, and something wrong in it: nobody there understands us."""
        others = [self.dialect.errors().raw, self.dialect.paper().raw]
        if len(cover.raw) == 1 and all(raw == cover.raw for raw in others):
            self.parrot = f"the same answer to every question: {cover.raw.hex()}"

    def _refuse_a_parrot(self) -> None:
        if self.parrot:
            raise DeviceGarbled(self.parrot)

    def _error_findings(self, answer: Answer) -> Iterator[Finding]:
        yield from _findings(answer, _ERRORS)
        # the same bit is set by opening the cover while printing
        if Condition.SELF_RECOVERING in answer.on and not self.cover_open:
            yield Finding("PRN-HEAD-HOT", f"{answer.evidence(Condition.SELF_RECOVERING)}, cover closed")

    def _paper_findings(self, answer: Answer, *, stopped: bool) -> Iterator[Finding]:
        if stopped or Condition.PAPER_END in answer.on:
            yield Finding("PRN-PAPER-END", answer.evidence(Condition.PAPER_END))
        elif Condition.NEAR_END in answer.on and self.settings.near_end_sensor:
            yield Finding("PRN-PAPER-NEAR-END", answer.evidence(Condition.NEAR_END))

    def _wear_of(self, name: Counter, value: int) -> Yields:
        if name == "hours":
            _refuse_absurd(name, value, _MOST_HOURS)
            yield Measurement("operating_time", value, "h")
            return
        life = getattr(self.settings.rated_life, name)
        if life is not None:
            _refuse_absurd(name, value, _ABSURD * life)
        yield Measurement(f"{name}_count", value)
        if life is None:
            return
        used = round(100 * value / life, 1)
        yield Measurement(f"{name}_used", used, "%")
        if name in _WORN and used >= self.settings.wear_percent:
            yield Finding(_WORN[name], f"{value} of {life}, {used:g} %")


def _refuse_absurd(name: str, value: int, most: float) -> None:
    if value > most:
        raise DeviceGarbled(f"the counter of {name} says {value}, which cannot be")


def _told(answer: Answer, **names: Condition) -> Iterator[Yielded]:
    """A measurement for each condition that the answer tells."""
    for name, condition in names.items():
        if condition in answer.tells:
            yield Measurement(name, condition in answer.on)


def _findings(answer: Answer, faults: Mapping[Condition, str]) -> Iterator[Finding]:
    for condition, fault in faults.items():
        if condition in answer.on:
            yield Finding(fault, answer.evidence(condition))


def all_findings(*sources: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of several sources, each fault once."""
    seen = set()
    for source in sources:
        for finding in source:
            if finding.fault not in seen:
                seen.add(finding.fault)
                yield finding


def cause_findings(answer: Answer | None) -> Iterator[Finding]:
    """What an offline response says."""
    return _findings(answer or NOTHING, _CAUSES)
