"""A record as metrics of Prometheus, for the textfile collector of its node exporter.

The text format and its escapes: https://prometheus.io/docs/instrumenting/exposition_formats/ ; the collector takes no
timestamps, so the time of the run is a metric (https://github.com/prometheus/node_exporter#textfile-collector). Labels
come from the profile and from catalogues alone, never from a device: each new value of a label is a new series.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from diag.knowledge.languages import ENGLISH
from diag.knowledge.texts import of_room
from diag.records.record import ComponentRecord, Record
from diag.reports.texts import Texts

_VERDICTS = {"pass": 0, "fail": 1, "inconclusive": 3}
_STATUSES = {"healthy": 0, "degraded": 1, "failed": 2, "unknown": 3, "not-tested": 4}
_HELP = {
    "posdiag_verdict": "Verdict of the last run: 0 pass, 1 fail, 3 inconclusive.",
    "posdiag_last_run_timestamp_seconds": "When the last run began.",
    "posdiag_component_status": "0 healthy, 1 degraded, 2 failed, 3 unknown, 4 not tested.",
    "posdiag_finding": "1 for each cause that the last run named.",
    "posdiag_wear_ratio": "Used part of the rated life or capacity, 1 is all.",
}
_WEAR = "wear"  # the check that rooms have for it


def metrics(record: Record, texts: Texts) -> str:
    """Return the file of the record's terminal."""
    samples = list(_samples(record, texts))
    lines = []
    for name, help_ in _HELP.items():
        lines += [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
        lines += [f"{name}{labels} {value}" for each, labels, value in samples if each == name]
    return "\n".join(lines) + "\n"


def terminal(record: Record) -> str:
    """Return what a terminal is called in metrics: its serial number, or else its profile."""
    return record.terminal.serial_number or record.terminal.profile


def _samples(record: Record, texts: Texts) -> Iterator[tuple[str, str, str]]:
    whose = terminal(record)
    began = datetime.fromisoformat(record.run.started).timestamp()
    yield "posdiag_verdict", _labels(terminal=whose), str(_VERDICTS[record.verdict])
    yield "posdiag_last_run_timestamp_seconds", _labels(terminal=whose), f"{began:.3f}"
    for part in record.components:
        labels = _labels(terminal=whose, component=part.name)
        yield "posdiag_component_status", labels, str(_STATUSES[part.status])
    known = [cause for cause in record.diagnosis.causes if texts.catalogue.find(cause.fault)]
    for component, code in dict.fromkeys((cause.component, cause.fault) for cause in known):
        yield "posdiag_finding", _labels(terminal=whose, component=component, code=code), "1"
    for part in record.components:
        for quantity, ratio in _wear(part, texts).items():
            labels = _labels(terminal=whose, component=part.name, measurement=quantity)
            yield "posdiag_wear_ratio", labels, f"{ratio:g}"


def _wear(part: ComponentRecord, texts: Texts) -> dict[str, float]:
    """Return the worst of each quantity that tells wear in per cent: of two batteries the one that is worn more."""
    if part.kind not in texts.catalogue.rooms:
        return {}
    titles = of_room(part.kind, ENGLISH).measurements
    found: dict[str, float] = {}
    for check in part.checks:
        for each in check.measurements if check.name == _WEAR else ():
            quantity = each.name.rpartition(".")[2]
            told = isinstance(each.value, int | float) and not isinstance(each.value, bool)
            if told and each.unit == "%" and quantity in titles:
                found[quantity] = max(found.get(quantity, 0.0), float(each.value) / 100)  # type: ignore[arg-type]  # told
    return found


def _labels(**values: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in values.items()) + "}"


def _escaped(value: str) -> str:
    text = value.encode("utf-8", "replace").decode()  # halves of a pair are no UTF-8
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
