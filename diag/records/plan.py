"""From a profile's components to the plan of a run: what is examined, and by which checks."""

from __future__ import annotations

from collections.abc import Sequence

from diag.knowledge.profile import Component
from diag.records.events import PlannedComponent


def planned(parts: Sequence[Component]) -> tuple[PlannedComponent, ...]:
    """Return the plan for these components; a need of a component that is not among them is left out."""
    chosen = {part.name for part in parts}
    return tuple(
        PlannedComponent(
            part.name,
            part.kind,
            part.kind,
            part.at,
            tuple(need for need in part.needs if need in chosen),
            part.driver.impossible(part.settings),
            part.driver.plan(part.settings),
            part.remarks,
        )
        for part in parts
    )
