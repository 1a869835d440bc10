"""One record, its plan and the catalogue, looked at together: what was observed, and what may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diag.conclusions import isolate
from diag.conclusions.isolate import Cause, Observation, Spot
from diag.knowledge.catalogue import HOST, Catalogue, Fault
from diag.records.record import CheckRecord, ComponentRecord, Event, Record

EXAMINED = ("passed", "failed")


class Case:
    """`start` is the run's first event, which holds the plan."""

    def __init__(self, result: Record, start: Event, catalogue: Catalogue) -> None:
        self.result = result
        self.catalogue = catalogue
        self.plan: dict[tuple[str, str], Mapping[str, Any]] = {
            (part["name"], check["name"]): check for part in start["components"] for check in part["checks"]
        }
        self.needs: Mapping[str, list[str]] = {part["name"]: part["needs"] for part in start["components"]}
        self.observations = [seen for part in result.components for seen in self._observed(part)]
        seen = {one.spot for one in self.observations if one.seen}
        impossible = {Spot(part["name"], code) for part in start["components"] for code in part["impossible"]} - seen
        faults = {
            part["name"]: [
                entry for entry in catalogue.of_kind(part["kind"]) if Spot(part["name"], entry.code) not in impossible
            ]
            for part in start["components"]
        }
        spots = [Spot(name, entry.code) for name, entries in faults.items() for entry in entries]
        self.hypotheses = isolate.hypotheses(faults, self.needs, spots, start["confirmed"])
        self.effects = {one.spot: one.effects for one in self.hypotheses}

    def _observed(self, part: ComponentRecord) -> list[Observation]:
        return [one for check in part.checks for one in self._seen_by(part.name, check)]

    def _seen_by(self, part: str, check: CheckRecord) -> list[Observation]:
        found = {one.fault: one.evidence for one in check.findings if not self.is_host(one.fault)}
        whole = check.outcome in EXAMINED and not check.reason
        finds = self.plan[part, check.name]["finds"] if whole else []
        return [
            Observation(
                Spot(part, code), check.name, code in found, found.get(code, ""), asked=check.level == "interactive"
            )
            for code in dict.fromkeys([*found, *finds])
            if code in found or code not in check.not_examined
        ]

    def fault(self, code: str) -> Fault:
        """A code's entry."""
        return self.catalogue.fault(code)

    def is_host(self, code: str) -> bool:
        """Whether a code is trouble of the bench."""
        return self.fault(code).fault_class == HOST

    def causes(self) -> list[Cause]:
        """What isolation says."""
        return isolate.isolate(self.observations, self.hypotheses)

    def beliefs(self) -> dict[Spot, float]:
        """How likely each fault is, also those that nothing points to."""
        return isolate.beliefs(self.observations, self.hypotheses)
