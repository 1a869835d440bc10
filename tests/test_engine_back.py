"""Going back to the question before: the corrected answer replaces the first, and the record says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diag.contract import reasons
from diag.contract.check import BACK, Finding, Level, Phase, Prompt, Yields, check
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.contract.reasons import Reason
from diag.contract.settings import Settings
from diag.records import codec
from diag.records.events import PlannedComponent, RunStarted
from diag.records.examination import Examination, ExaminedCheck
from diag.run.engine import Engine
from diag.run.worker import Job

YES_NO = ("yes", "no")


class First(Driver):
    kind = "a"
    Settings = Settings

    def __init__(self, settings: Any, address: Address) -> None:
        super().__init__(settings, address)
        self.runs: list[str] = []

    @check(Level.INTERACTIVE, finds=("X-PUT-IN",))
    def put_in(self) -> Yields:
        if (yield Prompt("put_in", YES_NO)) == "no":
            yield Finding("X-PUT-IN")

    @check(Level.INTERACTIVE, finds=("X-TWO",), needs=("put_in",))
    def two_questions(self) -> Yields:
        one = yield Prompt("one", YES_NO)
        two = yield Prompt("two", YES_NO)
        if "no" in (one, two):
            yield Finding("X-TWO", f"{one} {two}")

    @check(Level.INTERACTIVE, phase=Phase.STEP, finds=("X-STEP",))
    def step(self) -> Yields:
        if (yield Prompt("step", YES_NO)) == "no":
            yield Finding("X-STEP")


class Second(Driver):
    kind = "b"
    Settings = Settings

    @check(Level.INTERACTIVE, phase=Phase.STEP, finds=("X-STEP",))
    def step(self) -> Yields:
        if (yield Prompt("step", YES_NO)) == "no":
            yield Finding("X-STEP")


Asked = list[tuple[str, str, bool]]  # component, question, whether there is a way back


def run(*drivers: type[Driver], answers: list[str]) -> tuple[Examination, Asked]:
    """Run the drivers; each question gets the next answer. Steps are chosen that have not ended, the first first."""
    asked: Asked = []
    given = iter(answers)
    plans = [PlannedComponent(k.kind, k.kind, k.kind, checks=k.plan(Settings())) for k in drivers]
    examined = Examination(RunStarted("r", "t", Level.INTERACTIVE, "0", "h", "p", {}, None, tuple(plans), {}))

    def ask(component: str, prompt: Prompt) -> str | None:
        asked.append((component, prompt.name, prompt.may_go_back))
        return next(given)

    def choose() -> tuple[str, str] | Reason:
        for name, part in examined.components.items():
            for one in part.checks.values():
                if one.plan.phase is Phase.STEP and one.ending.outcome.name == "NOT_RUN":
                    return name, one.plan.name
        return reasons.NOT_NEEDED

    jobs = [Job(k.kind, _maker(k), k.plan(Settings())) for k in drivers]
    for event in Engine(jobs, Level.INTERACTIVE, ask, lambda _: "degraded", choose).events():
        examined.apply(codec.decode(codec.encode(event)))  # as a journal keeps it
    assert next(given, None) is None
    return examined, asked


def _maker(klass: type[Driver]) -> Callable[[], Driver]:
    return lambda: klass(Settings(), Address("sysfs:/", klass.kind))


def found(examined: Examination, component: str, name: str) -> tuple[list[str], list[str]]:
    """Return the fault codes that a check found, and the questions whose answers were corrected."""
    one: ExaminedCheck = examined.components[component].checks[name]
    return [finding.fault for finding in one.findings], one.corrected


def test_without_going_back_nothing_is_corrected() -> None:
    examined, asked = run(First, answers=["no", "yes", "no", "yes"])
    assert found(examined, "a", "put_in") == (["X-PUT-IN"], [])
    assert [question for _, question, _ in asked] == ["put_in", "one", "two", "step"]
    assert [way for *_, way in asked] == [False, True, True, True]


def test_the_corrected_answer_of_an_earlier_check_replaces_the_first() -> None:
    examined, asked = run(First, answers=["no", BACK, "yes", "yes", "yes", "yes"])
    assert found(examined, "a", "put_in") == ([], ["put_in"])
    assert [question for _, question, _ in asked] == ["put_in", "one", "put_in", "one", "two", "step"]
    assert [way for *_, way in asked] == [False, True, False, True, True, True]


def test_within_a_check_only_the_last_answer_is_asked_again() -> None:
    examined, asked = run(First, answers=["yes", "no", BACK, "yes", "no", "yes"])
    assert [question for _, question, _ in asked] == ["put_in", "one", "two", "one", "two", "step"]
    assert found(examined, "a", "two_questions") == (["X-TWO"], ["one"])
    (finding,) = examined.components["a"].checks["two_questions"].findings
    assert finding.evidence == "yes no"


def test_answers_before_the_question_are_kept() -> None:
    examined, asked = run(First, answers=["yes", "no", "yes", BACK, "no", "yes"])
    assert [question for _, question, _ in asked] == ["put_in", "one", "two", "step", "two", "step"]
    (finding,) = examined.components["a"].checks["two_questions"].findings
    assert finding.evidence == "no no"
    assert found(examined, "a", "two_questions")[1] == ["two"]


def test_going_back_twice_reaches_the_question_before_that() -> None:
    examined, asked = run(First, answers=["no", "yes", BACK, BACK, "yes", "yes", "yes", "yes"])
    assert [question for _, question, _ in asked][:5] == ["put_in", "one", "two", "one", "put_in"]
    assert found(examined, "a", "put_in") == ([], ["put_in"])
    assert found(examined, "a", "two_questions")[0] == []


def test_among_steps_the_question_of_another_component_is_asked_again() -> None:
    examined, asked = run(Second, First, answers=["yes", "yes", "yes", "no", BACK, "yes", "no"])
    assert [one[:2] for one in asked][3:] == [("b", "step"), ("a", "step"), ("b", "step"), ("a", "step")]
    assert found(examined, "b", "step") == ([], ["step"])
    assert found(examined, "a", "step") == (["X-STEP"], [])


def test_back_from_a_step_into_the_examination() -> None:
    """What was examined after the question is examined again, also without a question."""
    examined, asked = run(First, answers=["yes", "no", "no", BACK, "yes", "no"])
    assert [question for _, question, _ in asked][3:] == ["step", "two", "step"]
    assert {one.ending.outcome.name for one in examined.components["a"].checks.values()} == {"FAILED", "PASSED"}
    assert found(examined, "a", "step") == (["X-STEP"], [])


def test_back_without_a_question_before_is_no_answer() -> None:
    examined, _ = run(First, answers=[BACK, "yes", "yes", "yes"])
    assert found(examined, "a", "put_in") == ([], [])
