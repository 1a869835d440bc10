"""Runs a driver's checks against a peer, and what holds for every driver, whatever is at the other end.

`python -m diag.suite.examine KIND AT LEVEL SETTINGS` does so in a process of its own, for libraries that read their
environment once. The settings are JSON; the events come as JSON, one a line, the seconds behind them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from diag.contract.check import Level, PlannedCheck
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.knowledge import catalogue, registry
from diag.records import codec
from diag.run.engine import Engine
from diag.run.worker import Job

_PROCESS_TIMEOUT = 60.0  # s


class Events(list[dict[str, Any]]):
    """The events of an examination as a record has them, and the examination's plan."""

    def __init__(self, events: Iterable[Mapping[str, Any]], plan: tuple[PlannedCheck, ...]) -> None:
        super().__init__(dict(event) for event in events)
        self.plan = plan


def examine(kind: str, at: str, level: Level = Level.INTERNAL, **settings: Any) -> tuple[Events, float]:
    """Run the checks of a driver against an address, with nobody there to answer prompts.

    Returns the events, and the seconds that the examination took.
    """
    klass = registry.driver(kind)
    chosen = klass.Settings.model_validate({"at": at, **settings})
    made: list[Driver] = []

    def make() -> Driver:
        made.append(klass(chosen, Address(at, kind)))
        return made[0]

    known = catalogue.load([kind])
    begin = time.monotonic()
    plan = klass.plan(chosen)
    engine = Engine([Job(kind, make, plan)], level, lambda *_: None, lambda code: known.fault(code).severity)
    events = Events((codec.encode(event) for event in engine.events()), plan)
    seconds = time.monotonic() - begin
    for driver in made:
        driver.close()  # the engine has closed it: a second time does nothing
    return events, seconds


def examine_apart(kind: str, at: str, level: Level, env: Mapping[str, str], **settings: Any) -> tuple[Events, float]:
    """Do the same in a process of its own with these environment variables; what hangs there ends with the process."""
    words = [kind, at, level.value, json.dumps(settings)]
    done = subprocess.run(
        [sys.executable, "-m", __name__, *words], env={**os.environ, **env}, capture_output=True, text=True,
        timeout=_PROCESS_TIMEOUT, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    *events, seconds = (json.loads(line) for line in done.stdout.splitlines())
    klass = registry.driver(kind)
    return Events(events, klass.plan(klass.Settings.model_validate({"at": at, **settings}))), seconds


def keeps_the_contract(kind: str, events: Events) -> None:
    """Assert that each planned check ended once, none by a defect, and found only what it declares."""
    plan = {check.name: check for check in events.plan}
    ended = [event for event in events if event["event"] == "check-end"]
    assert sorted(event["check"] for event in ended) == sorted(plan)
    assert not [event for event in ended if event["outcome"] == "errored"]
    room = catalogue.load([kind])
    for event in events:
        if event["event"] == "finding" and room.fault(event["fault"]).fault_class != "host":
            allowed = {
                *plan[event["check"]].finds,
                *plan[event["check"]].hints,
                *registry.driver(kind).evidence.values(),
            }
            assert event["fault"] in allowed


def findings(events: Events) -> set[str]:
    """Return all fault codes that were found."""
    return {event["fault"] for event in events if event["event"] == "finding"}


def outcomes(events: Events) -> dict[str, str]:
    """Return the outcome of each check."""
    return {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}


def reasons(events: Events) -> dict[str, str]:
    """Return the word of the reason of each check that has one."""
    return {
        event["check"]: event["reason"]["word"] for event in events if event["event"] == "check-end" and event["reason"]
    }


def main() -> None:
    """Examine once, and end without waiting for calls that hang."""
    kind, at, level, settings = sys.argv[1:]
    events, seconds = examine(kind, at, Level(level), **json.loads(settings))
    print("\n".join(json.dumps(line) for line in (*events, seconds)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
