"""Runs a plan: one worker thread a component, all at once; events come out in the order they happened.

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

from diag.contract.check import Level, PlannedCheck, Prompt
from diag.contract.interruption import GLANCE, Interruption
from diag.contract.loads import Loads
from diag.contract.reasons import Reason
from diag.records.events import CheckEnded, Event
from diag.run.worker import Item, Job, Order, Question, Severity, WaitsForStep, Worker

#: shows a prompt of a component to the person and returns the choice, or None where there is nobody
Ask = Callable[[str, Prompt], str | None]
#: the component and the check of the next step; or the reason for which those that are left are not taken
Choose = Callable[[], tuple[str, str] | Reason]


class Engine:
    """One run."""

    def __init__(
        self,
        jobs: Sequence[Job],
        level: Level,
        ask: Ask,
        severity: Severity,
        choose: Choose | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._jobs = jobs
        self._level = level
        self._ask = ask
        self.severity = severity
        self._choose = choose
        self.chooses = choose is not None
        self._events: queue.SimpleQueue[tuple[Worker, Item]] = queue.SimpleQueue()
        self._workers: list[Worker] = []
        self._person = threading.Lock()
        #: Ctrl-C of this run
        self.interruption = interruption or Interruption()
        self.loads = Loads()
        for job in jobs:
            for check in job.checks:
                if check.draws and self.wants(check):
                    self.loads.expect(job.name, check.name)

    @property
    def troubles(self) -> list[str]:
        """What went wrong while devices were given back."""
        return [worker.trouble for worker in self._workers if worker.trouble]

    def events(self) -> Iterator[Event]:
        """Start all workers and yield their events until the last worker has ended. Raises KeyboardInterrupt."""
        self._workers = [Worker(job, self) for job in self._jobs]
        for worker in self._workers:
            worker.start()
        running = set(self._workers)
        waiting: set[Worker] = set()
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
            if isinstance(item, Question):
                self._put_to_person(worker, item)
            elif worker not in running:
                continue  # given up: what the worker still says counts no more
            elif item is None:
                running.discard(worker)
            elif isinstance(item, WaitsForStep):
                waiting.add(worker)
            else:
                yield item

    def _leave_behind(self, running: set[Worker]) -> Iterator[CheckEnded | Event]:
        for late in [worker for worker in running if worker.overdue()]:
            yield from late.give_up()
            running.discard(late)

    def _go_on(self, workers: set[Worker]) -> set[Worker]:
        """Have the next step run by one of these workers, all of which wait, or all end; return those that go on."""
        if self._choose is None:
            return set()
        choice = self._choose()
        if isinstance(choice, Reason):
            for worker in workers:
                worker.orders.put(Order(None, choice))
            return workers
        chosen = next(worker for worker in workers if worker.job.name == choice[0])
        chosen.orders.put(Order(choice[1]))
        return {chosen}

    def stop(self, patience: float) -> Iterator[Event]:
        """After an interruption: let workers end after their present step, and yield what they still measured.

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
            if isinstance(item, Question):
                item.answer.put(None)
            elif item is not None and not isinstance(item, WaitsForStep) and not worker.left_behind:
                yield item

    def _put_to_person(self, worker: Worker, question: Question) -> None:
        answer = None
        try:
            if not worker.left_behind:
                answer = self._ask(question.component, question.prompt)
        finally:  # also after Ctrl-C at the prompt: the worker waits for the answer
            worker.resume_clock()  # before the answer: with it the worker may end its check and stop the clock
            question.answer.put(answer)

    def _next(self, running: set[Worker]) -> tuple[Worker, Item]:
        try:
            return self._events.get_nowait()
        except queue.Empty:
            ends = min(worker.ends for worker in running)
            return self._events.get(timeout=min(max(0.0, ends - time.monotonic()), GLANCE))

    def put(self, worker: Worker, item: Item) -> None:
        """Take what a worker has to tell, from the worker's thread."""
        self._events.put((worker, item))

    def take_person(self, worker: Worker) -> bool:
        """Wait until no other component needs the person; False after an interruption, and for one left behind."""
        while not (self.interruption.is_set() or worker.left_behind):
            if self._person.acquire(timeout=GLANCE):
                return True
        return False

    def let_person_go(self) -> None:
        """Leave the person to the next component."""
        self._person.release()

    def wants(self, check: PlannedCheck) -> bool:
        """Whether a check belongs to this run's level."""
        return check.level.rank <= self._level.rank
