"""Runs a plan: one worker thread a component, all at once; events come out in the order they happened.

Workers put events on a queue; the caller's thread takes them off, so that journal, record, progress and prompts need
no locks. A check that outlives its deadline (a hang inside a library; the links' own deadlines are far shorter) is
given up with its worker: the rest of that component is blocked, and no other component waits.

A driver's interactive checks behind its last other one are steps: they wait until all components have come so far, and
are then run one at a time, as `choose` says. Closing checks come last.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from diag.contract.check import (
    CheckSpec,
    Driver,
    Finding,
    Identity,
    Level,
    Loads,
    Measurement,
    NotAnswered,
    NotExamined,
    Prompt,
    Skipped,
    Step,
)
from diag.contract.errors import ConfigError, DeviceError, DeviceGone, HostError, Interrupted, NotRecorded
from diag.contract.interruption import GLANCE, Interruption

#: shows a prompt of a component to the person and returns the choice, or None where there is nobody
Ask = Callable[[str, Prompt], str | None]
#: the component and the check of the next step; or the reason for which those that are left are not taken
Choose = Callable[[], tuple[str, str] | str]

_BUG = "defect"


@dataclass(frozen=True)
class Job:
    """One component of the plan: how to make its driver, and its checks."""

    name: str
    make: Callable[[], Driver]
    checks: tuple[CheckSpec, ...]


@dataclass
class _Ending:
    """How a check ended, as it is put together."""

    outcome: str = "passed"
    reason: str | None = None
    detail: str = ""

    def set(self, outcome: str, reason: str | None = None, detail: str = "") -> None:
        self.outcome, self.reason, self.detail = outcome, reason, detail


class _Waiting:
    """A worker has come to its steps, or to the end of one."""


@dataclass
class _Question:
    """A prompt on its way to the person; the answer goes back to the worker."""

    component: str
    prompt: Prompt
    answer: queue.SimpleQueue[str | None]


_Item = dict[str, Any] | _Question | _Waiting | None


class Engine:
    """One run."""

    def __init__(
        self,
        jobs: Sequence[Job],
        level: Level,
        ask: Ask,
        notice_only: Callable[[str], bool],
        choose: Choose | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._jobs = jobs
        self._level = level
        self._ask = ask
        self._notice_only = notice_only
        #: without it steps are taken in their order
        self.choose = choose
        self._events: queue.SimpleQueue[tuple[_Worker, _Item]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._person = threading.Lock()
        #: Ctrl-C of this run
        self.interruption = interruption or Interruption()
        #: what went wrong while devices were given back
        self.troubles: list[str] = []
        self.loads = Loads()
        for job in jobs:
            for spec in job.checks:
                if spec.draws and self.wants(spec):
                    self.loads.expect(job.name, spec.name)

    def events(self) -> Iterator[dict[str, Any]]:
        """Start all workers and give their events until the last one has ended. Raises KeyboardInterrupt."""
        self._workers = [_Worker(job, self) for job in self._jobs]
        for worker in self._workers:
            worker.start()
        running = set(self._workers)
        waiting: set[_Worker] = set()
        while running:
            if self.interruption.is_set():
                raise KeyboardInterrupt
            if running <= waiting:
                waiting -= self._go_on(running)
            try:
                worker, item = self._next(running)
            except queue.Empty:
                yield from self._leave_behind(running)
                continue
            if isinstance(item, _Question):
                self._put_to_person(worker, item)
            elif worker not in running:
                continue  # given up: what it still says counts no more
            elif item is None:
                running.discard(worker)
            elif isinstance(item, _Waiting):
                waiting.add(worker)
            else:
                yield item

    def _leave_behind(self, running: set[_Worker]) -> Iterator[dict[str, Any]]:
        for late in [one for one in running if one.overdue()]:
            late.left_behind = True
            yield from late.give_up()
            running.discard(late)

    def _go_on(self, workers: set[_Worker]) -> set[_Worker]:
        """Have the next step run by one of these workers, all of which wait, or all end; gives those that go on."""
        choice = self.choose() if self.choose else ""
        if isinstance(choice, str):
            for worker in workers:
                worker.orders.put((None, choice))
            return workers
        chosen = next(worker for worker in workers if worker.job.name == choice[0])
        chosen.orders.put((choice[1], ""))
        return {chosen}

    def stop(self, patience: float) -> Iterator[dict[str, Any]]:
        """After an interruption: let workers end after their present step, and give what they still measured.

        They are waited for so many seconds, those that are giving their device back up to its deadline; being daemons,
        they hold nobody up longer.
        """
        self.interruption.set()
        end = time.monotonic() + patience
        while True:
            running = [worker for worker in self._workers if worker.is_alive() and not worker.left_behind]
            try:
                worker, item = self._events.get(timeout=GLANCE if running else 0)
            except queue.Empty:
                last = max([end, *(worker.ends for worker in running if worker.closing)])
                if not running or time.monotonic() >= last:
                    return
                continue
            if isinstance(item, _Question):
                item.answer.put(None)
            elif isinstance(item, dict) and not worker.left_behind:
                yield item

    def _put_to_person(self, worker: _Worker, question: _Question) -> None:
        answer = None
        try:
            if not worker.left_behind:
                answer = self._ask(question.component, question.prompt)
        finally:  # also after Ctrl-C at the prompt: the worker waits for it
            question.answer.put(answer)
        worker.resume_clock()

    def _next(self, running: set[_Worker]) -> tuple[_Worker, _Item]:
        try:
            return self._events.get_nowait()
        except queue.Empty:
            ends = min(worker.ends for worker in running)
            return self._events.get(timeout=min(max(0.0, ends - time.monotonic()), GLANCE))

    def outcome_of_finding(self, fault: str) -> str:
        """A check that found only notices has passed."""
        return "passed" if self._notice_only(fault) else "failed"

    def put(self, worker: _Worker, item: _Item) -> None:
        """From a worker's thread."""
        self._events.put((worker, item))

    def take_person(self, worker: _Worker) -> bool:
        """Wait until no other component needs the person; False after an interruption, and for one left behind."""
        while not (self.interruption.is_set() or worker.left_behind):
            if self._person.acquire(timeout=GLANCE):
                return True
        return False

    def let_person_go(self) -> None:
        """Somebody else's turn."""
        self._person.release()

    def wants(self, spec: CheckSpec) -> bool:
        """Whether a check belongs to this run's level."""
        return spec.level.rank <= self._level.rank


class _Worker(threading.Thread):
    """Runs one component's checks in order."""

    def __init__(self, job: Job, engine: Engine) -> None:
        super().__init__(name=f"posdiag {job.name}", daemon=True)
        self.job = job
        self._engine = engine
        self._current: CheckSpec | None = None
        self._began = 0.0
        self._allowed = 0.0
        self.ends = float("inf")
        self.left_behind = self.closing = False
        # check -> (outcome, reason) of those that did not get through; dependents take it over
        self._stuck: dict[str, tuple[str, str]] = {}
        self._lost: str | None = None
        self._done: set[str] = set()
        self._has_person = False
        #: the next step, or none and why
        self.orders: queue.SimpleQueue[tuple[str | None, str]] = queue.SimpleQueue()

    def overdue(self) -> bool:
        """Whether the present check is past its deadline."""
        return time.monotonic() >= self.ends

    def resume_clock(self) -> None:
        """After a prompt: the person's time does not count."""
        if self._current is not None:
            self.ends = time.monotonic() + self._allowed

    def give_up(self) -> Iterator[dict[str, Any]]:
        """The events of a worker that is left behind; from the engine's thread."""
        self._let_person_go()
        if self.closing:
            self._engine.troubles.append(f"{self.job.name}: was not given back in {self._allowed:g} s")
        for spec in self.job.checks:
            self._engine.loads.end(self.job.name, spec.name)
            if spec is self._current:
                detail = f"no end after {self._allowed:g} s"
                yield self._end_event(spec, _Ending("errored", "deadline", detail), self._allowed)
            elif spec.name not in self._done:
                name = self._current.name if self._current else ""
                yield self._end_event(spec, _Ending("blocked", "needs", name), 0.0)

    def run(self) -> None:
        """Make the driver, run the checks, close it, whatever happens."""
        driver: Driver | None = None
        try:
            try:
                driver = self.job.make()
                driver.loads = self._engine.loads
            except Exception as error:  # a driver's constructor does no I/O: a wrong setting, or a defect
                self._fail_all(error)
                return
            plain, steps, closing = _parted(self.job.checks)
            self._in_order(driver, plain)
            self._take_steps(driver, steps)
            self._in_order(driver, closing)
        finally:
            self._close(driver)
            self._engine.put(self, None)

    def _in_order(self, driver: Driver, checks: Sequence[CheckSpec]) -> None:
        for spec in checks:
            if not self.left_behind:  # else its checks have been reported, and the device is left alone
                self._check(driver, spec)

    def _take_steps(self, driver: Driver, steps: Sequence[CheckSpec]) -> None:
        """Run those that are ordered, and report the rest."""
        left = {spec.name: spec for spec in steps}
        reason = ""
        while left and not reason and self._engine.choose and self._engine.wants(steps[0]):
            self._engine.put(self, _Waiting())
            name, reason = self._order()
            if name is not None:
                self._check(driver, left.pop(name))
        if not reason or self._engine.interruption.is_set():
            self._in_order(driver, list(left.values()))
            return
        for spec in left.values():
            self._report(spec, _Ending("skipped", reason), 0.0)

    def _order(self) -> tuple[str | None, str]:
        while not (self._engine.interruption.is_set() or self.left_behind):
            with contextlib.suppress(queue.Empty):
                return self.orders.get(timeout=GLANCE)
        return None, "interrupted"

    def _close(self, driver: Driver | None) -> None:
        """Give the device back, with a deadline like any check's."""
        if driver is None:
            return
        self._current, self._allowed = None, driver.close_deadline
        self.ends, self.closing = time.monotonic() + self._allowed, True
        try:
            driver.close()
        except Exception as error:
            self._engine.troubles.append(f"{self.job.name}: closing failed: {_where(error)}")
        self.ends = float("inf")

    def _check(self, driver: Driver, spec: CheckSpec) -> None:
        if self._engine.interruption.is_set():
            self._report(spec, _Ending("skipped", "interrupted"), 0.0)
            return
        if not self._engine.wants(spec):
            self._report(spec, _Ending("skipped", "level"), 0.0)
            self._stuck[spec.name] = ("skipped", "level")
            return
        if hindrance := self._hindrance(spec):
            self._stuck[spec.name] = (hindrance.outcome, hindrance.reason or "")
            self._report(spec, hindrance, 0.0)
            return
        self._current, self._began = spec, time.monotonic()
        self._allowed = driver.deadline(spec)
        self.ends = self._began + self._allowed
        self._send("check-start", spec)
        ending = _Ending()
        if spec.draws:
            self._engine.loads.begin(self.job.name, spec.name)
        self._drive(driver, spec, ending)
        self.ends = float("inf")
        if ending.reason is not None:
            self._stuck[spec.name] = (ending.outcome, ending.reason)
        self._report(spec, ending, time.monotonic() - self._began)

    def _hindrance(self, spec: CheckSpec) -> _Ending | None:
        if self._lost is not None and not spec.despite_loss:
            return _Ending("blocked", "needs", self._lost)
        for name in spec.needs:
            if name in self._stuck:
                outcome, reason = self._stuck[name]
                if outcome == "skipped":
                    return _Ending("skipped", reason, name)
                return _Ending("blocked", "needs", name)
        return None

    def _drive(self, driver: Driver, spec: CheckSpec, ending: _Ending) -> None:
        """Run the generator to its end, or to what ends it."""
        steps = getattr(driver, spec.name)()
        try:
            answer: str | None = None
            while not (self._engine.interruption.is_set() or self.left_behind):
                try:
                    step = steps.send(answer)
                except StopIteration:
                    return
                answer = self._take(spec, step, ending)
            ending.set("skipped", "interrupted")
        except Interrupted:
            ending.set("skipped", "interrupted")
        except DeviceError as error:
            self._device_error(driver, spec, error, ending)
        except NotRecorded as error:
            ending.set("not-answered", error.reason, str(error))
        except HostError as error:
            self._send("finding", spec, fault=error.fault, evidence=str(error))
            ending.set("not-answered", error.reason, str(error))
            self._lost = spec.name
        except ConfigError as error:
            ending.set("errored", "configuration", str(error))
            self._lost = spec.name
        except Exception as error:
            ending.set("errored", _BUG, _where(error))
        finally:
            steps.close()
            self._let_person_go()

    def _device_error(self, driver: Driver, spec: CheckSpec, error: DeviceError, ending: _Ending) -> None:
        if type(error) is DeviceGone:
            self._lost = spec.name
        verdict = driver.judge(error)
        if isinstance(verdict, Finding):
            self._send("finding", spec, fault=verdict.fault, evidence=verdict.evidence)
            ending.set("failed", error.reason, str(error))
        else:
            ending.set("not-answered", verdict.reason, verdict.detail)

    def _take(self, spec: CheckSpec, step: Step, ending: _Ending) -> str | None:
        """Pass a step on as an event; give back the person's answer to a prompt."""
        if isinstance(step, Prompt):
            return self._prompt(step)
        self._let_person_go()
        match step:
            case Measurement():
                limits = asdict(step.limits) if step.limits else None
                ok = step.ok
                self._send("measurement", spec, name=step.name, value=step.value, unit=step.unit, limits=limits, ok=ok)
                if ok is False and ending.reason is None:
                    ending.outcome = "failed"
            case Finding():
                self._send("finding", spec, fault=step.fault, evidence=step.evidence)
                if ending.outcome == "passed":
                    ending.outcome = self._engine.outcome_of_finding(step.fault)
            case Identity():
                self._send("identity", spec, key=step.key, value=step.value)
            case NotAnswered():
                ending.set("failed" if ending.outcome == "failed" else "not-answered", step.reason, step.detail)
            case NotExamined():
                self._send("not-examined", spec, faults=list(step.faults))
            case Skipped():
                ending.set("skipped", step.reason, step.detail)
        return None

    def _prompt(self, prompt: Prompt) -> str | None:
        """Put it to the person; an instruction keeps the person until this check's next step."""
        self.ends = float("inf")
        self._has_person = self._has_person or self._engine.take_person(self)
        if not self._has_person:
            return None
        answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._engine.put(self, _Question(self.job.name, prompt, answer))
        got = answer.get()
        if prompt.choices:
            self._let_person_go()
        return got

    def _let_person_go(self) -> None:
        if self._has_person:
            self._has_person = False
            self._engine.let_person_go()

    def _fail_all(self, error: Exception) -> None:
        reason = "configuration" if isinstance(error, ConfigError) else _BUG
        detail = str(error) if isinstance(error, ConfigError) else _where(error)
        for spec in self.job.checks:
            self._report(spec, _Ending("errored", reason, detail), 0.0)

    def _report(self, spec: CheckSpec, ending: _Ending, seconds: float) -> None:
        self._done.add(spec.name)
        self._engine.loads.end(self.job.name, spec.name)
        self._engine.put(self, self._end_event(spec, ending, seconds))

    def _send(self, kind: str, spec: CheckSpec, **values: Any) -> None:
        self._engine.put(self, {"event": kind, "component": self.job.name, "check": spec.name, **values})

    def _end_event(self, spec: CheckSpec, ending: _Ending, seconds: float) -> dict[str, Any]:
        return {
            "event": "check-end",
            "component": self.job.name,
            "check": spec.name,
            "outcome": ending.outcome,
            "reason": ending.reason,
            "detail": ending.detail,
            "seconds": round(seconds, 4),
        }


def _where(error: Exception) -> str:
    """A defect's kind and place; never its text, which might hold what a device said."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_name}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} at {place}"


def _parted(checks: Sequence[CheckSpec]) -> tuple[Sequence[CheckSpec], ...]:
    """The checks up to the last one that asks nobody, the steps behind it, and what looks back at all of them."""
    others = [spec for spec in checks if not spec.closing]
    end = max((place + 1 for place, spec in enumerate(others) if spec.level is not Level.INTERACTIVE), default=0)
    return others[:end], others[end:], [spec for spec in checks if spec.closing]
