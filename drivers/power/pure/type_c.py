"""The ports of USB-C: who gives power, and how much by the resistors of the cable.

Documentation/ABI/testing/sysfs-class-typec: power_role and power_operation_mode of portN; portN-partner is there while
something is plugged in. USB Type-C specification, 4.5.2.3: default USB power is 500 mA, else 1.5 A or 3.0 A at 5 V.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.power.pure.attributes import Attributes, word

ATTRIBUTES = ("power_role", "power_operation_mode")
_OFFERED_A = {"default": 0.5, "1.5A": 1.5, "3.0A": 3.0}  # with power delivery the contract says more


@dataclass(frozen=True, slots=True)
class Port:
    """One port that something is plugged into. `offered_a`: what the other side gives at 5 V; None: agreed or given."""

    name: str
    role: str
    mode: str
    offered_a: float | None


def ports(tree: Mapping[str, Attributes]) -> list[Port]:
    """Return the ports of a tree that have a partner."""
    found = []
    for name, attributes in sorted(tree.items()):
        if not re.fullmatch(r"port\d+", name) or f"{name}-partner" not in tree:
            continue
        active = re.search(r"\[(\w+)\]", attributes.get("power_role", ""))
        role, mode = active[1] if active else "", word(attributes, "power_operation_mode") or ""
        found.append(Port(name, role, mode, _OFFERED_A.get(mode) if role == "sink" else None))
    return found
