"""The contract every driver keeps, whatever is at the other end: it ends in time and blames nobody wrongly."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from diag.bench import simulate
from diag.contract.peers import EVERY_DRIVER, EVERY_STREAM_DRIVER, Peer, Service, Talker
from diag.knowledge import catalogue, registry, texts
from diag.suite import live_peers
from diag.suite.declared import Case, cases, trials
from diag.suite.examine import Events, examine, examine_apart, findings, keeps_the_contract, outcomes, reasons

pytestmark = pytest.mark.xdist_group("timing")

KINDS = registry.driver_names()


@pytest.mark.parametrize("kind", KINDS)
def test_every_driver_declares_its_peers(kind: str) -> None:
    """A room without `suite.py`, or with one that leaves a misbehaviour out, is not a driver yet."""
    declared = trials(kind)
    assert declared, f"{registry.room_file(kind, 'suite.py')} declares no TRIALS: see docs/adding-a-driver.md"
    names = {name for trial in declared for name in trial.peers}
    on_streams = any(isinstance(peer.place, Talker) for trial in declared for peer in trial.peers.values())
    missing = (EVERY_STREAM_DRIVER if on_streams else EVERY_DRIVER) - names
    assert not missing


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_bad_peers(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with contextlib.ExitStack() as until_the_end:
        at, env = until_the_end.enter_context(live_peers.opened(case.peer.place, case.link, tmp_path))
        if isinstance(case.peer.place, Service):
            events, seconds = examine_apart(case.kind, at, case.level, env, **case.settings)
        else:
            events, seconds = examine(case.kind, at, case.level, **case.settings)
    assert capfd.readouterr() == ("", "")  # no driver prints
    keeps_the_contract(case.kind, events)
    _says_what_is_declared(case.peer, events)
    assert case.peer.shortest <= seconds < case.longest
    own = at.rpartition(":")[2]  # a TCP port may hold the same digits
    assert not case.secret or case.secret not in str(events).replace(own, "")


def _says_what_is_declared(peer: Peer, events: Events) -> None:
    found, ended = findings(events), outcomes(events)
    if peer.any_of:
        assert found
        assert found <= (peer.finds or set())
    elif peer.finds is not None:
        assert found == peer.finds
    assert all(ended[check] == "passed" for check in peer.passes)
    assert all(ended[check] != "passed" for check in peer.open)
    assert {check: reasons(events)[check] for check in peer.reasons} == peer.reasons


@pytest.mark.parametrize("kind", KINDS)
def test_the_room_is_complete(kind: str) -> None:
    """Every check has a name for people; what checks find and a simulator shows stands in `faults.yaml` and texts."""
    driver, room, told = registry.driver(kind), catalogue.load([kind]).rooms[kind], texts.of_room(kind, "en")
    assert driver.kind == kind
    assert set(told.checks) == {spec.check.name for spec in driver.checks()}
    assert set(told.faults) == set(room.faults)
    assert set(driver.evidence.values()) <= set(room.faults)
    for trial in trials(kind):
        for settings in trial.settings.values():
            for check in driver.plan(driver.Settings(**settings)):
                assert {*check.finds, *check.hints} <= set(room.faults)
    assert simulate.all_faults(kind) <= set(room.faults)


@pytest.mark.parametrize("kind", KINDS)
def test_each_check_comes_behind_what_it_needs(kind: str) -> None:
    before: set[str] = set()
    for spec in registry.driver(kind).checks():
        assert set(spec.check.needs) <= before
        before.add(spec.check.name)
