"""The driver contract: what a driver is, and what its checks may yield.

A check is a generator method marked with `@check`. It yields measurements, findings and, at the interactive
level, prompts (the answer comes back from `yield`). It prints nothing and opens only the address it was given.
An error of the device branch that escapes a check is turned by `Driver.evidence` into a finding; a host error
becomes "could not be examined". A driver imports this room and nothing else of diag.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from diag.contract.errors import DeviceError
from diag.contract.links import Address

Value = bool | int | float | str | None

Takes = Literal["nothing", "person", "tool", "spare"]  # what a check needs besides time, the dearest of it

SHOWN = "shown"  # the answer to a prompt without choices


class Level(StrEnum):
    """What a check does to the world; the words are those of UnifiedPOS CheckHealth."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    INTERACTIVE = "interactive"

    @property
    def rank(self) -> int:
        """0 for internal, 1 for external, 2 for interactive; a run at one level includes the lower ones."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a healthy value is: a closed range, or the words allowed."""

    min: float | None = None
    max: float | None = None
    allowed: tuple[Value, ...] | None = None

    def hold(self, value: Value) -> bool | None:
        """True or False, or None where the value cannot be compared (nothing was measured)."""
        if value is None:
            return None
        if self.allowed is not None:
            return value in self.allowed
        if isinstance(value, str):
            return None
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value that was read. `unit` is an SI symbol, `%`, or None for words and counts."""

    name: str
    value: Value
    unit: str | None = None
    limits: Limits | None = None

    @property
    def ok(self) -> bool | None:
        """Whether the limits hold; None where there are none or nothing was read."""
        return self.limits.hold(self.value) if self.limits else None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault code of the catalogue, and what was seen (language-free; never card data)."""

    fault: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Something the device says of itself: `maker`, `model`, `firmware`, `serial_number`, … Device text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """The question stays open, because `reason`: of the `reasons` in the room's texts or in `diag/knowledge/words`."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """Fault codes of the check's `finds` that it could not look for this time: not finding them is no evidence."""

    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """The question does not apply here: the profile says that the part is not fitted or not wanted."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to the person. `text` and `choices` name entries of the room's texts (`prompts`).

    `yield Prompt(...)` gives back the choice, or None where nobody is there to answer. Without choices it is an
    instruction, "take the card out": it gives back `SHOWN` at once, the check watches the device, and no other
    component bothers the person until the check's next step.
    """

    text: str
    choices: tuple[str, ...]


Step = Measurement | Finding | Identity | NotAnswered | NotExamined | Skipped | Prompt
Steps = Generator[Step, str | None, None]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """What the engine knows about a check before it runs."""

    name: str
    level: Level
    finds: tuple[str, ...]
    needs: tuple[str, ...]
    essential: bool
    deadline: float
    settles: tuple[str, ...]
    despite_loss: bool
    seconds: float
    takes: Takes
    draws: bool
    closing: bool
    hints: tuple[str, ...]


F = TypeVar("F", bound=Callable[[Any], Steps])


def check(
    level: Level,
    *,
    finds: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    essential: bool = True,
    deadline: float = 30.0,
    settles: tuple[str, ...] = (),
    despite_loss: bool = False,
    seconds: float = 1.0,
    takes: Takes | None = None,
    draws: bool = False,
    closing: bool = False,
    hints: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Mark a generator method as a check.

    `finds`: the fault codes it can find; not finding one of them is evidence against it.
    `hints`: the fault codes that it may find besides, in one way of several; not finding them is no evidence.
    `needs`: checks of the same driver that must have run to their end, with findings or without. One that raised or
    yielded `NotAnswered` blocks; one that was skipped takes this one with it. A finding that ends the road is raised.
    `essential`: without its answer the component is not called healthy.
    `deadline`: seconds after which the engine gives the check up, prompts not counted. The links' own deadlines come
    long before; this one catches calls that hang in a library.
    `settles`: essential checks that may stay unanswered when this one has passed.
    `despite_loss`: runs also after the device was found to be gone; a step that looks for the reason.
    `seconds`: what it usually takes, and `takes`: what else; the next best step is chosen by them.
    `draws`: it makes the device draw a lot of current, which shows how good its supply is.
    `closing`: it looks back at the whole examination, and runs behind all others.
    """
    wanted: Takes = takes or ("person" if level is Level.INTERACTIVE else "nothing")

    def mark(method: F) -> F:
        method.__dict__["check_spec"] = CheckSpec(
            method.__name__, Level(level), tuple(finds), tuple(needs), essential, deadline, tuple(settles),
            despite_loss, seconds, wanted, draws, closing, tuple(hints),
        )  # fmt: skip
        return method

    return mark


class Loads:
    """Checks of all components that draw a lot of current: which do so now, and whether some are still to come."""

    def __init__(self) -> None:
        self._waiting: set[tuple[str, str]] = set()
        self._running: set[tuple[str, str]] = set()

    @property
    def on(self) -> bool:
        """Something draws current now."""
        return bool(self._running)

    @property
    def to_come(self) -> bool:
        """Something draws current now, or may do so yet."""
        return bool(self._waiting or self._running)

    def expect(self, component: str, check: str) -> None:
        """It is part of this run."""
        self._waiting.add((component, check))

    def begin(self, component: str, check: str) -> None:
        """It has begun."""
        self._running.add((component, check))

    def end(self, component: str, check: str) -> None:
        """It has ended, or will not run."""
        self._waiting.discard((component, check))
        self._running.discard((component, check))


class Settings(BaseModel):
    """Base of a driver's settings: the keys that its component may have in a profile."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Range(Settings):
    """A closed range of healthy values in a profile; either end may be left open."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is greater than max {self.max:g}")
        return self

    @property
    def limits(self) -> Limits:
        """The same as a measurement's limits."""
        return Limits(self.min, self.max)


class Driver:
    """Base of all drivers. Subclasses set the class variables and define checks, in the order they run in.

    `open` is not needed: a check opens `self.address` when it first needs it, so that "not there" and "not
    allowed" are answers of a check like any other.
    """

    #: the component kind, also the name of the room (`printer`, `card_reader`, `power`, …)
    kind: ClassVar[str]
    #: the profile keys of this driver
    Settings: ClassVar[type[Settings]]
    #: device error -> fault code, for errors that escape a check
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {}
    #: seconds that giving the device back may take
    close_deadline: ClassVar[float] = 10.0
    #: udev match expressions of devices that every profile of this kind may use
    udev_matches: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Any, address: Address) -> None:
        self.settings = settings
        self.address = address
        #: what else of the terminal draws current; the engine's while a run lasts
        self.loads = Loads()

    @classmethod
    def impossible(cls, settings: Any) -> tuple[str, ...]:
        """Fault codes that a device with these settings cannot have: no cutter, no cutter fault."""
        return ()

    @classmethod
    def unfitted(cls, settings: Any) -> tuple[str, ...]:
        """Names of checks that skip themselves with these settings: what they look at is not fitted."""
        return ()

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """Turn an escaped device error into evidence; override where silence is normal."""
        for kind in type(error).__mro__:
            if kind in self.evidence:
                return Finding(self.evidence[kind], str(error))
        return NotAnswered(error.reason, str(error))

    def deadline(self, spec: CheckSpec) -> float:
        """Seconds this check may take here: its own, and room for ten exchanges of the settings' `timeout_s`."""
        return spec.deadline + 10 * float(getattr(self.settings, "timeout_s", 0.0))

    def close(self) -> None:
        """Give everything back. Called once after the last check, whatever happened; a second call does nothing."""

    @classmethod
    def checks(cls) -> tuple[CheckSpec, ...]:
        """The checks in the order of their definition, base classes first."""
        found: dict[str, CheckSpec] = {}
        for klass in reversed(cls.__mro__):
            for name, member in vars(klass).items():
                spec = getattr(member, "check_spec", None)
                if isinstance(spec, CheckSpec):
                    found[name] = spec
        return tuple(found.values())
