"""Runs a driver's checks against a peer, and what holds for every driver, whatever is at the other end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from diag.contract.check import Level, PlannedCheck
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.knowledge import catalogue, registry
from diag.records import codec
from diag.records.events import Event
from diag.run.engine import Engine
from diag.run.worker import Job


class Events(list[dict[str, Any]]):
    """The events of an examination, and its plan."""

    def __init__(self, events: Iterable[Event], plan: tuple[PlannedCheck, ...]) -> None:
        super().__init__(codec.encode(event) for event in events)
        self.plan = plan


TIMEOUT = 0.3


def examine(kind: str, at: str, level: Level = Level.INTERNAL, **settings: Any) -> tuple[Events, float]:
    """Run the checks of a driver against an address, with nobody there; gives the events and the time it took."""
    klass = registry.driver(kind)
    chosen = klass.Settings(at=at, **settings)
    made: list[Driver] = []

    def make() -> Driver:
        made.append(klass(chosen, Address(at, kind)))
        return made[0]

    known = catalogue.load([kind])
    begin = time.monotonic()
    plan = klass.plan(chosen)
    engine = Engine([Job(kind, make, plan)], level, lambda *_: None, lambda code: known.fault(code).severity)
    events = Events(engine.events(), plan)
    seconds = time.monotonic() - begin
    for driver in made:
        driver.close()  # the engine has closed it: a second time does nothing
    return events, seconds


def keeps_the_contract(kind: str, events: Events) -> None:
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
