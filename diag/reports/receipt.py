"""What a run's result is on the terminal's own paper: a few lines, and what support needs as a QR code."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from diag.contract import privacy
from diag.knowledge.languages import Text
from diag.records.record import Record
from diag.reports import sentences
from diag.reports.texts import Texts, local, safe

_MOST = 3  # causes
_LONGEST = 120  # letters of one text, for paper is short and a device may say anything
#: no colon, so that nothing is an address of the web to a telephone
_NOT_IN_A_CODE = re.compile(r"[^A-Za-z0-9._/+-]")
_LONGEST_IN_A_CODE = 40


def lines(record: Record, texts: Texts) -> list[str]:
    """Return the verdict, the causes with their codes, the time, the terminal and the run."""
    verdict = texts.word(f"verdict.{record.verdict}")
    number = record.terminal.serial_number
    told = [
        "posdiag",
        *texts.origin(record.run.origin),
        texts.word("report.line", name=verdict, text=sentences.conclusion(record, texts)),
        *(_cause(cause.fault, texts) for cause in record.diagnosis.causes[:_MOST]),
        local(record.run.started),
        safe(Text(record.terminal.name).in_(texts.lang)),
        *([texts.word("report.serial_number", number=safe(number))] if number else []),
        safe(record.run.id),
    ]
    return [str(privacy.scan(_cut(line, _LONGEST))[0]) for line in told]


def code(record: Record) -> str:
    """Return the text of the QR code in ASCII: codes, serial number, run and time; never an address."""
    faults = ",".join(_plain(cause.fault) for cause in record.diagnosis.causes[:_MOST])
    number = f" SN={_plain(record.terminal.serial_number)}" if record.terminal.serial_number else ""
    time = datetime.fromisoformat(record.run.started).astimezone(UTC)
    text = f"POSDIAG {faults or record.verdict}{number} RUN={_plain(record.run.id)} AT={time:%Y-%m-%dT%H%M%SZ}"
    return str(privacy.scan(text)[0])


def _cause(fault: str, texts: Texts) -> str:
    return texts.word("report.line", name=safe(texts.spoken(fault)), text=texts.title(fault))


def _plain(text: str) -> str:
    return _NOT_IN_A_CODE.sub("?", text[:_LONGEST_IN_A_CODE])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"
