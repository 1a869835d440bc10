"""A record in brief: what is reckoned with over many runs, as trends and readiness do, and nothing else.

The store keeps it beside the record, for to read a record whole takes milliseconds. Left out are all texts that say
what was seen, all values that are no numbers, and what speaks for a cause. Reports show the record itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from diag.contract import privacy
from diag.records.record import (
    BecauseRecord,
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    LimitsRecord,
    MeasurementRecord,
    Record,
    RunRecord,
    TerminalRecord,
    from_json,
    to_json,
)

_SERIAL = "serial_number"


def to_text(record: Record) -> str | None:
    """Return a record in brief, without what looks like card data; None where nothing is left of it then."""
    data = _data(record)
    if privacy.scan(data)[1]:
        try:
            data = _data(from_json(privacy.scan(to_json(record))[0]))
        except (TypeError, ValueError, LookupError):  # a card number where no text can be
            return None
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()  # halves of a pair are no UTF-8


def from_text(text: str) -> Record:
    """Return the record that a text has in brief. Raises ValueError, TypeError or LookupError for another text."""
    run, terminal, verdict, parts, causes = json.loads(text)
    return Record(
        RunRecord(**run),
        TerminalRecord(**terminal),
        [_part(*part) for part in parts],
        verdict=verdict,
        diagnosis=DiagnosisRecord([_cause(*cause) for cause in causes]),
    )


def _data(record: Record) -> list[Any]:
    causes = [
        [each.component, each.fault, each.fault_class, each.severity, each.certainty]
        for each in record.diagnosis.causes
    ]
    parts = [_of_part(part) for part in record.components]
    return [to_json(record.run), to_json(record.terminal), record.verdict, parts, causes]


def _of_part(part: ComponentRecord) -> list[Any]:
    serial = {_SERIAL: part.identity[_SERIAL]} if _SERIAL in part.identity else {}
    checks = [
        [
            each.name,
            each.level,
            each.outcome,
            each.reason,
            [_of_number(one) for one in each.measurements if _counts(one)],
        ]
        for each in part.checks
    ]
    because = to_json(part.because)
    return [part.name, part.kind, part.driver, part.status, part.at, serial, because, part.not_tried, checks]


def _counts(measured: MeasurementRecord) -> bool:
    return isinstance(measured.value, int | float) and not isinstance(measured.value, bool)


def _of_number(measured: MeasurementRecord) -> list[Any]:
    limits = measured.limits and [measured.limits.min, measured.limits.max]
    return [measured.name, measured.value, measured.unit, limits, measured.life]


def _part(
    name: str, kind: str, driver: str, status: Any, at: str, serial: dict[str, str], because: Any, *rest: Any
) -> ComponentRecord:
    not_tried, checks = rest
    why = BecauseRecord(**because) if because else None
    return ComponentRecord(name, kind, driver, status, at, serial, [_check(*each) for each in checks], why, not_tried)


def _check(name: str, level: Any, outcome: Any, reason: str | None, numbers: Sequence[Any]) -> CheckRecord:
    return CheckRecord(name, level, outcome, reason, measurements=[_number(*each) for each in numbers])


def _number(name: str, value: float, unit: str | None, limits: Any, life: float | None) -> MeasurementRecord:
    return MeasurementRecord(name, value, unit, LimitsRecord(*limits) if limits else None, life=life)


def _cause(component: str, fault: str, fault_class: str, severity: str, certainty: float) -> CauseRecord:
    return CauseRecord(component, {}, fault, fault_class, severity, certainty)
