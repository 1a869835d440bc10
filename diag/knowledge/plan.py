"""What a run of a profile is going to do, as data: components, what they need, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diag.contract.check import CheckSpec
from diag.knowledge.profile import Component


def address(part: Component) -> str:
    """Where a component is reached; empty where the profile leaves that open."""
    at: str = part.settings.model_dump()["at"]
    return at


def entries(parts: Sequence[Component]) -> list[dict[str, Any]]:
    """One entry a component, as it stands in a run's first event."""
    chosen = {part.name for part in parts}
    return [
        {
            "name": part.name,
            "kind": part.kind,
            "driver": part.kind,
            "at": address(part),
            "needs": [need for need in part.needs if need in chosen],
            "impossible": list(part.driver.impossible(part.settings)),
            "checks": [
                {**_check(spec), "fitted": spec.name not in part.driver.unfitted(part.settings)}
                for spec in part.driver.checks()
            ],
        }
        for part in parts
    ]


def _check(spec: CheckSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "level": spec.level.value,
        "finds": list(spec.finds),
        "essential": spec.essential,
        "settles": list(spec.settles),
        "needs": list(spec.needs),
        "seconds": spec.seconds,
        "takes": spec.takes,
    }
