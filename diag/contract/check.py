"""What a check is, and what it may yield.

A check is a generator method marked with `@check`. The check yields measurements, findings and, at the interactive
level, prompts (the answer comes back from `yield`). A check prints nothing, and opens only its driver's address.
A device error that escapes a check is turned into a finding by `Driver.judge`; a host error becomes "could not be
examined".
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, TypeVar

from diag.contract.course import Course
from diag.contract.reasons import Reason
from diag.contract.said import Said, Told

Value = bool | int | float | str | None

Takes = Literal["nothing", "person", "tool", "spare"]  # what a check needs besides time; of several things the dearest

SHOWN = "shown"  # the answer to a prompt without choices
BACK = "back"  # the answer of a person who goes back to the question before


class Level(StrEnum):
    """What a check does to the world; the words are those of UnifiedPOS CheckHealth."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    INTERACTIVE = "interactive"

    @property
    def rank(self) -> int:
        """0 for internal, 1 for external, 2 for interactive; a run at a level includes the lower levels."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Phase(StrEnum):
    """When a check runs."""

    #: with its component's other checks, in the order of their definition
    EXAMINE = "examine"
    #: when all components are examined: one step at a time, the step that tells most first
    STEP = "step"
    #: last of all: a look back at the whole examination
    CLOSING = "closing"


class Source(StrEnum):
    """Where the answer to a check's question comes from."""

    #: the device or an instrument; also where a person moves what the device then reads
    INSTRUMENT = "instrument"
    #: the device, after a person has said that something was done which the device cannot see
    DEED = "deed"
    #: a person's word
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a healthy value is: a closed range, or the words allowed."""

    min: float | None = None
    max: float | None = None
    allowed: tuple[Value, ...] | None = None

    def hold(self, value: Value | Said) -> bool | None:
        """Return True or False, or None where the value cannot be compared (nothing was measured)."""
        if value is None or isinstance(value, Said):
            return None
        if self.allowed is not None:
            return value in self.allowed
        if isinstance(value, str):
            return None
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value that a check has read. `unit` is an SI symbol, `%`, or None for words and counts.

    `value`: a word that the room's `values` have, or what the device says, as it is; what a check composes is said.
    `life`: of what is counted up as a part wears, the count at which its rated life is over; a greater one is no fault.
    `course`: how the value went where the check watched it, of which `value` is one end (`diag.contract.course`).
    """

    name: str
    value: Value | Said
    unit: str | None = None
    limits: Limits | None = None
    life: float | None = None
    course: Course = ()

    @property
    def ok(self) -> bool | None:
        """Whether the limits hold; None where there are no limits or nothing was read."""
        return self.limits.hold(self.value) if self.limits else None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault code of the catalogue, and what was seen (`Said`: free of language; never card data)."""

    fault: str
    evidence: Told = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the device says of itself: `maker`, `model`, `firmware`, `serial_number`, … Device text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What the way to the device proves in passing: the peer answered, an endpoint does not exist, bytes were taken.

    `name` is a language-free word, which `despite` of the fault catalogues weighs; `detail` says what exactly was seen.
    """

    name: str
    detail: Told = ""


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """The check's question stays open, because of `reason`."""

    reason: Reason
    detail: Told = ""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """Fault codes in `finds` that the check could not look for this time: their absence is no evidence."""

    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """The question does not arise now, because of `reason`. What never applies with these settings is not planned."""

    reason: Reason
    detail: Told = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to the person. `text` and `choices` name entries of the room's texts (`prompts`).

    `yield Prompt(...)` gives back the choice, or None where nobody is there to answer. Without choices a prompt is an
    instruction, "take the card out": `yield` gives back `SHOWN` at once, the check watches the device, and no other
    component bothers the person until the check yields again. `again`: the same question a second time, to be sure.
    `procedural`: the answer says whether a step was done, and is put each time; what the check finds is measured.
    `note`: an entry of `prompts` without choices, said before the question: what the device saw of the last deed.
    `may_go_back`: whether there is a question before, to go back to; the engine says so, no driver.
    """

    text: str
    choices: tuple[str, ...]
    again: bool = False
    procedural: bool = False
    note: str = ""
    may_go_back: bool = False

    @property
    def name(self) -> str:
        """The name by which a file of answers (`--answers`) knows the question."""
        return f"{self.text}_again" if self.again else self.text

    @property
    def source(self) -> Source:
        """Where a finding comes from that the answer leads to."""
        if not self.choices or self.procedural:
            return Source.INSTRUMENT
        return Source.DEED if set(self.choices) <= {"done", "cannot"} else Source.WORD


Yielded = Measurement | Finding | Identity | Fact | NotAnswered | NotExamined | Skipped | Prompt
Yields = Generator[Yielded, str | None, None]

#: fault codes, or how they follow from the settings
Codes = tuple[str, ...] | Callable[[Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """A check as a run with given settings carries the check out. Plain data, part of the journal."""

    name: str
    level: Level = Level.INTERNAL
    phase: Phase = Phase.EXAMINE
    #: fault codes that the check can find; a code that is not found is evidence against the fault
    finds: tuple[str, ...] = ()
    #: fault codes that the check may find, where the fault shows in this way; their absence is no evidence
    hints: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    essential: bool = True
    #: seconds after which the engine gives the check up, prompts not counted
    deadline: float = 30.0
    answers_for: tuple[str, ...] = ()
    despite_loss: bool = False
    #: seconds that the check usually takes
    seconds: float = 1.0
    takes: Takes = "nothing"
    draws: bool = False
    #: checks whose question this check puts a second time
    confirms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check as its driver declares it: what depends on the settings is still open."""

    check: PlannedCheck
    finds: Codes
    hints: Codes
    applies: Callable[[Any], bool]

    def planned(self, settings: Any, impossible: frozenset[str]) -> PlannedCheck:
        """Return the check for a device with these settings, without the faults that the device cannot have."""
        finds, hints = (
            tuple(code for code in _codes(codes, settings) if code not in impossible)
            for codes in (self.finds, self.hints)
        )
        return replace(self.check, finds=finds, hints=hints)


def _codes(codes: Codes, settings: Any) -> tuple[str, ...]:
    return codes(settings) if callable(codes) else codes


def _always(settings: Any) -> bool:
    return True


F = TypeVar("F", bound=Callable[[Any], Yields])


def check(
    level: Level,
    *,
    phase: Phase = Phase.EXAMINE,
    finds: Codes = (),
    hints: Codes = (),
    applies: Callable[[Any], bool] = _always,
    needs: tuple[str, ...] = (),
    essential: bool = True,
    deadline: float = 30.0,
    answers_for: tuple[str, ...] = (),
    despite_loss: bool = False,
    seconds: float = 1.0,
    takes: Takes | None = None,
    draws: bool = False,
    confirms: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Mark a generator method as a check.

    `finds`, `hints`: as in `PlannedCheck`; a function of the settings where dialect or model decides what can be told.
    `applies`: whether a device with these settings has what the check looks at; else the check is not planned.
    `needs`: checks of the same driver that must have run to their end, with findings or without. A check that raised or
    yielded `NotAnswered` blocks this check; where it was skipped, this check is skipped too. A finding after which
    nothing more can be asked is raised, not yielded.
    `essential`: the component is called healthy only with an answer to this check.
    `deadline`: the links' own deadlines come long before; this deadline catches calls that hang in a library.
    `answers_for`: essential checks that may stay unanswered when this check has passed.
    `despite_loss`: the check runs also after the device was found to be gone, to look for the reason.
    `seconds`: how long the check usually takes; `takes`: what else the check needs. The next step is chosen by both.
    `confirms`: the checks whose question this check repeats, so that no cause rests on a single answer.
    `draws`: the check makes the device draw a lot of current, which shows how good the supply is.
    """
    wanted: Takes = takes or ("person" if level is Level.INTERACTIVE else "nothing")

    def mark(method: F) -> F:
        declared = PlannedCheck(
            method.__name__,
            Level(level),
            phase,
            needs=tuple(needs),
            essential=essential,
            deadline=deadline,
            answers_for=tuple(answers_for),
            despite_loss=despite_loss,
            seconds=seconds,
            takes=wanted,
            draws=draws,
            confirms=tuple(confirms),
        )
        method.__dict__["check_spec"] = CheckSpec(declared, finds, hints, applies)
        return method

    return mark
