"""Yields: they wait for all components, come one at a time as they are chosen, and what looks back comes last."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from diag.contract import reasons
from diag.contract.check import Level, Measurement, Phase, Prompt, Yields, check
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.contract.loads import Loads
from diag.contract.reasons import Reason
from diag.contract.settings import Settings
from diag.run.engine import Engine
from diag.run.worker import Job
from tests.engine_runs import Events, ends, told


class Plain(Driver):
    kind = "a"
    Settings = Settings

    @check(Level.INTERNAL)
    def rests(self) -> Yields:
        yield Measurement("rests", 1)

    @check(Level.INTERNAL, phase=Phase.CLOSING)
    def looks_back(self) -> Yields:
        yield Measurement("looks_back", 1)

    @check(Level.INTERACTIVE, phase=Phase.STEP)
    def one(self) -> Yields:
        yield Prompt("one", ("done",))

    @check(Level.INTERACTIVE, phase=Phase.STEP, needs=("one",))
    def two(self) -> Yields:
        yield Prompt("two", ("done",))


class Prepares(Driver):
    kind = "b"
    Settings = Settings

    @check(Level.INTERACTIVE)
    def puts_in(self) -> Yields:
        yield Prompt("put_in", ("done",))

    @check(Level.INTERNAL)
    def after(self) -> Yields:
        yield Measurement("after", 1)

    @check(Level.INTERACTIVE, phase=Phase.STEP)
    def one(self) -> Yields:
        yield Prompt("one", ("done",))

    @check(Level.INTERACTIVE, phase=Phase.STEP)
    def two(self) -> Yields:
        yield Prompt("two", ("done",))


Choices = list[tuple[str, str] | Reason]


def engine(choices: Choices | None, *drivers: type[Driver], level: Level = Level.INTERACTIVE) -> Engine:
    waiting = iter(choices or ())
    jobs = [Job(k.kind, lambda k=k: k(Settings(), Address("sysfs:/", k.kind)), k.plan(Settings())) for k in drivers]
    choose = None if choices is None else lambda: next(waiting)
    return Engine(jobs, level, lambda *_: "done", lambda _: "degraded", choose)


def begun(events: Events) -> list[str]:
    return [f"{event['component']}.{event['check']}" for event in events if event["event"] == "check-start"]


def test_steps_come_as_chosen_and_the_rest_says_why_not() -> None:
    events = list(
        told(engine([("a", "one"), ("b", "one"), ("a", "two"), reasons.NOT_NEEDED], Plain, Prepares).events())
    )
    order = begun(events)
    assert set(order[:3]) == {"a.rests", "b.puts_in", "b.after"}  # what others build on is no step
    assert order[3:] == ["a.one", "b.one", "a.two", "a.looks_back"]
    assert ends(events, "b")["two"] == ("skipped", "not-needed")


def test_without_a_choice_they_come_in_their_order() -> None:
    assert begun(list(told(engine(None, Plain).events()))) == ["a.rests", "a.one", "a.two", "a.looks_back"]


def test_at_lower_levels_nobody_waits() -> None:
    events = list(told(engine([], Plain, Prepares, level=Level.INTERNAL).events()))
    assert ends(events, "a")["one"] == ("skipped", "level")
    assert ends(events, "a")["looks_back"] == ("passed", None)


def test_ctrl_c_between_two_steps() -> None:
    def choices() -> Iterator[tuple[str, str]]:
        yield "a", "one"
        one.interruption.set()
        yield "a", "two"

    waiting = choices()
    jobs = [Job("a", lambda: Plain(Settings(), Address("sysfs:/", "a")), Plain.plan(Settings()))]
    one = Engine(jobs, Level.INTERACTIVE, lambda *_: "done", lambda _: "degraded", lambda: next(waiting))
    events: Events = []
    with pytest.raises(KeyboardInterrupt):
        events.extend(told(one.events()))
    events.extend(told(one.stop(10)))
    assert ends(events, "a")["one"] == ("passed", None)
    assert ends(events, "a")["two"] == ("skipped", "interrupted")
    assert ends(events, "a")["looks_back"] == ("skipped", "interrupted")


def test_a_component_that_hangs_does_not_keep_the_others_from_their_steps() -> None:
    hang = threading.Event()

    class Hangs(Driver):
        kind = "h"
        Settings = Settings

        @check(Level.INTERNAL, deadline=0.2)
        def hangs(self) -> Yields:
            hang.wait(30)
            yield Measurement("late", 1)

    events = list(told(engine([("a", "one"), ("a", "two"), reasons.NOT_NEEDED], Plain, Hangs).events()))
    hang.set()
    assert ends(events, "h")["hangs"] == ("errored", "deadline")
    assert ends(events, "a")["two"] == ("passed", None)


def test_loads_are_known_while_they_last() -> None:
    """One component draws, the other sees it begin and end."""
    seen: list[tuple[bool, bool]] = []
    watching, drawn = threading.Event(), threading.Event()

    class Draws(Driver):
        kind = "a"
        Settings = Settings

        @check(Level.EXTERNAL, draws=True)
        def draws(self) -> Yields:
            watching.wait(20)
            yield Measurement("begun", 1)
            drawn.wait(20)

    class Watches(Driver):
        kind = "b"
        Settings = Settings

        @check(Level.EXTERNAL)
        def watches(self) -> Yields:
            while not self.loads.on:
                assert self.loads.to_come
            seen.append((self.loads.on, self.loads.to_come))
            watching.set()
            drawn.set()
            while self.loads.to_come:
                pass
            seen.append((self.loads.on, self.loads.to_come))
            yield Measurement("seen", len(seen))

    events = list(told(engine(None, Draws, Watches, level=Level.EXTERNAL).events()))
    assert seen == [(True, True), (False, False)]
    assert ends(events, "b")["watches"] == ("passed", None)


def test_a_load_of_a_higher_level_is_not_waited_for() -> None:
    class Draws(Driver):
        kind = "a"
        Settings = Settings

        @check(Level.EXTERNAL, draws=True)
        def draws(self) -> Yields:
            yield Measurement("drawn", 1)

    one = engine(None, Draws, level=Level.INTERNAL)
    assert not one.loads.to_come
    assert not Loads().to_come
