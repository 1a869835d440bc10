"""The engine: outcomes, blocking, deadlines, prompts. The drivers here are its input, not stand-ins for ours."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Prompt,
    Skipped,
    Yields,
    check,
)
from diag.contract.errors import DeviceGarbled, DeviceGone, DeviceSilent, HostBusy
from diag.contract.links import Address
from diag.contract.links.tap import Silent, seal
from diag.contract.reasons import Reason
from diag.contract.settings import Settings
from diag.run.engine import Engine
from diag.run.worker import Job, Worker
from tests.engine_runs import Base, ends, run, told


def test_outcomes_and_what_blocks() -> None:
    class Some(Base):
        evidence: ClassVar = {DeviceSilent: "X-MUTE"}

        @check(Level.INTERNAL, finds=("X-A",))
        def finds(self) -> Yields:
            yield NotExamined(("X-B",))
            yield Finding("X-A")

        @check(Level.INTERNAL, needs=("finds",))
        def goes_on(self) -> Yields:
            yield Measurement("value", 3, limits=Limits(max=2))

        @check(Level.INTERNAL, finds=("X-NOTICE",))
        def only_notice(self) -> Yields:
            yield Finding("X-NOTICE")

        @check(Level.INTERNAL)
        def silent(self) -> Yields:
            raise DeviceSilent("nothing")
            yield

        @check(Level.INTERNAL, needs=("silent",))
        def blocked(self) -> Yields:
            yield Measurement("never", 1)

        @check(Level.INTERNAL)
        def open_(self) -> Yields:
            yield NotAnswered(Reason("one-way"))

        @check(Level.INTERNAL)
        def not_fitted(self) -> Yields:
            yield Skipped(reasons.NOT_APPLICABLE)

        @check(Level.INTERNAL, needs=("not_fitted",))
        def goes_with_it(self) -> Yields:
            yield Measurement("never", 1)

        @check(Level.EXTERNAL)
        def prints(self) -> Yields:
            yield Measurement("never", 1)

        @check(Level.INTERNAL)
        def broken(self) -> Yields:
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
        "not_fitted": ("skipped", "not-applicable"),
        "goes_with_it": ("skipped", "not-applicable"),
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
        def first(self) -> Yields:
            raise error
            yield

        @check(Level.INTERNAL)
        def second(self) -> Yields:
            yield Measurement("never", 1)

    assert ends(run(Lost)) == {"first": outcome, "second": ("blocked", "needs")}


def test_a_hanging_check_is_given_up_and_holds_nobody_up() -> None:
    release = threading.Event()
    closed = threading.Event()

    class Hangs(Base):
        kind = "hangs"

        @check(Level.INTERNAL, deadline=0.2)
        def hang(self) -> Yields:
            release.wait(30)
            yield Measurement("too late", 1)

        @check(Level.INTERNAL)
        def after(self) -> Yields:
            yield Measurement("never", 1)

        def close(self) -> None:
            closed.set()

    class Quick(Base):
        kind = "quick"

        @check(Level.INTERNAL)
        def fine(self) -> Yields:
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
            def meet(self) -> Yields:
                barrier.wait()
                yield Measurement("met", True)

        kinds.append(Meets)
    events = run(*kinds)
    assert all(ends(events, name) == {"meet": ("passed", None)} for name in ("a", "b", "c"))


def test_prompts_reach_the_person_and_their_time_does_not_count() -> None:
    late = threading.Event()

    class Asks(Base):
        @check(Level.INTERACTIVE, deadline=0.2)
        def asks(self) -> Yields:
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
        def hangs(self) -> Yields:
            yield Prompt("move it", ())
            hang.wait(20)
            yield Prompt("what", ("good",))
            went_on.set()

        @check(Level.INTERACTIVE)
        def after(self) -> Yields:
            went_on.set()
            yield Prompt("what", ("good",))

    class Asks(Base):
        kind = "b"

        @check(Level.INTERACTIVE)
        def asks(self) -> Yields:
            answer = yield Prompt("what", ("good",))
            yield Measurement("answer", answer)

    asked: list[str] = []

    def person(component: str, prompt: Prompt) -> str:
        asked.append(component)
        return "good"

    jobs = [
        Job(k.kind, lambda k=k: k(Settings(), Address("sysfs:/", k.kind)), k.plan(Settings())) for k in (Hangs, Asks)
    ]
    engine = Engine(jobs, Level.INTERACTIVE, person, lambda _: "degraded")
    events = list(told(engine.events()))
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
        def first(self) -> Yields:
            yield Measurement("never", 1)

    assert ends(run(Bad)) == {"first": ("errored", "defect")}


@pytest.mark.parametrize(("sealed", "reason"), [(True, "defect"), (False, "configuration")])
def test_what_goes_wrong_in_a_replay_is_our_defect_where_the_trace_is_whole(
    sealed: bool, reason: str, tmp_path: Path
) -> None:
    class Bad(Base):
        @check(Level.INTERNAL)
        def fails(self) -> Yields:
            yield Measurement("value", 1 // 0)

    begin = b'{"t": 0.0, "component": "x", "op": "begin"}\n'
    file = tmp_path / "trace"
    file.write_bytes(begin + (seal(hashlib.sha256(begin).hexdigest()) if sealed else b""))
    assert ends(run(Bad, at=f"trace:{file}")) == {"fails": ("errored", reason)}


def test_checks_come_in_the_order_of_their_definition() -> None:
    class Parent(Base):
        @check(Level.INTERNAL)
        def zebra(self) -> Yields:
            yield Measurement("a", 1)

    class Child(Parent):
        @check(Level.INTERNAL)
        def ant(self) -> Yields:
            yield Measurement("a", 1)

    assert [spec.check.name for spec in Child.checks()] == ["zebra", "ant"]


def test_a_code_that_no_catalogue_has_is_our_defect_and_the_run_goes_on() -> None:
    class Mistyped(Base):
        @check(Level.INTERNAL, finds=("X-A",))
        def finds(self) -> Yields:
            yield Measurement("before", 1)
            yield Finding("X-NONSENSE")
            yield Finding("X-A")

        @check(Level.INTERNAL)
        def goes_on(self) -> Yields:
            yield Measurement("value", 1)

    events = run(Mistyped)
    assert ends(events) == {"finds": ("errored", "defect"), "goes_on": ("passed", None)}
    assert not [event for event in events if event["event"] == "finding"]
    assert "X-NONSENSE" in str(next(event["detail"] for event in events if event["event"] == "check-end"))


def test_the_clock_runs_again_before_the_answer_arrives() -> None:
    """Else the check could end first, and a clock started after its end would end it a second time."""
    running: list[bool] = []

    class Asks(Base):
        @check(Level.INTERACTIVE, deadline=60)
        def asks(self) -> Yields:
            for _ in range(50):
                yield Prompt("what", ("good", "bad"))
                worker = threading.current_thread()
                assert isinstance(worker, Worker)
                running.append(worker.ends < float("inf"))

    events = run(Asks, level=Level.INTERACTIVE, ask=lambda *_: "good")
    assert running == [True] * 50
    assert ends(events) == {"asks": ("passed", None)}


def test_a_finding_knows_whether_it_rests_on_a_person() -> None:
    class Asks(Base):
        @check(Level.INTERACTIVE)
        def swipes(self) -> Yields:
            yield Prompt("swipe", ())

        @check(Level.INTERACTIVE)
        def swaps(self) -> Yields:
            yield Prompt("swap", ("done", "cannot"))

        @check(Level.INTERACTIVE)
        def looks(self) -> Yields:
            yield Prompt("swap", ("done", "cannot"))
            yield Prompt("look", ("good", "bad"))

        @check(Level.INTERACTIVE)
        def nobody(self) -> Yields:
            yield Prompt("silent", ("good", "bad"))

    def person(component: str, prompt: Prompt) -> str | None:
        return None if prompt.text == "silent" else prompt.choices[0] if prompt.choices else "shown"

    events = run(Asks, level=Level.INTERACTIVE, ask=person)
    sources = {event["check"]: event["source"] for event in events if event["event"] == "check-end"}
    assert sources == {"swipes": "instrument", "swaps": "deed", "looks": "word", "nobody": "instrument"}


def test_what_the_link_proves_is_told_once() -> None:
    class Proves(Base):
        @check(Level.INTERNAL)
        def first(self) -> Yields:
            self.address.prove("connected", "a port")
            self.address.prove("connected", "the same port")
            yield Measurement("value", 1)

        @check(Level.INTERNAL)
        def second(self) -> Yields:
            self.address.prove("connected", "again")
            yield Measurement("value", 1)

    facts = [event for event in run(Proves) if event["event"] == "fact"]
    assert [(fact["check"], fact["name"], fact["detail"]) for fact in facts] == [("first", "connected", "a port")]


class Ticking(Silent):
    """A tap whose clock goes on by ten seconds each time that it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        self.seconds += 10
        return self.seconds


@pytest.mark.parametrize(("error", "asked"), [(DeviceGarbled, 5), (None, 9)])
def test_a_device_that_makes_no_sense_does_not_hold_its_component(error: type[Exception] | None, asked: int) -> None:
    """Each of these checks takes ten seconds by the address's clock; steps, which look for the reason, do not count."""

    class Floods(Base):
        def _ask(self) -> Yields:
            if error:
                raise error("noise")
            yield Measurement("value", 1)

    names = [f"check_{number}" for number in range(9)]
    for name in names:
        method = check(Level.INTERNAL)(_named(Floods._ask, name))  # the class is this test's own
        setattr(Floods, name, method)
    address = Address("sysfs:/", "x", Ticking())
    jobs = [Job("x", lambda: Floods(Settings(), address), Floods.plan(Settings()))]
    events = list(told(Engine(jobs, Level.INTERNAL, lambda *_: None, lambda _: "degraded").events()))
    outcomes = ends(events)
    assert [reason for _, reason in outcomes.values()].count("patience") == 9 - asked


def _named(method: Any, name: str) -> Any:
    def copy(self: Any) -> Yields:
        yield from method(self)

    copy.__name__ = name
    return copy
