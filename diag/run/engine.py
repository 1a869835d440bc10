"""The engine of a run: one worker thread a component, all at once; events come out in the order they happened.

Workers put events on a queue; the caller's thread takes them off, so that journal, record, progress and prompts need
no locks. A check that outlives its deadline (a hang inside a library; the links' own deadlines are far shorter) is
given up with its worker: the rest of that component is blocked, and no other component waits.

Steps wait until all components are examined, and are then run one at a time, as `choose` says. Closing checks come
last.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from diag.contract import reasons
from diag.contract.check import BACK, Level, PlannedCheck, Prompt
from diag.contract.interruption import GLANCE, Interruption
from diag.contract.loads import Loads
from diag.contract.reasons import Reason
from diag.contract.said import Said
from diag.records.events import CheckEnded, Event
from diag.run.going_back import AskedBefore, PastQuestion
from diag.run.messages import GoBack, Message, Question, StepOrder, WaitsForStep
from diag.run.worker import Job, SeverityOf, Worker

#: shows a prompt of a component to the person and returns the choice, or None where nobody is there to answer
AskPerson = Callable[[str, Prompt], str | None]
#: returns the component and the check of the next step, or the reason for taking no further steps
ChooseStep = Callable[[], tuple[str, str] | Reason]


class Engine:
    """The workers of one run, their messages, and the one person whom they share."""

    def __init__(
        self,
        jobs: Sequence[Job],
        level: Level,
        ask: AskPerson,
        severity: SeverityOf,
        choose: ChooseStep | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._jobs = jobs
        self._level = level
        self._ask = ask
        self.severity = severity
        self._choose = choose
        self.chooses = choose is not None
        self._messages: queue.SimpleQueue[tuple[Worker, Message]] = queue.SimpleQueue()
        self._workers: list[Worker] = []
        self._waiting: set[Worker] = set()  # for a step
        self._stepping: Worker | None = None
        self._asked = AskedBefore()
        self._again: PastQuestion | None = None  # the question that the next step goes back to
        self._person = threading.Lock()
        #: Ctrl-C of this run
        self.interruption = interruption or Interruption()
        self.loads = Loads()
        for job in jobs:
            for check in job.checks:
                if check.draws and self.wants(check):
                    self.loads.expect(job.name, check.name)

    @property
    def troubles(self) -> list[Said]:
        """What went wrong while devices were given back."""
        return [worker.trouble for worker in self._workers if worker.trouble]

    def events(self) -> Iterator[Event]:
        """Start all workers and yield their events until the last worker has ended. Raises KeyboardInterrupt."""
        self._workers = [Worker(job, self) for job in self._jobs]
        for worker in self._workers:
            worker.start()
        running = set(self._workers)
        while running:
            if self.interruption.is_set():
                raise KeyboardInterrupt
            if running <= self._waiting:
                self._waiting -= self._order_step(running)
            try:
                worker, message = self._next(running)
            except queue.Empty:
                yield from self._leave_behind(running)
                continue
            if isinstance(message, Question):
                self._ask_person(worker, message)
            elif worker not in running:
                continue  # given up: what the worker still says counts no more
            elif message is None:
                running.discard(worker)
            elif isinstance(message, WaitsForStep):
                self._waiting.add(worker)
            else:
                yield message

    def _leave_behind(self, running: set[Worker]) -> Iterator[CheckEnded | Event]:
        for late in [worker for worker in running if worker.overdue()]:
            yield from late.give_up()
            running.discard(late)

    def _order_step(self, workers: set[Worker]) -> set[Worker]:
        """Order the next step of these waiting workers, or end the steps of all; return the workers that go on."""
        if self._choose is None:
            return set()
        choice = self._next_step()
        if isinstance(choice, Reason):
            for worker in workers:
                worker.orders.put(StepOrder(None, choice))
            return workers
        chosen = next(worker for worker in workers if worker.job.name == choice[0])
        self._stepping = chosen
        chosen.orders.put(StepOrder(choice[1]))
        return {chosen}

    def _next_step(self) -> tuple[str, str] | Reason:
        """Return the step that the person has gone back to, or the step that is chosen."""
        again, self._again = self._again, None
        if again:
            return again.component, again.check
        return self._choose() if self._choose else reasons.NOT_NEEDED

    def stop(self, patience: float) -> Iterator[Event]:
        """Let workers end after an interruption, and yield what they still measured.

        Workers are waited for `patience` seconds; a worker that is giving its device back, up to the deadline for that.
        Workers are daemons, so that a worker that hangs does not keep the process alive.
        """
        self.interruption.set()
        end = time.monotonic() + patience
        while True:
            running = [worker for worker in self._workers if worker.is_alive() and not worker.left_behind]
            try:
                worker, message = self._messages.get(timeout=GLANCE if running else 0)
            except queue.Empty:
                last = max([end, *(worker.ends for worker in running if worker.closing)])
                if not running or time.monotonic() >= last:
                    return
                continue
            if isinstance(message, Question):
                message.answer.put(None)
            elif message is not None and not isinstance(message, WaitsForStep) and not worker.left_behind:
                yield message

    def _ask_person(self, worker: Worker, question: Question) -> None:
        answer: str | GoBack | None = None
        before = self._asked.last(question.component, self._reachable(worker)) if question.prompt.choices else None
        try:
            if not worker.left_behind:
                prompt = replace(question.prompt, may_go_back=before is not None)
                answer = self._noted(worker, question, before, self._ask(question.component, prompt))
        finally:  # also after Ctrl-C at the prompt: the worker waits for the answer
            worker.resume_clock()  # before the answer, with which the worker may end its check and stop the clock
            question.answer.put(answer)

    def _reachable(self, worker: Worker) -> list[str] | None:
        """Return the components that wait for a step; None while components are still examined side by side."""
        return [one.job.name for one in self._waiting] if worker is self._stepping else None

    def _noted(
        self, worker: Worker, question: Question, before: PastQuestion | None, answer: str | None
    ) -> str | GoBack | None:
        """Keep that a question was answered; or return what going back to the question before means to the worker."""
        if answer != BACK:
            if question.prompt.choices:
                self._asked.note(PastQuestion(question.component, question.check, question.prompt.name))
            return answer
        if before is None:
            return None
        self._asked.take_back(before)
        steps = worker is self._stepping
        self._again = before if steps else None
        return GoBack(before.check if before.component == question.component else None, steps)

    def _next(self, running: set[Worker]) -> tuple[Worker, Message]:
        try:
            return self._messages.get_nowait()
        except queue.Empty:
            ends = min(worker.ends for worker in running)
            return self._messages.get(timeout=min(max(0.0, ends - time.monotonic()), GLANCE))

    def put(self, worker: Worker, message: Message) -> None:
        """Take a message of a worker, in the worker's thread."""
        self._messages.put((worker, message))

    def take_person(self, worker: Worker) -> bool:
        """Wait until no other component needs the person.

        Returns False after an interruption, and for a worker that was left behind.
        """
        while not (self.interruption.is_set() or worker.left_behind):
            if self._person.acquire(timeout=GLANCE):
                return True
        return False

    def let_person_go(self) -> None:
        """Release the person for the next component."""
        self._person.release()

    def wants(self, check: PlannedCheck) -> bool:
        """Return whether a check belongs to this run's level."""
        return check.level.rank <= self._level.rank
