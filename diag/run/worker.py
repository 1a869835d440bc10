"""One component's worker: a thread that runs the component's checks in order and tells the engine what happens."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from diag.contract import reasons
from diag.contract.check import (
    Fact,
    Finding,
    Identity,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    PlannedCheck,
    Prompt,
    Skipped,
    Source,
    Yielded,
    Yields,
)
from diag.contract.driver import Driver
from diag.contract.errors import ConfigError, DeviceError, HostError, Interrupted, NotRecorded
from diag.contract.interruption import GLANCE, Interruption
from diag.contract.said import Said
from diag.records.events import CheckEnded, CheckReported, CheckStarted, CheckWithdrawn, Event, FaultsNotExamined
from diag.records.outcome import Ending, Outcome, hindrance
from diag.run.going_back import Answered
from diag.run.messages import GoBack, Question, StepOrder, WaitsForStep, WentBack
from diag.run.supervisor import Supervisor

#: s that a component may spend on checks which the device leaves without a sensible answer. With the last check's own
#: deadline a flood at full rate holds a component for a minute at most.
PATIENCE = 40.0


@dataclass(frozen=True)
class Job:
    """One component of the plan: how to make its driver, and its checks.

    `interruption`: of this component, where that is not the run's: its trace is that of an interrupted run.
    """

    name: str
    make: Callable[[], Driver]
    checks: tuple[PlannedCheck, ...]
    interruption: Interruption | None = None


#: fault code -> its severity; None for a code that no catalogue of the run has
SeverityOf = Callable[[str], str | None]


class Worker(threading.Thread):
    """Runs one component's checks in order."""

    def __init__(self, job: Job, supervisor: Supervisor) -> None:
        super().__init__(name=f"posdiag {job.name}", daemon=True)
        self.job = job
        self._supervisor = supervisor
        self._interruption = job.interruption or supervisor.interruption
        self._current: PlannedCheck | None = None
        self._allowed = 0.0
        #: when the present check is given up, by the monotonic clock
        self.ends = float("inf")
        self.left_behind = self.closing = False
        self._ended: dict[str, Ending] = {}
        self._has_person = False
        self._source = Source.INSTRUMENT
        self._wasted = 0.0
        self._answered: dict[str, Answered] = {}
        self.orders: queue.SimpleQueue[StepOrder] = queue.SimpleQueue()
        #: what went wrong while the device was given back
        self.trouble: Said | None = None

    def overdue(self) -> bool:
        """Return whether the present check is past its deadline."""
        return time.monotonic() >= self.ends

    def resume_clock(self) -> None:
        """Start the present check's time again after a prompt: the person's time does not count."""
        if self._current is not None:
            self.ends = time.monotonic() + self._allowed

    def give_up(self) -> Iterator[Event]:
        """Leave this worker behind, and yield how its checks end; the engine calls this from its own thread."""
        self.left_behind = True
        self._let_person_go()
        if self.closing:
            self.trouble = Said("not_given_back", component=self.job.name, seconds=self._allowed)
        for check in self.job.checks:
            self._supervisor.loads.end(self.job.name, check.name)
            if check is self._current:
                detail = Said("not_ended", seconds=self._allowed)
                ending = Ending(Outcome.ERRORED, reasons.DEADLINE, detail)
                yield CheckEnded(self.job.name, check.name, ending, round(self._allowed, 4))
            elif check.name not in self._ended:
                name = self._current.name if self._current else ""
                yield CheckEnded(self.job.name, check.name, Ending(Outcome.BLOCKED, reasons.NEEDS, name), 0.0)

    def run(self) -> None:
        """Make the driver, run the checks, close the driver, whatever happens."""
        driver: Driver | None = None
        try:
            try:
                driver = self.job.make()
                driver.loads = self._supervisor.loads
            except Exception as error:  # a driver's constructor does no I/O: a wrong setting, or a defect
                self._fail_all(error)
                return
            by_phase = {phase: [check for check in self.job.checks if check.phase is phase] for phase in Phase}
            self._in_order(driver, by_phase[Phase.EXAMINE])
            self._take_steps(driver, by_phase[Phase.EXAMINE], by_phase[Phase.STEP])
            self._in_order(driver, by_phase[Phase.CLOSING])
        finally:
            self._close(driver)
            self._supervisor.put(self, None)

    def _in_order(self, driver: Driver, checks: Sequence[PlannedCheck]) -> None:
        """Run checks until each has ended, the first that has not ended first; a check may be withdrawn meanwhile."""
        while not self.left_behind:  # else its checks have been reported, and the device is left alone
            check = next((one for one in checks if one.name not in self._ended), None)
            if check is None or not self._check(driver, check):
                return

    def _take_steps(self, driver: Driver, examined: Sequence[PlannedCheck], steps: Sequence[PlannedCheck]) -> None:
        """Run the steps that the supervisor orders, and report the rest.

        `examined`: the checks before. The person may go back to them, and so a worker that has asked waits too.
        """
        order = StepOrder(None)
        while order.reason is None and self._supervisor.chooses and self._waits(steps):
            self._supervisor.put(self, WaitsForStep())
            order = self._next_order()
            if order.check is not None:
                self._take_back(order.check)
                self._in_order(driver, [*examined, *(check for check in steps if check.name == order.check)])
        left = [check for check in steps if check.name not in self._ended]
        self._in_order(driver, examined)
        if order.reason is None or self._interruption.is_set():
            self._in_order(driver, [*examined, *left])
            return
        for check in left:
            self._report(check, hindrance(check, self._ended) or Ending(Outcome.SKIPPED, order.reason), 0.0)

    def _waits(self, steps: Sequence[PlannedCheck]) -> bool:
        """Return whether there may be something to do for this worker when all components are examined."""
        left = any(check.name not in self._ended for check in steps)
        return bool(self._answered) or (left and self._supervisor.wants(steps[0]))

    def _next_order(self) -> StepOrder:
        while not (self._interruption.is_set() or self.left_behind):
            with contextlib.suppress(queue.Empty):
                return self.orders.get(timeout=GLANCE)
        return StepOrder(None, reasons.INTERRUPTED)

    def _close(self, driver: Driver | None) -> None:
        """Give the device back, with a deadline like any check's."""
        if driver is None:
            return
        self._current, self._allowed = None, driver.close_deadline
        self.ends, self.closing = time.monotonic() + self._allowed, True
        try:
            driver.close()
        except NotRecorded:
            pass  # a killed run did not give its device back either
        except Exception as error:
            self.trouble = Said("closing_failed", component=self.job.name, why=_where(error))
        self.ends = float("inf")

    def _check(self, driver: Driver, check: PlannedCheck) -> bool:
        """Run a check; return False where the supervisor says what comes next, for the person has gone back."""
        if ending := self._ending_unrun(check):
            self._report(check, ending, 0.0)
            return True
        self._current, began = check, time.monotonic()
        self._allowed = driver.deadline(check)
        self.ends = began + self._allowed
        self._supervisor.put(self, CheckStarted(self.job.name, check.name))
        if check.draws:
            self._supervisor.loads.begin(self.job.name, check.name)
        self._source = Source.INSTRUMENT
        since = driver.address.now()
        try:
            ending = self._drive(driver, check)
        except WentBack as went:
            self._go_back(check, went.back)
            return not went.back.ordered
        finally:
            self.ends = float("inf")
        if ending.reason is not None and ending.reason.evidence:
            self._wasted += driver.address.now() - since
        for fact in driver.address.proved():
            self._tell(check, fact)
        self._report(check, ending, time.monotonic() - began, self._source)
        return True

    def _go_back(self, check: PlannedCheck, back: GoBack) -> None:
        """Withdraw the check in which the person went back, and take the answer back that is this worker's own."""
        self._supervisor.loads.end(self.job.name, check.name)
        if back.check == check.name:
            self._withdraw(check.name, self._answered.get(check.name))
            return
        self._withdraw(check.name, None)
        if back.check is not None:
            self._take_back(back.check)

    def _take_back(self, name: str) -> None:
        """Withdraw a check that has ended, and what has ended since: they may have gone by the answer."""
        later = list(self._ended)
        for ended in later[later.index(name) :] if name in later else ():
            del self._ended[ended]
            self._withdraw(ended, self._answered.get(ended) if ended == name else None)

    def _withdraw(self, name: str, corrected: Answered | None) -> None:
        """Tell that a check counts no more. `corrected`: the answers, of which the person takes back the last."""
        question = corrected.given[-1][0] if corrected and corrected.given else ""
        self._supervisor.put(self, CheckWithdrawn(self.job.name, name, question))
        self._answered[name] = corrected.again() if corrected else Answered()

    def _ending_unrun(self, check: PlannedCheck) -> Ending | None:
        """Return how a check ends without being run; None where the check can be run."""
        if self._interruption.is_set():
            return Ending(Outcome.SKIPPED, reasons.INTERRUPTED)
        if not self._supervisor.wants(check):
            return Ending(Outcome.SKIPPED, reasons.LEVEL)
        if self._wasted > PATIENCE and check.phase is Phase.EXAMINE:
            return Ending(Outcome.BLOCKED, reasons.PATIENCE)
        return hindrance(check, self._ended)

    def _drive(self, driver: Driver, check: PlannedCheck) -> Ending:
        """Run the generator of a check until the generator, an error or an interruption ends the check."""
        ending = Ending(Outcome.PASSED)
        generator = driver.start(check.name)
        try:
            answer: str | None = None
            while not (self._interruption.is_set() or self.left_behind):
                try:
                    yielded = generator.send(answer)
                except StopIteration:
                    return ending
                if isinstance(yielded, Prompt):
                    answer = self._prompt(yielded)
                    continue
                self._let_person_go()
                answer, ending = None, self._take(check, yielded, ending)
                if ending.reason is reasons.DEFECT:
                    return ending
            return self._last_words(check, generator, ending)
        except WentBack:
            raise
        except Exception as error:
            return self._ended_by(driver, check, error)
        finally:
            generator.close()
            self._let_person_go()

    def _last_words(self, check: PlannedCheck, generator: Yields, ending: Ending) -> Ending:
        """Let an interrupted check that catches Interrupted, because it watches, yield what it has seen until then."""
        if not self.left_behind:
            with contextlib.suppress(StopIteration, Interrupted):
                yielded = generator.throw(Interrupted("interrupted between two looks"))
                while not isinstance(yielded, Prompt):
                    ending = self._take(check, yielded, ending)
                    yielded = next(generator)
        found = ending.outcome is Outcome.FAILED
        return Ending(Outcome.FAILED if found else Outcome.SKIPPED, reasons.INTERRUPTED)

    def _ended_by(self, driver: Driver, check: PlannedCheck, error: Exception) -> Ending:
        """Return what an escaped error makes of a check."""
        match error:
            case Interrupted():
                return Ending(Outcome.SKIPPED, reasons.INTERRUPTED)
            case DeviceError():
                verdict = driver.judge(error)
                if isinstance(verdict, NotAnswered):
                    return Ending(Outcome.NOT_ANSWERED, verdict.reason, verdict.detail)
                return self._take(check, verdict, Ending(Outcome.FAILED, error.reason, error.told))
            case NotRecorded():
                return Ending(Outcome.NOT_ANSWERED, error.reason, error.told)
            case HostError():
                self._tell(check, Finding(error.fault, error.told))
                return Ending(Outcome.NOT_ANSWERED, error.reason, error.told)
            case ConfigError():
                return Ending(Outcome.ERRORED, reasons.CONFIGURATION, error.told)
            case _ if driver.address.replays_damage:
                damaged = Said("trace_damaged", at=driver.address.at, where=_where(error))
                return Ending(Outcome.ERRORED, reasons.CONFIGURATION, damaged)
            case _:
                return Ending(Outcome.ERRORED, reasons.DEFECT, _where(error))

    def _take(self, check: PlannedCheck, yielded: Yielded, ending: Ending) -> Ending:
        """Pass on what a check yielded; return the ending that the check has now."""
        match yielded:
            case Measurement():
                self._tell(check, yielded)
                if yielded.ok is False and ending.reason is None:
                    return Ending(Outcome.FAILED)
            case Finding():
                return self._find(check, yielded, ending)
            case Identity() | Fact():
                self._tell(check, yielded)
            case NotAnswered(reason, detail):
                failed = ending.outcome is Outcome.FAILED
                return Ending(Outcome.FAILED if failed else Outcome.NOT_ANSWERED, reason, detail)
            case NotExamined(faults):
                self._supervisor.put(self, FaultsNotExamined(self.job.name, check.name, faults))
            case Skipped(reason, detail):
                return Ending(Outcome.SKIPPED, reason, detail)
        return ending

    def _find(self, check: PlannedCheck, finding: Finding, ending: Ending) -> Ending:
        """Pass a finding on, and return the ending that the check has now.

        A check that found only notices has passed. A code that no catalogue has is a defect of ours.
        """
        severity = self._supervisor.severity(finding.fault)
        if severity is None:
            detail = Said("no_such_fault", fault=finding.fault)
            return Ending(Outcome.ERRORED, reasons.DEFECT, detail)
        self._tell(check, finding)
        if ending.outcome is Outcome.PASSED and severity != "notice":
            return Ending(Outcome.FAILED, ending.reason, ending.detail)
        return ending

    def _prompt(self, prompt: Prompt) -> str | None:
        """Ask the person, and return the answer; an instruction keeps the person until this check yields again.

        Raises WentBack.
        """
        name = self._current.name if self._current else ""
        answered = self._answered.setdefault(name, Answered()) if prompt.choices else Answered()
        if recalled := answered.recall(prompt.name):
            return self._take_answer(prompt, answered, recalled[1])
        self.ends = float("inf")
        self._has_person = self._has_person or self._supervisor.take_person(self)
        if not self._has_person:
            return None
        answer: queue.SimpleQueue[str | GoBack | None] = queue.SimpleQueue()
        self._supervisor.put(self, Question(self.job.name, name, prompt, answer))
        choice = answer.get()
        if prompt.choices:
            self._let_person_go()
        if isinstance(choice, GoBack):
            raise WentBack(choice)
        return self._take_answer(prompt, answered, choice)

    def _take_answer(self, prompt: Prompt, answered: Answered, choice: str | None) -> str | None:
        answered.given.append((prompt.name, choice))
        if choice is not None:
            self._source = max(self._source, prompt.source, key=list(Source).index)
        return choice

    def _let_person_go(self) -> None:
        if self._has_person:
            self._has_person = False
            self._supervisor.let_person_go()

    def _fail_all(self, error: Exception) -> None:
        if isinstance(error, ConfigError):
            ending = Ending(Outcome.ERRORED, reasons.CONFIGURATION, error.told)
        else:
            ending = Ending(Outcome.ERRORED, reasons.DEFECT, _where(error))
        for check in self.job.checks:
            self._report(check, ending, 0.0)

    def _tell(self, check: PlannedCheck, what: Measurement | Finding | Identity | Fact) -> None:
        self._supervisor.put(self, CheckReported(self.job.name, check.name, what))

    def _report(self, check: PlannedCheck, ending: Ending, seconds: float, source: Source = Source.INSTRUMENT) -> None:
        self._ended[check.name] = ending
        self._supervisor.loads.end(self.job.name, check.name)
        self._supervisor.put(self, CheckEnded(self.job.name, check.name, ending, round(seconds, 4), source))


def _where(error: Exception) -> Said:
    """Return a defect's kind and place; never the error's text, which might hold what a device said."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_name}:{frame.tb_lineno}" if frame else "?"
    return Said("failed_at", error=type(error).__name__, place=where)
