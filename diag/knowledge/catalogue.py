"""The fault catalogue: one `faults.yaml` a room, and `host/faults.yaml` for trouble of the bench.

A file maps codes to what diagnosis uses. A fault always shows the finding of its own name. What people read stands
apart, in `texts/` (`diag.knowledge.texts`).

    class, severity, prior, who (who can mend it)
    call        whom the shop calls, where that does not follow from the class
    number      what is said on the telephone in the place of the code; posdiag's own faults have one each, for ever
    shows       findings of its own component that the fault brings about, and how likely
    downstream  the same for components that need this component; `*` matches any prefix
    despite     facts that links prove, and how likely each fact is while the fault is there
    excludes    findings that are other values of the same observation: mute, garbled
    settled_by  the check with a person that, where it is planned, has to get through before the fault counts
    split_by    the check with a person that tells the fault from what looks alike; before it has got through, a fault
                that the device itself does not report is no surer than 80 %
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from yaml import YAMLError

from diag.contract.errors import ConfigError
from diag.contract.said import Said, any_of
from diag.knowledge import hints, registry, yamlfile

if TYPE_CHECKING:
    from diag.contract.driver import Driver

Likelihood = Literal["always", "usually", "sometimes", "seldom", "never"]
Prior = Literal["common", "occasional", "rare"]
FaultClass = Literal["part", "consumable", "medium", "connection", "setting", "surroundings", "software", "host"]
Severity = Literal["stops-business", "degraded", "notice"]
Who = Literal["merchant", "technician"]
Call = Literal["nobody", "provider", "acquirer", "issuer", "carrier"]

HOST = "host"
HOST_FOLDER = Path(__file__).with_name("host")
_CHOICES = {"class": FaultClass, "severity": Severity, "prior": Prior, "who": Who}
_EFFECTS = ("shows", "downstream", "despite")
_KEYS = (*_CHOICES, *_EFFECTS, "excludes", "settled_by", "split_by", "number", "call")
_MENDED_HERE = ("consumable", "surroundings")  # classes of faults for which a shop need not call anybody


class HasFaults(Protocol):
    """What the catalogue reads of a component."""

    @property
    def kind(self) -> str:
        """The room that the component belongs to."""

    @property
    def driver(self) -> type[Driver]:
        """The driver, which knows the faults that a component cannot have."""

    @property
    def settings(self) -> Any:
        """The settings that decide which faults these are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a catalogue. `kind`: the room that has it."""

    code: str
    kind: str
    fault_class: FaultClass
    severity: Severity
    prior: Prior
    who: Who
    shows: Mapping[str, Likelihood]
    downstream: Mapping[str, Likelihood]
    despite: Mapping[str, Likelihood]
    excludes: tuple[str, ...]
    settled_by: str | None = None
    split_by: str | None = None
    number: int | None = None
    call: Call = "provider"


@dataclass(frozen=True, slots=True)
class Room:
    """The faults of one kind of component, by code, and the symptoms."""

    kind: str
    faults: Mapping[str, Fault]
    #: what people say of such a component -> the faults that cause it, of this room or of a room that it needs
    symptoms: Mapping[str, Mapping[str, Likelihood]] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """The rooms of a run, by kind, with the host's among them."""

    rooms: Mapping[str, Room]

    def find(self, code: str) -> Fault | None:
        """Return the entry of a code; None where no room has the code."""
        return next((room.faults[code] for room in self.rooms.values() if code in room.faults), None)

    def fault(self, code: str) -> Fault:
        """Return the entry of a code, or of a code's number. Raises ConfigError for an unknown code."""
        if fault := self.find(code) or self._numbered(code):
            return fault
        said = Said("no_fault_code", code=code)
        if meant := hints.near(code, [known for room in self.rooms.values() for known in room.faults]):
            said = Said("did_you_mean", said=said, names=any_of(meant))
        raise ConfigError(Said("list_faults", said=said))

    def _numbered(self, number: str) -> Fault | None:
        every = (fault for room in self.rooms.values() for fault in room.faults.values())
        return next((fault for fault in every if str(fault.number) == number), None)

    def symptom(self, name: str) -> str | None:
        """Return the kind of component that a symptom is said of; None where no room has the symptom."""
        return next((kind for kind, room in self.rooms.items() if name in room.symptoms), None)

    def made_by(self, kind: str, symptom: str) -> Mapping[str, Likelihood]:
        """Return which faults cause a symptom; a fault's code is the symptom of a sign that this fault alone has."""
        room = self.rooms[kind]
        return {symptom: "always"} if symptom in room.faults else room.symptoms.get(symptom, {})

    def may_show(self, part: HasFaults, symptom: str) -> bool:
        """Return whether a component of this kind and with these settings can show a symptom."""
        return bool(self.made_by(part.kind, symptom).keys() - {*part.driver.impossible(part.settings)})

    def of_kind(self, kind: str) -> Iterable[Fault]:
        """Return the faults that a component of this kind may have."""
        return self.rooms[kind].faults.values()


def load(kinds: Iterable[str]) -> Catalogue:
    """Load the catalogue of these kinds and the host's."""
    return Catalogue({kind: _room(kind) for kind in (HOST, *kinds)})


def load_all() -> Catalogue:
    """Load the catalogue of every kind of component."""
    return load(registry.kinds())


@functools.cache
def _room(kind: str) -> Room:
    if kind == HOST:
        return read(HOST_FOLDER / "faults.yaml", kind)
    symptoms = registry.room_file(kind, "symptoms.yaml")
    room = read(registry.room_file(kind, "faults.yaml"), kind)
    return replace(room, symptoms=read_symptoms(symptoms)) if symptoms.is_file() else room


def read_symptoms(file: Traversable) -> dict[str, dict[str, Likelihood]]:
    """Read what people say of a component, and which faults cause that. Raises ConfigError that names file and key."""
    return {name: _effects(entry, f"{file}: {name}") for name, entry in _mapping(file).items()}


def _mapping(file: Traversable) -> dict[str, Any]:
    try:
        data = yamlfile.read_shipped(file)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(Said("no_catalogue", what=file, why=str(error))) from error
    if not isinstance(data, dict):
        raise ConfigError(Said("no_catalogue", what=file, why=Said("codes_expected")))
    return data


def read(file: Traversable, kind: str) -> Room:
    """Read the faults of a room. Raises ConfigError that names the file, the fault and the key."""
    data = _mapping(file)
    return Room(kind, {code: _fault(code, kind, entry, f"{file}: {code}") for code, entry in data.items()})


def _fault(code: str, kind: str, entry: Any, where: str) -> Fault:
    if not isinstance(entry, dict):
        raise ConfigError(Said("at", where=where, said=Said("keys_expected")))
    for key in entry:
        if key not in _KEYS:
            said = Said("there_are", said=Said("unknown_key"), names=_KEYS)
            raise ConfigError(Said("at", where=f"{where}: {key}", said=said))
    fault_class, severity, prior, who = (
        _checked_word(kinds, entry.get(key), f"{where}: {key}") for key, kinds in _CHOICES.items()
    )
    excludes = entry.get("excludes", [])
    if not isinstance(excludes, list):
        raise ConfigError(Said("at", where=f"{where}: excludes", said=Said("list_expected")))
    shows, downstream, despite = (_effects(entry.get(key, {}), f"{where}: {key}") for key in _EFFECTS)
    return Fault(
        code,
        kind,
        fault_class,
        severity,
        prior,
        who,
        shows,
        downstream,
        despite,
        tuple(excludes),
        entry.get("settled_by"),
        entry.get("split_by"),
        _number(entry.get("number"), where),
        _checked_word(
            Call, entry.get("call", "nobody" if fault_class in _MENDED_HERE else "provider"), f"{where}: call"
        ),
    )


def _number(value: object, where: str) -> int | None:
    if value is not None and (not isinstance(value, int) or value <= 0):
        said = Said("not_this", said=Said("above_0_expected"), value=repr(value))
        raise ConfigError(Said("at", where=f"{where}: number", said=said))
    return value


def _effects(entry: Any, where: str) -> dict[str, Likelihood]:
    if not isinstance(entry, dict):
        raise ConfigError(Said("at", where=where, said=Said("keys_expected")))
    return {code: _checked_word(Likelihood, word, f"{where}: {code}") for code, word in entry.items()}


def _checked_word(kinds: Any, value: object, where: str) -> Any:
    """Return the value where it is a word of a Literal. Raises ConfigError for any other value."""
    allowed = get_args(kinds)
    if value not in allowed:
        said = Said("not_this", said=Said("one_of_expected", words=allowed), value=repr(value))
        raise ConfigError(Said("at", where=where, said=said))
    return value
