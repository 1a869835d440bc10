"""Runs of simulated terminals for the benchmarks: one injected fault, a person who may err, a way to choose steps."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from diag.bench.simulate import Simulation, able_of
from diag.conclusions import isolate
from diag.conclusions.case import Case, CheckAt
from diag.conclusions.isolate import Cause
from diag.conclusions.model import LIKELIHOOD, FaultAt
from diag.contract import reasons
from diag.contract.check import Level, Phase, Prompt
from diag.contract.reasons import Reason
from diag.knowledge import catalogue, profile, registry
from diag.knowledge.catalogue import Catalogue
from diag.knowledge.profile import Component, Profile
from diag.records import codec
from diag.records.events import Event
from diag.records.examination import Examination
from diag.records.outcome import Outcome
from diag.run.session import Options, Run
from tests.worlds import FIXED_SWIPES

DEMOS = tuple(name for name in profile.available() if name.startswith("demo/"))
#: what else is wrong where a simulator shows a fault: a battery runs low only without its adapter
ALSO = {"PWR-BATTERY-LOW": ("PWR-ADAPTER-ABSENT",)}
#: a chart's order of classes; what a chart does not name comes before the parts
CHART = ("connection", "consumable", "medium", "setting", "surroundings", "software", "part")
_DEEDS = {"done", "cannot"}
_TESTS_OF_SWIPES = ("swipes", "after_cleaning")
_ASKED = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_ANSWERED)

Way = Literal["best", "chart"]


@dataclass(frozen=True)
class Injected:
    """One simulated fault, and the level of the checks that see the fault."""

    profile: str
    component: str
    kind: str
    fault: str
    level: Level

    @property
    def at(self) -> FaultAt:
        return FaultAt(self.component, self.fault)

    @property
    def truth(self) -> set[FaultAt]:
        return {self.at, *(FaultAt(self.component, code) for code in ALSO.get(self.fault, ()))}


@dataclass(frozen=True)
class Task:
    """One run to do. `wrong`: share of questions answered wrongly. `short`: ends when the fault alone is named."""

    injected: Injected
    level: Level = Level.INTERACTIVE
    wrong: float = 0.0
    seed: int = 0
    way: Way = "best"
    symptom: str | None = None
    first: str | None = None
    short: bool = False


@dataclass(frozen=True)
class Slip:
    """A question that was answered wrongly. `true` is None for a deed that was left undone."""

    question: str
    true: str | None
    said: str

    def __str__(self) -> str:
        return f"{self.question}={self.said} (is {self.true or 'not done'})"


@dataclass
class Ran:
    """What a run came to. `brought`: what the fault may bring about. `needed`: questions until the fault alone was
    named; None where that did not happen. `fixed`: the same with a fixed test's swipes. `events`: as in the journal."""

    task: Task
    causes: list[Cause]
    brought: set[FaultAt]
    asked: list[str]
    slips: list[Slip]
    needed: int | None
    fixed: int | None
    events: list[Any]


def injectable(kinds: Iterable[str], every: int) -> list[Injected]:
    """Return every Nth of the simulated faults of these kinds (all where none is given); equal components once."""
    wanted, seen, found = set(kinds), set(), []
    for name in DEMOS:
        planned = profile.load(name)
        for part in planned.components.values():
            settings = (part.kind, str(part.settings.model_dump()))
            if settings in seen or (wanted and part.kind not in wanted):
                continue
            seen.add(settings)
            found += [
                Injected(name, part.name, part.kind, code, level)
                for code, level in able_of(planned, part).items()
                if code not in registry.driver(part.kind).impossible(part.settings)
            ]
    return found[::every]


def symptom_of(planned: Profile, rooms: Catalogue, injected: Injected) -> tuple[str, str] | None:
    """Return the component that people complain of, and the symptom with the strongest word for the fault."""
    chances = {
        (part.name, symptom): LIKELIHOOD[made_by[injected.fault]]
        for part in _with_symptoms(planned, injected.component)
        for symptom, made_by in rooms.rooms[part.kind].symptoms.items()
        if injected.fault in made_by
    }
    return max(chances, key=lambda one: chances[one], default=None)


def _with_symptoms(planned: Profile, name: str) -> list[Component]:
    """Return the faulty component, and behind it those that need it."""
    parts = planned.components
    return [parts[name], *(part for part in parts.values() if name in part.needs)]


class Person:
    """Answers as the simulated person does, but for a share of the questions.

    A wrong answer is another choice of the same prompt at random; a deed is then left undone, whatever is said. Each
    question has its own draw, so that the order in which components ask changes nothing.
    """

    def __init__(self, simulation: Simulation, wrong: float, seed: str) -> None:
        self._simulation, self._wrong, self._seed = simulation, wrong, seed
        self._times: Counter[str] = Counter()
        self.asked: list[str] = []
        self.slips: list[Slip] = []

    def ask(self, component: str, prompt: Prompt) -> str | None:
        question = f"{component}.{prompt.text}"
        self.asked.append(question)
        self._times[question] += 1
        draw = random.Random(f"{self._seed} {question} {self._times[question]}")  # noqa: S311 -- a simulation
        if not prompt.choices or draw.random() >= self._wrong:
            return self._simulation.ask(component, prompt)
        true = None if set(prompt.choices) <= _DEEDS else self._simulation.ask(component, prompt)
        said = draw.choice([choice for choice in prompt.choices if choice != true])
        self.slips.append(Slip(question, true, said))
        return said


class CountingRun(Run):
    """Counts what the person was asked until the fault alone was named; follows the best step, or a chart."""

    task: Task
    person: Person
    reached: set[str | None]  # the components that a chart has come to
    needed: int | None = None
    fixed: int | None = None

    def case(self) -> Case:
        return Case(self._examination, self.catalogue)

    def note(self) -> None:
        """Keep the number of questions when the fault alone is named for the first time."""
        named = {cause.at for cause in self.case().causes if cause.certainty >= isolate.NAMED}
        if self.needed is None and self.task.injected.at in named <= self.task.injected.truth:
            questions = self._questions()
            self.needed, self.fixed = len(questions), self._with_fixed_swipes(questions)

    def _questions(self) -> list[str]:
        """A chart is not charged with what was asked at components that the chart has not come to."""
        if self.task.way == "best":
            return self.person.asked
        return [question for question in self.person.asked if question.partition(".")[0] in self.reached]

    def _with_fixed_swipes(self, questions: list[str]) -> int:
        """Return how many questions it were if each test of swipes took the swipes of a fixed test."""
        others = [one for one in questions if not one.partition(".")[2].startswith(("swipe_", "was_it_swiped"))]
        ended = [place for place, check in self.case().checks.items() if check.ending.outcome in _ASKED]
        tests = sum(place.check in _TESTS_OF_SWIPES for place in ended if len(others) < len(questions))
        return len(others) + FIXED_SWIPES * tests

    def _choose(self) -> tuple[str, str] | Reason:
        self.note()
        if self.task.short and self.needed is not None:
            return reasons.NOT_NEEDED
        if self.task.way == "best":
            return super()._choose()
        place = next_of_chart(self.case(), self.task.first)
        if place is None:
            return reasons.NOT_NEEDED
        self.reached |= {place.component}
        return place


def next_of_chart(case: Case, first: str | None) -> CheckAt | None:
    """Return the step that a fixed chart takes next: the complained component first, class by class."""
    components = sorted(case.components, key=lambda name: name != first)
    untried = [place for place in case.checks if place in case.untried() and _is_step(case, place)]
    place = min(untried, key=lambda one: (components.index(one.component), _rank(case, one)), default=None)
    while place is not None:
        need = next((one for one in untried if _needs(case, place, one)), None)
        if need is None:
            break
        place = need
    return place


def _is_step(case: Case, place: CheckAt) -> bool:
    check = case.checks[place]
    return check.plan.phase is Phase.STEP and check.ending.outcome is Outcome.NOT_RUN


def _needs(case: Case, place: CheckAt, other: CheckAt) -> bool:
    return place.component == other.component and other.check in case.checks[place].plan.needs


def _rank(case: Case, place: CheckAt) -> int:
    """Return the place of the earliest class among the faults that a check finds."""
    entries = [case.catalogue.find(code) for code in case.checks[place].plan.finds]
    return min((CHART.index(entry.fault_class) for entry in entries if entry), default=len(CHART))


def run(task: Task) -> Ran:
    """Do one run. Call this function in a process of its own: libpcsclite keeps the first service it met."""
    injected = task.injected
    planned = profile.load(injected.profile)
    events: list[Event] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulation(planned, [f"{injected.fault}@{injected.component}"]) as simulation,
    ):
        os.environ.update(simulation.env | {"XDG_STATE_HOME": folder})  # no confirmed repairs of this computer
        person = Person(simulation, task.wrong, f"{task.seed} {injected.profile} {injected.component} {injected.fault}")
        options = Options(task.level, symptoms=(task.symptom,) if task.symptom else ())
        loaded = profile.load(injected.profile, simulation.settings)
        one = CountingRun(loaded, options, person.ask, events.append, Path(folder))
        one.task, one.person, one.reached = task, person, {task.first}
        one.execute()
        one.note()
    case = one.case()
    kept = [codec.encode(event) for event in events]
    return Ran(task, case.causes, {*case.effects[injected.at]}, person.asked, person.slips, one.needed, one.fixed, kept)


def run_all(tasks: Iterable[Task], jobs: int) -> Iterator[Ran]:
    """Do runs side by side, each in a process of its own, and give them back as they end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(run, list(tasks), chunksize=1)


def merged(base: Ran, other: Ran) -> Case:
    """Return the case of both faults: the first one's run with the other's faulty component in it.

    Holds where the faults show at their own components only.
    """
    part = other.task.injected.component
    events = [event for event in base.events if event.get("component") != part]
    events[1:1] = [event for event in other.events if event.get("component") == part]
    examination = Examination.of(codec.decode(event) for event in events)
    return Case(examination, catalogue.load({one.kind for one in examination.start.components}))


def stays_home(one: Ran) -> bool:
    """Whether everything that was found was found at the faulty component."""
    found = {event["component"] for event in one.events if event.get("event") == "finding"}
    return found <= {one.task.injected.component}
