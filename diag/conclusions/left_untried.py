"""What was left untried of a component that answers well: the checks without which a fault cannot be excluded."""

from __future__ import annotations

from collections.abc import Iterable

from diag.conclusions.case import Case, CheckAt
from diag.conclusions.effort import AT_HAND, COST, with_needs
from diag.conclusions.model import LIKELIHOOD, FaultAt
from diag.contract import reasons
from diag.contract.check import Level, Phase
from diag.records.outcome import Ending

_EXCLUDES = LIKELIHOOD["usually"]  # a finding that a fault brings about at least so often excludes the fault by absence


def left_untried(case: Case, component: str) -> list[CheckAt]:
    """Return the checks that were not run, need nothing but a person, and alone can exclude a fault of a component.

    Checks with a tool or a spare part isolate what other checks find. Of checks that exclude the same fault only the
    easiest is returned. A fault that is no more than a notice needs no check.
    """
    untried = {check for check in case.untried() if check.component == component}
    chains = {check: with_needs(case, check, untried) for check in untried if not case.checks[check].plan.confirms}
    chains = {check: chain for check, chain in chains.items() if all(_is_at_hand(case, link) for link in chain)}
    not_seen = {observation.at for observation in case.observations if not observation.seen}
    open_ = {at for at in case.effects if _matters(case, at, component) and not _shown_by(case, at) & not_seen}
    order = {name: place for place, name in enumerate(case.components[component].checks)}
    found = []
    for check, chain in sorted(chains.items(), key=lambda item: (_effort(case, item[1]), order[item[0].check])):
        excluded = _excluded_by(case, chain, open_)
        if excluded:
            found.append(check)
            open_ -= excluded
    return sorted(found, key=lambda check: order[check.check])


def _is_at_hand(case: Case, check: CheckAt) -> bool:
    return case.checks[check].plan.takes in AT_HAND


def _matters(case: Case, at: FaultAt, component: str) -> bool:
    fault = case.catalogue.find(at.fault) if at.component == component else None
    return fault is not None and fault.severity != "notice"


def _shown_by(case: Case, at: FaultAt) -> set[FaultAt]:
    """Return the findings whose absence excludes a fault."""
    return {finding for finding, chance in case.effects[at].items() if chance >= _EXCLUDES}


def _excluded_by(case: Case, chain: Iterable[CheckAt], faults: Iterable[FaultAt]) -> set[FaultAt]:
    finds = {FaultAt(check.component, code) for check in chain for code in _found_with(case, check)}
    return {at for at in faults if _shown_by(case, at) & finds}


def _found_with(case: Case, check: CheckAt) -> set[str]:
    """Return what a check can find; after a person has put a card in, also what the checks can that had none."""
    plan = case.checks[check].plan
    found = {*plan.finds}
    if plan.phase is Phase.EXAMINE and plan.level is Level.INTERACTIVE:
        waiting = (other for other in case.components[check.component].checks.values() if _lacks_a_card(other.ending))
        found.update(code for other in waiting for code in other.plan.finds)
    return found


def _lacks_a_card(ending: Ending) -> bool:
    return ending.reason == reasons.NO_CARD


def _effort(case: Case, chain: Iterable[CheckAt]) -> float:
    plans = [case.checks[check].plan for check in chain]
    return sum(COST[plan.takes] + plan.seconds for plan in plans)
