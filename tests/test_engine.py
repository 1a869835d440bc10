"""The engine: outcomes, blocking, deadlines, prompts. The drivers here are its input, not stand-ins for ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from diag.contract.check import (
    Driver,
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Prompt,
    Settings,
    Skipped,
    Steps,
    check,
)
from diag.contract.errors import DeviceGone, DeviceSilent, HostBusy
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.links.receiving import receive
from diag.run.engine import Engine, Job

Events = list[dict[str, Any]]


def run(*drivers: type[Driver], level: Level = Level.INTERNAL, ask: Callable[..., str | None] | None = None) -> Events:
    jobs = [
        Job(klass.kind, lambda k=klass: k(Settings(), Address("sysfs:/", k.kind)), klass.checks()) for klass in drivers
    ]
    return list(Engine(jobs, level, ask or (lambda *_: None), lambda code: code.endswith("NOTICE")).events())


def ends(events: Events, component: str = "x") -> dict[str, tuple[str, str | None]]:
    return {
        event["check"]: (event["outcome"], event["reason"])
        for event in events
        if event["event"] == "check-end" and event["component"] == component
    }


class Base(Driver):
    kind = "x"
    Settings = Settings


def test_outcomes_and_what_blocks() -> None:
    class Some(Base):
        evidence: ClassVar = {DeviceSilent: "X-MUTE"}

        @check(Level.INTERNAL, finds=("X-A",))
        def finds(self) -> Steps:
            yield NotExamined(("X-B",))
            yield Finding("X-A")

        @check(Level.INTERNAL, needs=("finds",))
        def goes_on(self) -> Steps:
            yield Measurement("value", 3, limits=Limits(max=2))

        @check(Level.INTERNAL, finds=("X-NOTICE",))
        def only_notice(self) -> Steps:
            yield Finding("X-NOTICE")

        @check(Level.INTERNAL)
        def silent(self) -> Steps:
            raise DeviceSilent("nothing")
            yield

        @check(Level.INTERNAL, needs=("silent",))
        def blocked(self) -> Steps:
            yield Measurement("never", 1)

        @check(Level.INTERNAL)
        def open_(self) -> Steps:
            yield NotAnswered("one-way")

        @check(Level.INTERNAL)
        def not_fitted(self) -> Steps:
            yield Skipped("not-fitted")

        @check(Level.INTERNAL, needs=("not_fitted",))
        def goes_with_it(self) -> Steps:
            yield Measurement("never", 1)

        @check(Level.EXTERNAL)
        def prints(self) -> Steps:
            yield Measurement("never", 1)

        @check(Level.INTERNAL)
        def broken(self) -> Steps:
            yield Measurement("before", 1)
            raise ZeroDivisionError

    events = run(Some)
    assert ends(events) == {
        "finds": ("failed", None),
        "goes_on": ("failed", None),
        "only_notice": ("passed", None),
        "silent": ("failed", "silent"),
        "blocked": ("blocked", "needs"),
        "open_": ("not-answered", "one-way"),
        "not_fitted": ("skipped", "not-fitted"),
        "goes_with_it": ("skipped", "not-fitted"),
        "prints": ("skipped", "level"),
        "broken": ("errored", "defect"),
    }
    assert [event["fault"] for event in events if event["event"] == "finding"] == ["X-A", "X-NOTICE", "X-MUTE"]
    assert any(event.get("name") == "before" for event in events)
    assert [event["faults"] for event in events if event["event"] == "not-examined"] == [["X-B"]]
    assert not any(event.get("name") == "never" for event in events)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(DeviceGone("unplugged"), ("not-answered", "gone")), (HostBusy("held"), ("not-answered", "host-busy"))],
)
def test_a_lost_way_blocks_the_rest(error: Exception, outcome: tuple[str, str]) -> None:
    class Lost(Base):
        @check(Level.INTERNAL)
        def first(self) -> Steps:
            raise error
            yield

        @check(Level.INTERNAL)
        def second(self) -> Steps:
            yield Measurement("never", 1)

    assert ends(run(Lost)) == {"first": outcome, "second": ("blocked", "needs")}


def test_a_hanging_check_is_given_up_and_holds_nobody_up() -> None:
    release = threading.Event()
    closed = threading.Event()

    class Hangs(Base):
        kind = "hangs"

        @check(Level.INTERNAL, deadline=0.2)
        def hang(self) -> Steps:
            release.wait(30)
            yield Measurement("too late", 1)

        @check(Level.INTERNAL)
        def after(self) -> Steps:
            yield Measurement("never", 1)

        def close(self) -> None:
            closed.set()

    class Quick(Base):
        kind = "quick"

        @check(Level.INTERNAL)
        def fine(self) -> Steps:
            yield Measurement("value", 1)

    events = run(Hangs, Quick)
    assert ends(events, "hangs") == {"hang": ("errored", "deadline"), "after": ("blocked", "needs")}
    assert ends(events, "quick") == {"fine": ("passed", None)}
    order = [event["component"] for event in events if event["event"] == "check-end"]
    assert order.index("quick") < order.index("hangs")
    assert not any(event.get("name") == "too late" for event in events)
    release.set()
    assert closed.wait(5)


def test_components_run_at_the_same_time() -> None:
    barrier = threading.Barrier(3, timeout=10)
    kinds = []
    for name in ("a", "b", "c"):

        class Meets(Base):
            kind = name

            @check(Level.INTERNAL)
            def meet(self) -> Steps:
                barrier.wait()
                yield Measurement("met", True)

        kinds.append(Meets)
    events = run(*kinds)
    assert all(ends(events, name) == {"meet": ("passed", None)} for name in ("a", "b", "c"))


def test_prompts_reach_the_person_and_their_time_does_not_count() -> None:
    late = threading.Event()

    class Asks(Base):
        @check(Level.INTERACTIVE, deadline=0.2)
        def asks(self) -> Steps:
            answer = yield Prompt("what", ("good", "bad"))
            yield Measurement("answer", answer)

    def person(component: str, prompt: Prompt) -> str:
        assert (component, prompt.choices) == ("x", ("good", "bad"))
        late.wait(0.5)  # longer than the check's deadline
        return "bad"

    events = run(Asks, level=Level.INTERACTIVE, ask=person)
    assert ends(events) == {"asks": ("passed", None)}
    assert next(event["value"] for event in events if event["event"] == "measurement") == "bad"


def test_a_check_left_behind_neither_goes_on_nor_keeps_the_person() -> None:
    """Its device hangs, then comes back: what follows of it has been reported, and others get their turn."""
    hang, went_on = threading.Event(), threading.Event()

    class Hangs(Base):
        kind = "a"

        @check(Level.INTERACTIVE, deadline=0.2)
        def hangs(self) -> Steps:
            yield Prompt("move it", ())
            hang.wait(20)
            yield Prompt("what", ("good",))
            went_on.set()

        @check(Level.INTERACTIVE)
        def after(self) -> Steps:
            went_on.set()
            yield Prompt("what", ("good",))

    class Asks(Base):
        kind = "b"

        @check(Level.INTERACTIVE)
        def asks(self) -> Steps:
            answer = yield Prompt("what", ("good",))
            yield Measurement("answer", answer)

    asked: list[str] = []

    def person(component: str, prompt: Prompt) -> str:
        asked.append(component)
        return "good"

    jobs = [Job(k.kind, lambda k=k: k(Settings(), Address("sysfs:/", k.kind)), k.checks()) for k in (Hangs, Asks)]
    engine = Engine(jobs, Level.INTERACTIVE, person, lambda _: False)
    events = list(engine.events())
    assert ends(events, "a") == {"hangs": ("errored", "deadline"), "after": ("blocked", "needs")}
    assert ends(events, "b") == {"asks": ("passed", None)}
    hang.set()
    for thread in threading.enumerate():
        if thread.name == "posdiag a":
            thread.join(20)
    assert not went_on.is_set()


def test_a_constructor_that_fails_is_our_defect() -> None:
    class Bad(Base):
        def __init__(self, settings: Any, address: Address) -> None:
            raise KeyError("x")

        @check(Level.INTERNAL)
        def first(self) -> Steps:
            yield Measurement("never", 1)

    assert ends(run(Bad)) == {"first": ("errored", "defect")}


def test_checks_come_in_the_order_of_their_definition() -> None:
    class Parent(Base):
        @check(Level.INTERNAL)
        def zebra(self) -> Steps:
            yield Measurement("a", 1)

    class Child(Parent):
        @check(Level.INTERNAL)
        def ant(self) -> Steps:
            yield Measurement("a", 1)

    assert [spec.name for spec in Child.checks()] == ["zebra", "ant"]


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
        def measures(self) -> Steps:
            yield Measurement("value", 1)

        @check(Level.INTERNAL, finds=("X-MUTE",))
        def waits(self) -> Steps:
            engine.interruption.set()
            receive(lambda _: b"", Nothing(), 60.0, self.address.interruption)
            yield Finding("X-MUTE")

        def close(self) -> None:
            closed.append(self)

    interruption = Interruption()
    address = Address("sysfs:/", "x", interruption=interruption)
    engine = Engine([Job("x", lambda: Waiting(Settings(), address), Waiting.checks())],
                    Level.INTERNAL, lambda *_: None, lambda _: False, interruption=interruption)  # fmt: skip
    events: Events = []
    with pytest.raises(KeyboardInterrupt):
        events.extend(engine.events())
    events.extend(engine.stop(10))
    assert ends(events).get("waits") == ("skipped", "interrupted")
    assert not [event for event in events if event["event"] == "finding"]
    assert closed


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
        def waits(self) -> Steps:
            began.wait(10)
            yield Measurement("swipe", receive(card, Swipe(), 20.0, self.address.interruption))

    def run(interruption: Interruption, events: Events) -> None:
        address = Address("sysfs:/", "x", interruption=interruption)
        one = Engine([Job("x", lambda: Waiting(Settings(), address), Waiting.checks())],
                     Level.INTERNAL, lambda *_: None, lambda _: False, interruption=interruption)  # fmt: skip
        try:
            events.extend(one.events())
        except KeyboardInterrupt:
            events.extend(one.stop(10))

    flags = Interruption(), Interruption()
    told: tuple[Events, Events] = [], []
    runs = [threading.Thread(target=run, args=pair) for pair in zip(flags, told, strict=True)]
    for one in runs:
        one.start()
    began.wait(10)
    flags[0].set()
    runs[0].join(10)
    assert ends(told[0])["waits"] == ("skipped", "interrupted")
    assert runs[1].is_alive()
    swiped.set()
    runs[1].join(10)
    assert ends(told[1])["waits"] == ("passed", None)


def test_a_question_that_comes_after_ctrl_c_is_not_waited_for() -> None:
    asked = threading.Event()

    class Asking(Base):
        @check(Level.INTERNAL)
        def asks(self) -> Steps:
            asked.set()
            yield Prompt("again", ("yes", "no"))

    def at_the_prompt(*_: object) -> str:
        raise KeyboardInterrupt

    jobs = [Job(name, lambda: Asking(Settings(), Address("sysfs:/", "x")), Asking.checks()) for name in ("x", "y")]
    engine = Engine(jobs, Level.INTERNAL, at_the_prompt, lambda _: False)
    with pytest.raises(KeyboardInterrupt):
        list(engine.events())
    events = list(engine.stop(60))
    assert {name: ends(events, name)["asks"] for name in ("x", "y")} == dict.fromkeys("xy", ("skipped", "interrupted"))
