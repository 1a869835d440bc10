"""Which faults a printer can report by itself with its settings, and what its answers report.

What a check can find is drawn from here, and so is what the check yields. Both come from tables: `pure/conditions.py`
has the fault of each condition, `pure/escpos.py` and `pure/star.py` the bits that tell the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from diag.contract.check import Finding, NotExamined
from diag.contract.said import Said
from drivers.printer.pure import escpos, full_status, star
from drivers.printer.pure.conditions import CAUSES, COVER, ERRORS, PAPER, Answer, Condition, Faults
from drivers.printer.pure.escpos import Status
from drivers.printer.settings import PrinterSettings, has_status_lines

FaultsOfSettings = Callable[[PrinterSettings], tuple[str, ...]]

#: what the status lines of the port show
PORT_FAULTS = ("PRN-PAPER-END", "PRN-OFFLINE")
_OTHER_MEANING = {
    "recoverable": Condition.RECOVERABLE_ERROR,
    "cutter": Condition.CUTTER_ERROR,
    "self-recovering": Condition.SELF_RECOVERING_ERROR,
}


def told_with(settings: PrinterSettings) -> frozenset[Condition]:
    """Return the conditions that a printer with these settings can tell; none for a printer that never answers."""
    if settings.answers == "none":
        return frozenset()
    answers = "status" if settings.answers == "unknown" else settings.answers
    told = star.TELLS if settings.dialect == "star" else escpos.TELLS[answers]
    if settings.dialect == "escpos" and answers == "status":
        told = frozenset[Condition]().union(*(escpos.TELLS_REAL_TIME[Status(n)] for n in settings.real_time))
    causes = escpos.TELLS_CAUSES if settings.offline_response and settings.dialect == "escpos" else frozenset()
    full = full_status.TELLS if settings.full_status and answers == "status" else frozenset()
    return (told - _of_other_meaning(settings)) | causes | full


def answers_tell(*tables: Faults, also: tuple[str, ...] = ()) -> FaultsOfSettings:
    """Return which faults of these tables a printer can report, as a function of its settings.

    `also`: faults that the question shows where the printer answers at all.
    """

    def told(settings: PrinterSettings) -> tuple[str, ...]:
        tells = told_with(settings)
        return () if settings.answers == "none" else tuple(dict.fromkeys((*also, *_faults(tables, tells))))

    return told


def other_language_tells(*tables: Faults) -> FaultsOfSettings:
    """Return which faults of these tables a printer may report that answers otherwise than its profile says."""

    def told(settings: PrinterSettings) -> tuple[str, ...]:
        every = star.TELLS | escpos.TELLS["status"]
        expected = {*_faults(tables, told_with(settings))}
        more = (fault for fault in _faults(tables, every) if fault not in expected)
        return () if settings.answers == "none" else tuple(dict.fromkeys(more))

    return told


def not_told(answer: Answer, settings: PrinterSettings, *tables: Faults) -> Iterator[NotExamined]:
    """Yield the faults of these tables that the settings promise and this answer turned out not to tell."""
    missing = set(_faults(tables, told_with(settings))) - set(_faults(tables, answer.tells))
    if missing:
        yield NotExamined(tuple(sorted(missing)))


def port_may_show(settings: PrinterSettings) -> tuple[str, ...]:
    """Return the faults that the port shows after a page of a printer that never answers."""
    return PORT_FAULTS if settings.answers == "none" and has_status_lines(settings) else ()


def as_meant(answer: Answer, settings: PrinterSettings) -> Answer:
    """Return an answer without the bits that this model uses for something else."""
    return answer.without(_of_other_meaning(settings))


def shows(answer: Answer, condition: Condition) -> Said:
    """Return how an answer shows a condition: the question, the bytes, and what they mean."""
    return Said("told", sources=answer.sources, raw=in_hex(answer.raw), condition=Said(condition.value))


def in_hex(raw: bytes) -> str:
    """Return bytes as evidence shows them."""
    return raw.hex(" ").upper()


def cause_findings(answer: Answer | None) -> Iterator[Finding]:
    """Yield what an offline response says."""
    if answer is not None:
        yield from _findings(answer, CAUSES)


def cover_findings(answer: Answer) -> Iterator[Finding]:
    """Yield whether the cover is open."""
    yield from _findings(answer, COVER)


def error_findings(answer: Answer, *, cover_open: bool) -> Iterator[Finding]:
    """Yield the errors that an answer reports."""
    for condition, fault in ERRORS.items():
        if condition not in answer.on:
            continue
        if condition is not Condition.SELF_RECOVERING_ERROR:
            yield Finding(fault, shows(answer, condition))
        elif not cover_open:  # the same bit is set by opening the cover while printing
            yield Finding(fault, Said("cover_closed", said=shows(answer, condition)))


def stopped_by_paper_end(answer: Answer) -> Said | None:
    """Return how the printer says that the paper's end has stopped it; None where it does not."""
    stopped = Condition.STOPPED_ON_PAPER_END
    return shows(answer, stopped) if stopped in answer.on else None


def paper_findings(answer: Answer, settings: PrinterSettings, *, stopped: Said | None) -> Iterator[Finding]:
    """Yield paper end or near end. `stopped`: how the printer says that the paper's end has stopped it.

    Some stop at the near end already, where an application has set that (ESC c 4).
    """
    if Condition.PAPER_END in answer.on:
        yield Finding(PAPER[Condition.PAPER_END], shows(answer, Condition.PAPER_END))
    elif stopped:
        yield Finding(PAPER[Condition.PAPER_END], stopped)
    elif Condition.NEAR_END in answer.on and settings.near_end_sensor:
        yield Finding(PAPER[Condition.NEAR_END], shows(answer, Condition.NEAR_END))


def port_findings(answer: Answer) -> Iterator[Finding]:
    """Yield what the status lines of the port say."""
    if Condition.PAPER_END in answer.on:
        yield Finding("PRN-PAPER-END", _port_shows(answer, Condition.PAPER_END))
    stopped = [condition for condition in (Condition.OFFLINE, Condition.ERROR) if condition in answer.on]
    if stopped:
        yield Finding("PRN-OFFLINE", _port_shows(answer, stopped[0]))


def _port_shows(answer: Answer, condition: Condition) -> Said:
    return Said("port_shows", raw=in_hex(answer.raw), condition=Said(condition.value))


def _of_other_meaning(settings: PrinterSettings) -> frozenset[Condition]:
    return frozenset(_OTHER_MEANING[name] for name in settings.other_meaning)


def _faults(tables: Iterable[Faults], tells: frozenset[Condition]) -> Iterator[str]:
    return (fault for table in tables for condition, fault in table.items() if condition in tells)


def _findings(answer: Answer, faults: Faults) -> Iterator[Finding]:
    return (Finding(fault, shows(answer, condition)) for condition, fault in faults.items() if condition in answer.on)
