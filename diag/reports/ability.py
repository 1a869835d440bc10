"""The diagnosability report as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from diag.conclusions.diagnosable import FaultAbility
from diag.conclusions.model import FaultAt
from diag.reports.texts import Texts

_SHOWN = 4  # others that a fault is confused with


def lines(abilities: Sequence[FaultAbility], texts: Texts) -> list[str]:
    """Return the report's lines: a line a fault, under its component."""
    kinds = {fault.at.component: texts.kind_of(fault.at.fault) for fault in abilities}
    found: list[str] = []
    component = ""
    for fault in abilities:
        if fault.at.component != component:
            component = fault.at.component
            found += ["", texts.word("report.line", name=texts.named(kinds[component], component), text="").rstrip()]
        found += _line(fault, kinds, texts)
    return [*found, "", _summary(abilities, texts)]


def data(abilities: Sequence[FaultAbility]) -> list[dict[str, Any]]:
    """Return the report as JSON data."""
    return [
        {
            "component": fault.at.component,
            "fault": fault.at.fault,
            "named_at": fault.named_at,
            "split_by": fault.split_by,
            "levels": {
                ability.level: {
                    "seen": ability.seen,
                    "named": ability.named,
                    "confused_with": [f"{other.component}:{other.fault}" for other in ability.confused_with],
                }
                for ability in fault.levels
            },
        }
        for fault in abilities
    ]


def _line(fault: FaultAbility, kinds: Mapping[str, str], texts: Texts) -> list[str]:
    level = fault.named_at
    outcome = texts.word("ability.named", level=level) if level else texts.word(f"ability.{_never(fault)}")
    found = [f"  {fault.at.fault:24}{outcome}"]
    unsure = [ability for ability in fault.levels if ability.seen and not ability.named and ability.confused_with]
    if unsure:
        highest = unsure[-1]
        names = [_name(fault, other, texts) for other in highest.confused_with[:_SHOWN]]
        others = texts.word("report.comma").join(names)
        word = "ability.confused_split" if fault.split_by else "ability.confused"
        component, _, check = (fault.split_by or "").partition(".")
        title = texts.check(kinds.get(component, ""), check)
        found.append("      " + texts.word(word, level=highest.level, others=others, check=title))
    return found


def _never(fault: FaultAbility) -> str:
    return "ambiguous" if fault.last.seen else "unseen"


def _name(fault: FaultAbility, other: FaultAt, texts: Texts) -> str:
    if other.component == fault.at.component:
        return other.fault
    return other.fault + texts.word("report.aside", text=other.component)


def _summary(abilities: Sequence[FaultAbility], texts: Texts) -> str:
    named = Counter(fault.named_at for fault in abilities)
    counts = {f"{level or 'never'}": count for level, count in named.items()}
    return texts.word(
        "ability.summary",
        count=len(abilities),
        internal=counts.get("internal", 0),
        external=counts.get("external", 0),
        interactive=counts.get("interactive", 0),
        never=counts.get("never", 0),
    )
