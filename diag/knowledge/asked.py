"""Components that no program reaches: every check is a question to the person.

A component whose `at` is `asked:` is examined by its room's questions alone; so is what no driver can reach in any
terminal, the room `terminal`. Answers are observations like any others: isolation knows no second model.

`questions.yaml` of a room has `never`, the room's faults that only a program on the way to the device can meet, and
`questions`, each with its words in the room's texts, key `asked`:

    answers   choice -> the fault codes that the answer speaks for
    clears    choice -> the fault codes that the answer speaks against
    do        true: the person does something first; the words have `do` besides `text`
    after     earlier question -> the answers after which this one arises
    applies   setting -> the values with which this question makes sense
    hints     of the codes, those that a person may fail to notice: not to name them is no evidence
    confirms  an earlier question that this one puts a second time
    seconds, takes   as of a check (`diag/contract/check.py`)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import Field, create_model

from diag.contract import reasons
from diag.contract.check import (
    CheckSpec,
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    PlannedCheck,
    Prompt,
    Skipped,
    Takes,
    Yields,
)
from diag.contract.driver import Driver
from diag.contract.links import Address
from diag.contract.said import Said
from diag.contract.settings import Settings
from diag.knowledge import registry, yamlfile

AT = "asked:"
FILE = "questions.yaml"
PREFIX = "asked_"
DO = "do_"
_AT = Field(AT, pattern=r"^(asked:|trace:.+)$", description="asked: for what only a person can examine")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a room, with the fields that the text at the head of this file documents."""

    name: str
    answers: Mapping[str, tuple[str, ...]]
    clears: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    do: bool = False
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    applies: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    confirms: str | None = None
    seconds: float = 5.0
    takes: Takes = "person"

    @property
    def check(self) -> str:
        """The name of the check that puts the question."""
        return PREFIX + self.name

    def fits(self, settings: Settings) -> bool:
        """Return whether the question makes sense for a component with these settings."""
        return all(getattr(settings, key) in values for key, values in self.applies.items())

    def planned(self, impossible: frozenset[str]) -> PlannedCheck:
        """Return the question as a check, without the faults that the component cannot have."""
        told = (*self.answers.values(), *self.clears.values())
        codes = [code for found in told for code in found if code not in impossible]
        needs = [*self.after, *([self.confirms] if self.confirms else [])]
        return PlannedCheck(
            self.check,
            Level.INTERACTIVE,
            Phase.STEP,
            finds=tuple(dict.fromkeys(code for code in codes if code not in self.hints)),
            hints=tuple(dict.fromkeys(code for code in codes if code in self.hints)),
            needs=tuple(dict.fromkeys(PREFIX + name for name in needs)),
            seconds=self.seconds,
            takes=self.takes,
            confirms=(PREFIX + self.confirms,) if self.confirms else (),
        )


class Asked(Driver):
    """A component that only a person can examine: asks, and remembers the answers."""

    questions: ClassVar[Mapping[str, Question]]
    never: ClassVar[tuple[str, ...]]
    reached: ClassVar[type[Driver] | None]

    def __init__(self, settings: Any, address: Address) -> None:
        super().__init__(settings, address)
        self._answers: dict[str, str] = {}

    @classmethod
    def impossible(cls, settings: Any) -> tuple[str, ...]:
        """Return the fault codes that a component with these settings cannot have."""
        return (*(cls.reached.impossible(settings) if cls.reached else ()), *cls.never)

    @classmethod
    def checks(cls) -> tuple[CheckSpec, ...]:
        """Return all questions of the room, as checks."""
        every = (question.planned(frozenset()) for question in cls.questions.values())
        return tuple(CheckSpec(check, check.finds, check.hints, lambda _: True) for check in every)

    @classmethod
    def plan(cls, settings: Any) -> tuple[PlannedCheck, ...]:
        """Return the questions that make sense for a component with these settings, and whose needs do too."""
        impossible = frozenset(cls.impossible(settings))
        planned: dict[str, PlannedCheck] = {}
        for question in cls.questions.values():
            check = question.planned(impossible)
            if question.fits(settings) and all(need in planned for need in check.needs):
                planned[check.name] = check
        return tuple(planned.values())

    def start(self, name: str) -> Yields:
        """Return the generator that puts one question."""
        return self._put(self.questions[name.removeprefix(PREFIX)])

    def _put(self, question: Question) -> Yields:
        if any(self._answers.get(earlier) not in answers for earlier, answers in question.after.items()):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if question.do:
            done = yield Prompt(DO + question.check, ("done", "cannot"))
            if done != "done":
                yield NotAnswered(reasons.NOT_DONE) if done else Skipped(reasons.NO_PERSON)
                return
        answer = yield Prompt(question.check, tuple(question.answers), again=question.confirms is not None)
        if answer is None:
            yield Skipped(reasons.NO_PERSON)
            return
        self._answers[question.name] = answer
        word = f"{question.name}.{answer}"
        yield Measurement(question.check, word)
        cleared = {code for codes in question.clears.values() for code in codes}
        found = {code for codes in question.answers.values() for code in codes}
        if unclear := cleared - found - {*question.clears.get(answer, ())}:
            yield NotExamined(tuple(sorted(unclear)))
        impossible = self.impossible(self.settings)
        for code in (code for code in question.answers[answer] if code not in impossible):
            yield Finding(code, Said("answered", answer=Said(word)))


@functools.cache
def driver(kind: str) -> type[Asked]:
    """Return the driver that examines a kind of component by its room's questions. Raises ConfigError."""
    reached = None if kind == registry.TERMINAL else registry.driver(kind)
    model = create_model("AskedSettings", __base__=reached.Settings if reached else Settings, at=(str, _AT))
    never, found = _read(kind)
    members = {"kind": kind, "Settings": model, "questions": found, "never": never, "reached": reached}
    made: type[Asked] = type("Asked", (Asked,), members)
    return made


def checks(kind: str) -> list[str]:
    """Return the names of the checks that put a room's questions."""
    return [question.check for question in _read(kind)[1].values()]


def has_questions(kind: str) -> bool:
    """Return whether a person can say anything of a kind of component that no program reaches."""
    return registry.room_file(kind, FILE).is_file()


@functools.cache
def _read(kind: str) -> tuple[tuple[str, ...], dict[str, Question]]:
    """Return what a room's file says; nothing where the room has no questions."""
    data = yamlfile.load(registry.room_file(kind, FILE)).data if has_questions(kind) else {}
    questions = {name: _question(name, entry) for name, entry in data.get("questions", {}).items()}
    return tuple(data.get("never", ())), questions


def _question(name: str, entry: Mapping[str, Any]) -> Question:
    return Question(
        name,
        _lists(entry["answers"]),
        _lists(entry.get("clears", {})),
        entry.get("do", False),
        _lists(entry.get("after", {})),
        _lists(entry.get("applies", {})),
        tuple(entry.get("hints", ())),
        entry.get("confirms"),
        entry.get("seconds", 5.0),
        entry.get("takes", "person"),
    )


def _lists(entry: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(words) for key, words in entry.items()}
