"""The fault catalogue: one `faults.yaml` a room, and `host.yaml` for trouble of the bench.

Keys of a fault: `class`, `severity`, `prior`, `who` (who can mend it), `unit` (the replaceable unit), `title`, `do`
(what to do, in order), `shows` (findings of its own component that it brings about, and how likely), `downstream`
(the same for components that need this one; `*` matches any prefix). A fault always shows the finding of its own
name.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml import YAMLError

from diag.contract.errors import ConfigError
from diag.knowledge import registry, yamlfile
from diag.knowledge.words import Lang

Word = Literal["always", "usually", "sometimes", "seldom", "never"]
Prior = Literal["common", "occasional", "rare"]
FaultClass = Literal["part", "consumable", "medium", "connection", "setting", "surroundings", "software", "host"]
Severity = Literal["stops-business", "degraded", "notice"]

HOST = "host"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Text(_Model):
    """One text in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def in_(self, lang: Lang) -> str:
        """The text in one of them."""
        return self.zh if lang == "zh" else self.en


class Fault(_Model):
    """One entry of a catalogue; its code is its key."""

    code: str = ""
    fault_class: FaultClass = Field(alias="class")
    severity: Severity
    prior: Prior
    who: Literal["merchant", "technician"]
    unit: Text
    title: Text
    do: tuple[Text, ...] = Field(min_length=1)
    shows: Mapping[str, Word] = {}
    downstream: Mapping[str, Word] = {}


class PromptText(_Model):
    """A question to the person and its answers; an instruction has none."""

    text: Text
    choices: Mapping[str, Text] = {}


class Room(_Model):
    """All texts of one kind of component."""

    kind: str
    title: Text
    checks: Mapping[str, Text] = {}
    prompts: Mapping[str, PromptText] = {}
    faults: Mapping[str, Fault]


@dataclass(frozen=True)
class Catalogue:
    """The rooms of a run, by kind, with the host's among them."""

    rooms: Mapping[str, Room]

    def find(self, code: str) -> Fault | None:
        """Return the entry of a code; None where no room has the code."""
        return next((room.faults[code] for room in self.rooms.values() if code in room.faults), None)

    def fault(self, code: str) -> Fault:
        """Return the entry of a code. Raises ConfigError for an unknown one."""
        if fault := self.find(code):
            return fault
        raise ConfigError(f"there is no fault code {code!r}; `posdiag faults` lists them")

    def of_kind(self, kind: str) -> Iterable[Fault]:
        """The faults that a component of this kind may have."""
        return self.rooms[kind].faults.values()


def load(kinds: Iterable[str]) -> Catalogue:
    """The catalogue of these kinds and the host's."""
    rooms = {HOST: _host_room()}
    for kind in kinds:
        rooms[kind] = _driver_room(kind)
    return Catalogue(rooms)


def load_all() -> Catalogue:
    """The catalogue of every installed driver."""
    return load(registry.driver_names())


@functools.cache
def _driver_room(kind: str) -> Room:
    return _load_room(registry.room_file(kind, "faults.yaml"))


@functools.cache
def _host_room() -> Room:
    return _load_room(Path(__file__).with_name("host.yaml"))


def _load_room(file: Traversable) -> Room:
    try:
        data = yamlfile.read_shipped(file)
        for code, entry in data["faults"].items():
            entry["code"] = code
        return Room.model_validate(data)
    except (OSError, YAMLError, ValidationError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"{file}: not a fault catalogue: {error}") from error
