"""The engine at Ctrl-C: waits end, which is no evidence; other runs go on; no question is waited for."""

from __future__ import annotations

import contextlib
import functools
import threading

import pytest

from diag.contract.check import (
    Finding,
    Level,
    Measurement,
    Prompt,
    Yields,
    check,
)
from diag.contract.errors import Interrupted
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.links.receiving import receive
from diag.contract.settings import Settings
from diag.run.engine import Engine
from diag.run.worker import Job
from tests.engine_runs import Base, Events, ends, severity, told


class Nothing:
    """A collector to which nothing comes."""

    pause = 1.0

    def feed(self, piece: bytes) -> None:
        raise AssertionError(piece)

    def end(self) -> None:
        raise AssertionError


def test_ctrl_c_ends_a_wait_which_is_no_evidence_then() -> None:
    """The run ends soon, and the device is given back."""
    closed = []

    class Waiting(Base):
        @check(Level.INTERNAL)
        def measures(self) -> Yields:
            yield Measurement("value", 1)

        @check(Level.INTERNAL, finds=("X-MUTE",))
        def waits(self) -> Yields:
            engine.interruption.set()
            receive(lambda _: b"", Nothing(), 60.0, self.address.interruption)
            yield Finding("X-MUTE")

        def close(self) -> None:
            closed.append(self)

    interruption = Interruption()
    address = Address("sysfs:/", "x", interruption=interruption)
    jobs = [Job("x", lambda: Waiting(Settings(), address), Waiting.plan(Settings()))]
    engine = Engine(jobs, Level.INTERNAL, lambda *_: None, severity, interruption=interruption)
    events: Events = []
    with pytest.raises(KeyboardInterrupt):
        events.extend(told(engine.events()))
    events.extend(told(engine.stop(10)))
    assert ends(events).get("waits") == ("skipped", "interrupted")
    assert not [event for event in events if event["event"] == "finding"]
    assert closed


def test_a_check_that_watches_says_what_it_has_seen() -> None:
    """A check that does not catch the interruption, between two waits, ends as before."""

    class Watching(Base):
        @check(Level.INTERNAL, finds=("X-MUTE",))
        def watches(self) -> Yields:
            try:
                engine.interruption.set()
                receive(lambda _: b"", Nothing(), 60.0, self.address.interruption)
            except Interrupted:
                pass
            for seen in (Measurement("first", 1), Measurement("second", 2), Finding("X-MUTE")):
                with contextlib.suppress(Interrupted):
                    yield seen

    class Careless(Base):
        @check(Level.INTERNAL, finds=("X-MUTE",))
        def goes_on(self) -> Yields:
            engine.interruption.set()
            yield Measurement("first", 1)
            yield Finding("X-MUTE")

    seen = {}
    for driver in (Watching, Careless):
        interruption = Interruption()
        address = Address("sysfs:/", "x", interruption=interruption)
        jobs = [Job("x", functools.partial(driver, Settings(), address), driver.plan(Settings()))]
        engine = Engine(jobs, Level.INTERNAL, lambda *_: None, severity, interruption=interruption)
        events: Events = []
        with contextlib.suppress(KeyboardInterrupt):
            events.extend(told(engine.events()))
        events.extend(told(engine.stop(10)))
        names = [
            event.get("name") or event.get("fault") for event in events if event["event"] in ("measurement", "finding")
        ]
        seen[driver.__name__] = (names, ends(events))
    assert seen["Watching"] == (["first", "second", "X-MUTE"], {"watches": ("failed", "interrupted")})
    assert seen["Careless"] == (["first"], {"goes_on": ("skipped", "interrupted")})


def test_an_interrupted_run_does_not_end_another_one() -> None:
    """Two runs in one process, each waiting on its own address."""
    began = threading.Barrier(3)
    swiped = threading.Event()

    class Swipe:
        pause = 0.1

        def feed(self, piece: bytes) -> str:
            return "swiped"

        def end(self) -> None:
            return None

    def card(seconds: float) -> bytes:
        return b"x" if swiped.wait(seconds) else b""

    class Waiting(Base):
        @check(Level.INTERNAL)
        def waits(self) -> Yields:
            began.wait(10)
            yield Measurement("swipe", receive(card, Swipe(), 20.0, self.address.interruption))

    def run(interruption: Interruption, events: Events) -> None:
        address = Address("sysfs:/", "x", interruption=interruption)
        one = Engine(
            [Job("x", lambda: Waiting(Settings(), address), Waiting.plan(Settings()))],
            Level.INTERNAL,
            lambda *_: None,
            severity,
            interruption=interruption,
        )
        try:
            events.extend(told(one.events()))
        except KeyboardInterrupt:
            events.extend(told(one.stop(10)))

    flags = Interruption(), Interruption()
    heard: tuple[Events, Events] = [], []
    runs = [threading.Thread(target=run, args=pair) for pair in zip(flags, heard, strict=True)]
    for one in runs:
        one.start()
    began.wait(10)
    flags[0].set()
    runs[0].join(10)
    assert ends(heard[0])["waits"] == ("skipped", "interrupted")
    assert runs[1].is_alive()
    swiped.set()
    runs[1].join(10)
    assert ends(heard[1])["waits"] == ("passed", None)


def test_a_question_that_comes_after_ctrl_c_is_not_waited_for() -> None:
    asked = threading.Event()

    class Asking(Base):
        @check(Level.INTERNAL)
        def asks(self) -> Yields:
            asked.set()
            yield Prompt("again", ("yes", "no"))

    def at_the_prompt(*_: object) -> str:
        raise KeyboardInterrupt

    jobs = [
        Job(name, lambda: Asking(Settings(), Address("sysfs:/", "x")), Asking.plan(Settings())) for name in ("x", "y")
    ]
    engine = Engine(jobs, Level.INTERNAL, at_the_prompt, lambda _: "degraded")
    with pytest.raises(KeyboardInterrupt):
        list(engine.events())
    events = list(told(engine.stop(60)))
    assert {name: ends(events, name)["asks"] for name in ("x", "y")} == dict.fromkeys("xy", ("skipped", "interrupted"))
