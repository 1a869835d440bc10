"""The effort of a check: its time, what the person has to fetch, and the checks that have to run before it."""

from __future__ import annotations

from diag.conclusions.case import Case, CheckAt

#: what a check takes besides time -> seconds that it counts as
COST = {"nothing": 0.0, "person": 15.0, "tool": 60.0, "spare": 120.0}
AT_HAND = ("nothing", "person")  # what a check takes that anybody can run at once


def with_needs(case: Case, check: CheckAt, untried: set[CheckAt]) -> list[CheckAt]:
    """Return the untried checks that a check needs, and the check itself last."""
    chain = [check]
    for name in case.checks[check].plan.needs:
        need = CheckAt(check.component, name)
        if need in untried:
            chain = [*(link for link in with_needs(case, need, untried) if link not in chain), *chain]
    return chain
