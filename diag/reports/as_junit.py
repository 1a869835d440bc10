"""A record as JUnit XML, in the subset that Jenkins and GitLab both read: a suite a component, a test case a check.

GitLab shows the class name and the text inside a result, and no attribute; Jenkins shows both
(https://docs.gitlab.com/ci/testing/unit_test_reports/). The same name twice counts once there, so each is unique.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal
from xml.etree import ElementTree as ET

from diag.contract import reasons
from diag.records.record import CheckRecord, ComponentRecord, Record
from diag.reports import sentences
from diag.reports.texts import Texts

_Kind = Literal["failure", "error", "skipped"]

#: characters that XML 1.0 does not have, not even escaped (https://www.w3.org/TR/xml/#charsets)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 1e9  # s; more than thirty years
_EVIDENCE = {
    reason.word for reason in (reasons.SILENT, reasons.GARBLED, reasons.GONE, reasons.REFUSED, reasons.AWAY)
}  # fmt: skip


def junit(record: Record, texts: Texts) -> str:
    """Return the record as a JUnit XML file."""
    root = ET.Element("testsuites", name="posdiag")
    taken: Counter[tuple[str, str]] = Counter()
    for part in record.components:
        suite = ET.SubElement(
            root, "testsuite", name=_clean(texts.component(part)), timestamp=_clean(record.run.started)
        )
        kinds: Counter[str] = Counter()
        whose = _clean(f"posdiag.{record.terminal.profile}.{part.name}")
        for check in part.checks:
            name = _unique(whose, _clean(check.name), taken)
            case = ET.SubElement(suite, "testcase", name=name, classname=whose, time=_seconds(check.seconds))
            if kind := _kind(check):
                kinds[kind] += 1
                _result(case, kind, part, check, texts)
        counted = {"tests": len(part.checks), "failures": kinds["failure"], "errors": kinds["error"]}
        for name, count in {**counted, "skipped": kinds["skipped"]}.items():
            suite.set(name, str(count))
        suite.set("time", _seconds(sum(check.seconds for check in part.checks)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _unique(whose: str, name: str, taken: Counter[tuple[str, str]]) -> str:
    """Return a test case's name, numbered where the class has it already."""
    found = name = name or "-"
    while (whose, found) in taken:
        taken[whose, name] += 1
        found = f"{name}[{taken[whose, name]}]"
    taken[whose, found] = 1
    return found


def _seconds(seconds: float) -> str:
    """Return a duration; none where the record's is absurd, for it may come from anywhere."""
    return f"{seconds if 0 <= seconds < _LONGEST else 0.0:.3f}"


def _kind(check: CheckRecord) -> _Kind | None:
    """Return what stands in a test case; None where the check passed."""
    if check.outcome == "passed":
        return None
    reason = check.reason or ""
    if check.outcome == "errored" or reason.startswith("host-") or reason == reasons.CONFIGURATION.word:
        return "error"
    if check.outcome == "failed" or (check.outcome == "not-answered" and reason in _EVIDENCE):
        return "failure"
    return "skipped"


def _result(case: ET.Element, kind: _Kind, part: ComponentRecord, check: CheckRecord, texts: Texts) -> None:
    codes = [f"{each.fault}: {texts.title(each.fault)}" for each in check.findings]
    message = _clean("; ".join(codes) or sentences.check(part, check, texts))
    values = [sentences.measurement(part.kind, each, texts) for each in check.measurements]
    evidence = [f"{name}  {text}" for name, text in sentences.seen(part, check, texts)]
    result = ET.SubElement(case, kind, message=message)
    if kind != "skipped":
        result.set("type", kind)
    result.text = _clean("\n".join([message, *evidence, *values]))


def _clean(text: str) -> str:
    return _NO_XML.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
