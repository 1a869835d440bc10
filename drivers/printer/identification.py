"""What a printer says it is, and how far its counters have run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yields, check
from diag.contract.errors import DeviceGarbled, PortRefused
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.pure import escpos
from drivers.printer.reasons import ANSWERS_BEHIND, OFFLINE
from drivers.printer.settings import Counter, PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_ABSURD = 3.0  # lives: a counter beyond that is no counter (or the profile is another model's)
_MOST_HOURS = 300_000  # 34 years
_NUMBERS: dict[Counter, int] = {
    "lines": escpos.COUNTER_LINES,
    "head": escpos.COUNTER_HEAD,
    "cuts": escpos.COUNTER_CUTS,
    "hours": escpos.COUNTER_HOURS,
}
#: a counter that is near its rated life -> the fault
_WORN: dict[Counter, str] = {"head": "PRN-HEAD-WORN", "cuts": "PRN-CUTTER-WORN"}


def _wear_is_told(settings: PrinterSettings) -> tuple[str, ...]:
    """Return the faults that counters can show: those with a rated life."""
    return tuple(
        fault
        for counter, fault in _WORN.items()
        if counter in settings.counters and getattr(settings.rated_life, counter) is not None
    )


class Identification:
    """Questions that wait in the print buffer, and ask for no state."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings
        self._cut = False  # a question has cost the connection; the next one might too

    @check(Level.INTERNAL, finds=reported.answers_tell(also=("PRN-GARBLED",)), needs=("status",), essential=False)
    def identity(self) -> Yields:
        """Ask what the printer is (GS I, ESC # *). Many clones never answer, some claim to be another model."""
        if self.learned.offline:
            yield NotAnswered(OFFLINE, Said("waits_while_offline"))
            return
        if self.session.dialect.behind:
            yield NotAnswered(ANSWERS_BEHIND, Said("texts_behind"))
            return
        yield from self._unless_cut(self._told_identity())

    def _unless_cut(self, questions: Yields) -> Yields:
        """Yield what questions bring that no printer has to answer, and that a printer may cut the connection at."""
        try:
            yield from questions
        except PortRefused as error:
            self._cut = True
            yield NotAnswered(reasons.SILENT, Said("cut_at_question", said=error.told))

    def _told_identity(self) -> Yields:
        told = False  # some know only some of the questions: Citizen has no serial number to tell
        for key, text in self.session.dialect.identity():
            if text is None and not told:
                yield NotAnswered(reasons.SILENT, Said("no_identity"))
                return
            if text:
                told = self.learned.in_turn = True
                yield Identity(key, text)

    @check(
        Level.INTERNAL,
        finds=_wear_is_told,
        needs=("status",),
        essential=False,
        applies=lambda settings: bool(settings.counters),
    )
    def wear(self) -> Yields:
        """Read maintenance counters (GS g 2) against the rated life; a reset would wear the memory out."""
        behind = self.session.dialect.behind
        if self.learned.offline or behind:
            yield NotAnswered(OFFLINE if self.learned.offline else ANSWERS_BEHIND, Said("counters_wait"))
            return
        if self._cut:
            yield NotAnswered(reasons.SILENT, Said("not_asked_again"))
            return
        yield from self._unless_cut(self._counted())

    def _counted(self) -> Yields:
        try:
            for name in self.session.settings.counters:
                value = self.session.dialect.counter(_NUMBERS[name])
                if value is None:
                    yield NotAnswered(reasons.SILENT, Said("no_counter", name=name))
                    return
                self.learned.in_turn = True
                yield from self._wear_of(name, value)
        except DeviceGarbled as error:  # no fault: the printer prints, whatever its counters say
            yield NotAnswered(reasons.GARBLED, error.told)

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
        yield Measurement(f"{name}_used", used, "%", life=100)
        if name in _WORN and used >= self.settings.wear_percent:
            yield Finding(_WORN[name], Said("worn", count=value, life=life, percent=used))


def _refuse_absurd(name: str, value: int, most: float) -> None:
    if value > most:
        raise DeviceGarbled(Said("absurd_counter", name=name, count=value))
