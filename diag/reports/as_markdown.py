"""A report in Markdown, for tickets. Each sign that means something in Markdown stands behind a backslash.

CommonMark takes any ASCII punctuation behind a backslash as it is (https://spec.commonmark.org, "Backslash escapes").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.records.record import Record
from diag.reports.page import Cause, Page, Part, page
from diag.reports.texts import Texts

#: signs that mean something anywhere, those that do at the beginning of a line, and those that make an address of text
_SIGNS = re.compile(r"([\\`*_\[\]<>#!|~$&^]|^[-+=]|(?<=\d)[.)](?= |$)|(?<=:)/(?=/)|(?<=www)\.)")


def markdown(record: Record, texts: Texts) -> str:
    """Return the report of a run in Markdown."""
    return "\n".join(_lines(page(record, texts), texts))


def _lines(page: Page, texts: Texts) -> Iterator[str]:
    yield from (f"**{_plain(page.answer)}**", "", _plain(page.heading))
    for text in (*page.remarks, *page.because):
        yield from ("", _plain(text))
    for cause in page.causes:
        yield from _cause(cause, texts)
    if page.open:
        yield from ("", _plain(texts.word("report.open")), "", *(f"- {_plain(line)}" for line in page.open))
    if page.next:
        yield from ("", _plain(page.next))
    for part in page.parts:
        yield from _part(part)
    yield from ("", f"posdiag, {_plain(page.run)}")


def _cause(cause: Cause, texts: Texts) -> Iterator[str]:
    yield from ("", f"## {_plain(cause.code)} {_plain(cause.title)}", "")
    yield from (f"- {_plain(line)}" for line in cause.about)
    if cause.steps:
        yield from ("", _plain(texts.word("report.what_to_do")), "")
        yield from (f"{number}. {_plain(step)}" for number, step in enumerate(cause.steps, 1))


def _part(part: Part) -> Iterator[str]:
    yield from ("", f"### {part.mark} {_plain(part.name)} {_plain(part.at)}", "")
    if part.identity:
        yield "- " + _plain("  ".join(f"{key}={value}" for key, value in part.identity))
    for check in part.checks:
        yield f"- {_plain(check.line)}"
        yield from (f"  - {_plain(name)} {_plain(text)}" for name, text in check.seen)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
