"""Understand what a person says is wrong, and choose the terminal that this is said of."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from diag.cli import this_terminal
from diag.cli.dialog import UNKNOWN, AtTheScreen, Question
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import catalogue, codes, complaints, registry, texts
from diag.knowledge.languages import Lang
from diag.knowledge.profile import Component, Profile
from diag.knowledge.words import word

#: terminals that let no program in, by the name of the answer
_CLOSED = {
    "mobile": "generic/closed-mobile",
    "countertop": "generic/closed-countertop",
    "dialup": "generic/closed-dialup",
}
_MOST_LIKELY = 3  # symptoms that are offered for words that fit several


@dataclass(frozen=True)
class Complaint:
    """A symptom, and the kind of component that it is said of."""

    symptom: str
    kind: str

    def title(self, lang: Lang) -> str:
        """Return the symptom in words; of a sign of one fault, the fault."""
        room = texts.of_room(self.kind, lang)
        return room.symptoms.get(self.symptom) or room.faults[self.symptom].title

    def components(self, loaded: Profile) -> list[str]:
        """Return the components that a complaint may come from: the first that can show it, and what that needs."""
        known = catalogue.load_all()
        parts = loaded.components
        waiting = [name for name, part in parts.items() if known.may_show(part, self.symptom)][:1]
        found: list[str] = []
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.append(name)
                waiting += parts[name].needs
        return [name for name in loaded.components if name in found]


def terminal(reference: str | None, settings: Sequence[str], lang: Lang, *, person: bool) -> Profile:
    """Return the terminal that is named or set up, with what only a person can say of any terminal.

    Where none is, a terminal that lets no program in; the person at the screen says of which kind.
    Raises ConfigError.
    """
    chosen = this_terminal.named(reference) or _CLOSED[_kind_of_terminal(person, lang)]
    loaded = this_terminal.load(chosen, settings)
    if any(part.kind == registry.TERMINAL for part in loaded.components.values()):
        return loaded
    driver = registry.driver(registry.TERMINAL)
    whole = Component(registry.TERMINAL, registry.TERMINAL, driver, driver.Settings(), tuple(loaded.components), (), {})
    return replace(loaded, components={**loaded.components, registry.TERMINAL: whole})


def understood(words: str, lang: Lang, terminal: Profile | None = None, *, person: bool) -> Complaint:
    """Return what words, a symptom's name, a response code or a message of the screen mean.

    `terminal`: whose own signs count first. Where the meaning is open, the person at the screen chooses; without one
    ConfigError is raised, with what is near.
    """
    known = catalogue.load_all()
    sign = terminal and complaints.sign(words, {name: part.signs for name, part in terminal.components.items()})
    if sign and terminal:
        return Complaint(sign.fault, terminal.components[sign.component].kind)
    if known.symptom(words.strip()):
        found = [words.strip()]
    else:
        found = list(dict.fromkeys([*(entry.complaint for entry in codes.find(words)), *complaints.meant(words)]))
    if len(found) == 1 or (found and not _asks(person)):
        return _complaint(known, found[0])
    if not _asks(person):
        near = complaints.near(words) or [symptom for room in known.rooms.values() for symptom in room.symptoms]
        raise ConfigError(Said("no_such_complaint", words=words, names=near))
    every = found[:_MOST_LIKELY] or complaints.near(words)
    listed = every or [symptom for room in known.rooms.values() for symptom in room.symptoms]
    return _chosen(known, listed, lang)


def _chosen(known: catalogue.Catalogue, listed: Sequence[str], lang: Lang) -> Complaint:
    """Return what the person chooses; where nothing of a short list fits, of the whole list."""
    offered = {symptom: _complaint(known, symptom).title(lang) for symptom in listed}
    answer = AtTheScreen(lang).ask(Question("symptom", word("guide.which", lang), offered), False)
    if answer in offered:
        return _complaint(known, answer)
    every = [symptom for room in known.rooms.values() for symptom in room.symptoms]
    if set(every) == set(listed):
        raise ConfigError(Said("no_such_complaint", words="?", names=every))
    return _chosen(known, every, lang)


def _complaint(known: catalogue.Catalogue, symptom: str) -> Complaint:
    kind = known.symptom(symptom)
    if kind is None:
        raise ConfigError(Said("no_such_complaint", words=symptom, names=[]))
    return Complaint(symptom, kind)


def _kind_of_terminal(person: bool, lang: Lang) -> str:
    if not _asks(person):
        return next(iter(_CLOSED))
    offered = {name: word(f"guide.{name}", lang) for name in _CLOSED}
    answer = AtTheScreen(lang).ask(Question("terminal", word("guide.kind", lang), offered), False)
    return next(iter(_CLOSED)) if answer in (None, UNKNOWN) else answer or ""


def _asks(person: bool) -> bool:
    return person and sys.stdin is not None and sys.stdin.isatty()
