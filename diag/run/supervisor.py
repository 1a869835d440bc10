"""What a worker needs of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from diag.contract.check import PlannedCheck
from diag.contract.interruption import Interruption
from diag.contract.loads import Loads
from diag.run.messages import Message

if TYPE_CHECKING:
    from diag.run.worker import SeverityOf, Worker


class Supervisor(Protocol):
    """What a worker needs of the engine."""

    loads: Loads
    severity: SeverityOf
    interruption: Interruption
    #: whether steps are chosen; else they are taken in their order
    chooses: bool

    def put(self, worker: Worker, message: Message) -> None:
        """Take a message of a worker."""

    def wants(self, check: PlannedCheck) -> bool:
        """Return whether a check belongs to this run's level."""

    def take_person(self, worker: Worker) -> bool:
        """Wait until no other component needs the person; return False after an interruption."""

    def let_person_go(self) -> None:
        """Release the person for the next component."""
