"""With any one part of a demo terminal broken, `check` never says a plain READY, and `check --guided` finds trouble.

A fault that asking the device shows is trouble in the verdict. A fault that only a try shows is as good as invisible:
there `check` reads as on a healthy terminal, and has to say in the verdict's own sentence that a try is left which
looks for the fault.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from diag.contract.check import Level
from diag.knowledge import catalogue, profile
from diag.records.record import Record, from_json
from diag.reports.merchant import merchant
from diag.reports.texts import Texts
from tests.bench.runs import Injected, injectable
from tests.conftest import ROOT, Command, Single
from tests.test_faults_by_name import CASES, DEMOS, NOTICES, known, owner

TROUBLE = ("NOT ", "READY, BUT ")
INJECTED = [one for one in injectable([], 1) if one.fault not in NOTICES]
TO_TRY = [one for one in INJECTED if one.level is not Level.INTERNAL]
#: what no program sees by itself, each fault once
TO_SHOW = list({one.fault: one for one in reversed(TO_TRY) if one.level is Level.INTERACTIVE}.values())
TO_ASK = [(name, code) for name, code in CASES if known(name, owner(name, code))[code] is Level.INTERNAL]
_HEALTHY: dict[str, Record] = {}


@pytest.fixture
def healthy(posdiag: Command) -> dict[str, Record]:
    """What `check` examines of each healthy demo terminal, once for all tests of a process."""
    for name in DEMOS:
        if name not in _HEALTHY:
            _HEALTHY[name] = from_json(json.loads(posdiag("demo", name, "--level", "internal", "--json").out))
    return _HEALTHY


def first_line(record: Record) -> str:
    return merchant(record, Texts(catalogue.load({part.kind for part in record.components}), "en")).splitlines()[0]


def finds(one: Injected, check: str) -> bool:
    """Return whether a check can find a fault."""
    part = profile.load(one.profile).components[one.component]
    plan = next(planned for planned in part.driver.plan(part.settings) if planned.name == check)
    return one.fault in (*plan.finds, *plan.hints)


def test_there_are_many_faults_to_look_for() -> None:
    assert len(TO_TRY) > 60
    assert len(TO_ASK) > 40


@pytest.mark.parametrize("name", DEMOS)
def test_a_healthy_terminal_is_not_plainly_ready_before_somebody_tried(healthy: dict[str, Record], name: str) -> None:
    assert first_line(healthy[name]).startswith("READY")
    assert "Not tried yet: " in first_line(healthy[name])


@pytest.mark.parametrize("one", TO_TRY, ids=lambda one: f"{one.profile} {one.fault}@{one.component}")
def test_a_fault_that_a_try_shows(healthy: dict[str, Record], posdiag: Command, one: Injected) -> None:
    """Where no try that is left looks for the fault itself, the broken part alone is examined."""
    (part,) = (part for part in healthy[one.profile].components if part.name == one.component)
    if not any(finds(one, check) for check in part.not_tried):
        at = f"{one.fault}@{one.component}"
        done = posdiag(
            "demo", one.profile, "--component", one.component, "--fault", at, "--level", "internal", "--json"
        )
        first = first_line(from_json(done.record))
        assert first.startswith(TROUBLE) or "Not tried yet: " in first


@pytest.mark.parametrize(("name", "code"), TO_ASK)
def test_a_fault_that_asking_shows_is_trouble(single: Single, name: str, code: str) -> None:
    """The same runs as those of test_faults_by_name."""
    alone = ("--component", "printer") if name != "demo/countertop" and owner(name, code) == "printer" else ()
    first = first_line(from_json(single(name, code, *alone).record))
    assert first.startswith(TROUBLE) or "Not tried yet: " in first or code in NOTICES


@pytest.mark.parametrize("one", TO_SHOW, ids=lambda one: f"{one.profile} {one.fault}@{one.component}")
def test_a_guided_check_finds_what_nobody_can_ask(one: Injected) -> None:
    """A healthy terminal is READY after it: test_check.py."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.guided_run", one.profile, f"{one.fault}@{one.component}"],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(TROUBLE)
