"""Runs of the engine alone, over drivers that a test writes, with their events as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from diag.contract.check import Level
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.contract.settings import Settings
from diag.records import codec
from diag.records.events import Event
from diag.run.engine import Engine
from diag.run.worker import Job

Events = list[dict[str, Any]]


def run(
    *drivers: type[Driver],
    level: Level = Level.INTERNAL,
    ask: Callable[..., str | None] | None = None,
    at: str = "sysfs:/",
) -> Events:
    jobs = [
        Job(klass.kind, lambda k=klass: k(Settings(), Address(at, k.kind)), klass.plan(Settings())) for klass in drivers
    ]
    return list(told(Engine(jobs, level, ask or (lambda *_: None), severity).events()))


def severity(code: str) -> str | None:
    return None if code == "X-NONSENSE" else "notice" if code.endswith("NOTICE") else "degraded"


def told(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The events as data; those before an interruption are not lost."""
    return (codec.encode(event) for event in events)


def ends(events: Events, component: str = "x") -> dict[str, tuple[str, str | None]]:
    return {
        event["check"]: (event["outcome"], event["reason"] and event["reason"]["word"])
        for event in events
        if event["event"] == "check-end" and event["component"] == component
    }


class Base(Driver):
    kind = "x"
    Settings = Settings
