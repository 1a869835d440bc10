"""Runs a driver's checks against a peer, and what holds for every driver, whatever is at the other end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from diag.contract.check import Driver, Level
from diag.contract.links import Address
from diag.knowledge import catalogue, registry
from diag.run.engine import Engine, Job

Events = list[dict[str, Any]]
TIMEOUT = 0.3


def examine(kind: str, at: str, level: Level = Level.INTERNAL, **settings: Any) -> tuple[Events, float]:
    """Run the checks of a driver against an address, with nobody there; gives the events and the time it took."""
    klass = registry.driver(kind)
    made: list[Driver] = []

    def make() -> Driver:
        made.append(klass(klass.Settings(at=at, **settings), Address(at, kind)))
        return made[0]

    notices = {fault.code for fault in catalogue.load([kind]).of_kind(kind) if fault.severity == "notice"}
    begin = time.monotonic()
    events = list(Engine([Job(kind, make, klass.checks())], level, lambda *_: None, notices.__contains__).events())
    seconds = time.monotonic() - begin
    for driver in made:
        driver.close()  # the engine has closed it: a second time does nothing
    return events, seconds


def keeps_the_contract(kind: str, events: Events) -> None:
    specs = {spec.name: spec for spec in registry.driver(kind).checks()}
    ended = [event for event in events if event["event"] == "check-end"]
    assert sorted(event["check"] for event in ended) == sorted(specs)
    assert not [event for event in ended if event["outcome"] == "errored"]
    room = catalogue.load([kind])
    for event in events:
        if event["event"] == "finding" and room.fault(event["fault"]).fault_class != "host":
            allowed = {
                *specs[event["check"]].finds,
                *specs[event["check"]].hints,
                *registry.driver(kind).evidence.values(),
            }
            assert event["fault"] in allowed


def findings(events: Events) -> set[str]:
    return {event["fault"] for event in events if event["event"] == "finding"}


def half_then_silence() -> Callable[[bytes], bytes]:
    """The beginning of a block, and never its end."""
    return lambda data: b"\x5fEPS"


def hang_up_after(count: int) -> Callable[[bytes], bytes | None]:
    """Good status answers, then an unplugged cable."""
    answers = iter([b"\x16", b"\x16", b"\x12", b"\x12"][:count])
    return lambda data: next(answers, None)


def one_byte_late(delay: float) -> Callable[[bytes], bytes]:
    def behave(data: bytes) -> bytes:
        time.sleep(delay)
        return b"\x16"

    return behave


def outcomes(events: Events) -> dict[str, str]:
    return {event["check"]: event["outcome"] for event in events if event["event"] == "check-end"}
