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
_EVIDENCE = {
    reason.word for reason in (reasons.SILENT, reasons.GARBLED, reasons.GONE, reasons.REFUSED, reasons.AWAY)
}  # fmt: skip


def junit(record: Record, texts: Texts) -> str:
    """Return the record as a JUnit XML file."""
    root = ET.Element("testsuites", name="posdiag")
    for part in record.components:
        suite = ET.SubElement(
            root, "testsuite", name=_clean(texts.component(part)), timestamp=_clean(record.run.started)
        )
        kinds: Counter[str] = Counter()
        names: Counter[str] = Counter()
        for check in part.checks:
            names[check.name] += 1
            again = f"[{names[check.name]}]" if names[check.name] > 1 else ""
            case = ET.SubElement(
                suite, "testcase", name=_clean(check.name + again),
                classname=_clean(f"posdiag.{record.terminal.profile}.{part.name}"), time=f"{check.seconds:.3f}",
            )  # fmt: skip
            if kind := _kind(check):
                kinds[kind] += 1
                _result(case, kind, part, check, texts)
        counted = {"tests": len(part.checks), "failures": kinds["failure"], "errors": kinds["error"]}
        for name, count in {**counted, "skipped": kinds["skipped"]}.items():
            suite.set(name, str(count))
        suite.set("time", f"{sum(check.seconds for check in part.checks):.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


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
