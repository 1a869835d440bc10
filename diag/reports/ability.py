"""The diagnosability report as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from diag.conclusions.diagnosable import Row
from diag.reports.texts import Texts

_SHOWN = 4  # others that a fault is confused with


def lines(rows: Sequence[Row], texts: Texts) -> list[str]:
    """A line a fault, under its component."""
    found: list[str] = []
    component = ""
    for row in rows:
        if row.at.component != component:
            component = row.at.component
            found += ["", f"{component}:"]
        found += _line(row, texts)
    return [*found, "", _summary(rows, texts)]


def data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "component": row.at.component,
            "fault": row.at.fault,
            "named_at": row.named_at,
            "split_by": row.split_by,
            "levels": {
                one.level: {
                    "seen": one.seen,
                    "named": one.named,
                    "confused_with": [f"{other.component}:{other.fault}" for other in one.confused_with],
                }
                for one in row.tellings
            },
        }
        for row in rows
    ]


def _line(row: Row, texts: Texts) -> list[str]:
    level = row.named_at
    outcome = texts.word("ability.named", level=level) if level else texts.word(f"ability.{_never(row)}")
    found = [f"  {row.at.fault:24}{outcome}"]
    unsure = [one for one in row.tellings if one.seen and not one.named and one.confused_with]
    if unsure:
        one = unsure[-1]
        names = [_name(row, other.component, other.fault) for other in one.confused_with[:_SHOWN]]
        others = texts.word("report.comma").join(names)
        by = row.split_by
        word = "ability.confused_split" if by else "ability.confused"
        found.append("      " + texts.word(word, level=one.level, others=others, check=by or ""))
    return found


def _never(row: Row) -> str:
    return "ambiguous" if row.last.seen else "unseen"


def _name(row: Row, component: str, fault: str) -> str:
    return fault if component == row.at.component else f"{fault} ({component})"


def _summary(rows: Sequence[Row], texts: Texts) -> str:
    named = Counter(row.named_at for row in rows)
    counts = {f"{level or 'never'}": count for level, count in named.items()}
    return texts.word(
        "ability.summary",
        count=len(rows),
        internal=counts.get("internal", 0),
        external=counts.get("external", 0),
        interactive=counts.get("interactive", 0),
        never=counts.get("never", 0),
    )
