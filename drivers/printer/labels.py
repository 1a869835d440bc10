"""Label printers on a receipt printer's port, asked in their own languages (`pure/labels.py`)."""

from __future__ import annotations

from contextlib import suppress

from diag.contract.errors import DeviceSilent, PortRefused
from diag.contract.links.line import Line
from diag.contract.said import Said
from drivers.printer.pure.conditions import Answer, Condition
from drivers.printer.pure.labels import LabelLanguage, may_be

_WAIT = 0.3  # s for an answer of a printer that was silent


def asked_as_labels(line: Line, heard: bytes, *, may_get_text: bool) -> tuple[LabelLanguage, Answer] | None:
    """Ask as label printers are asked; return who answers, and what is told; None where nobody does.

    `heard`: all that came to the questions for receipt printers. `may_get_text`: as for `may_be`.
    """
    for language in may_be(heard, may_get_text=may_get_text):
        with suppress(DeviceSilent, PortRefused):
            said = {_answer(line, language) for _ in range(language.times)}
            line.send(language.undo)
            told = language.status(said.pop())
            if told is not None and not said:
                return language, told
    return None


def told_as(language: LabelLanguage, answer: Answer, *conditions: Condition) -> Said:
    """Return what a label printer tells; without conditions all that is on."""
    shown = conditions or sorted(answer.on)
    told = [Said(condition.value) for condition in shown] or Said("nothing_wrong")
    return Said("label_told", language=language.name, sources=answer.sources, told=told)


def _answer(line: Line, language: LabelLanguage) -> bytes:
    line.old()
    line.unasked.take()
    line.send(language.ask)
    heard = b""
    for data in line.pieces(min(line.timeout, _WAIT)):
        heard += data
        if language.is_whole(heard):
            break
    return heard
