"""A talk of `posdiag guide` that was left, and is taken up again: what was answered is not asked a second time."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diag.cli import keeping
from diag.contract.check import Prompt
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge.asked import DO, PREFIX
from diag.records.record import Record
from diag.run.engine import AskPerson
from diag.store import runs


@dataclass(frozen=True)
class Talk:
    """The last talk that was left: the terminal, the complaint, and component and question -> the answer."""

    profile: str
    symptom: str
    serial_number: str | None
    answers: Mapping[tuple[str, str], str]

    def before(self, ask: AskPerson) -> AskPerson:
        """Return `ask` so that it asks the person only what has not been answered yet."""
        left = dict(self.answers)

        def asking(component: str, prompt: Prompt) -> str | None:
            if prompt.text.startswith(DO) and (component, prompt.text.removeprefix(DO)) in left:
                return "done"
            known = left.pop((component, prompt.text), None)
            return known if known in prompt.choices else ask(component, prompt)

        return asking


def last() -> Talk:
    """Return the last talk that was left before its end. Raises ConfigError where there is none."""
    keeping.take_in()
    for record in runs.latest(runs.Wanted(host=socket.gethostname())):
        if record.run.interrupted and record.run.symptoms:
            symptom = next(iter(record.run.symptoms.values()))
            terminal = record.terminal
            return Talk(terminal.profile, symptom, terminal.serial_number, dict(_answers(record)))
    raise ConfigError(Said("nothing_was_left"))


def _answers(record: Record) -> Iterator[tuple[tuple[str, str], str]]:
    for part in record.components:
        for check in part.checks:
            if check.name.startswith(PREFIX) and check.measurements:
                yield (part.name, check.name), str(check.measurements[0].value).partition(".")[2]
