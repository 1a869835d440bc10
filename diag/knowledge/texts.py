"""What people read about a room: titles, checks, prompts, what to do about a fault, and the room's own reasons.

These texts stand in `texts/<language>.yaml` beside the room's `faults.yaml`, a file a language (docs/texts.md).
Diagnosis reads none of them.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diag.contract import said
from diag.contract.check import Prompt
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import asked as asked_
from diag.knowledge import catalogue, codes, languages, registry, words
from diag.knowledge.catalogue import HOST, Fault
from diag.knowledge.languages import ENGLISH, LANGUAGES, Lang


@dataclass(frozen=True, slots=True)
class FaultText:
    """A fault for people: its title, the replaceable unit, and what to do, in order."""

    title: str
    unit: str
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromptText:
    """A question to the person and its answers; an instruction has none."""

    text: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RoomTexts:
    """All texts of one room in one language. `reasons`: those that only this room's checks give.

    `names`: titles of components that have a name of their own in the profile. `measurements`: titles of measurements,
    `values`: of values that are words.
    `tries`: for a check that tries what asking the device cannot show, what is done: "swipe a card".
    `symptoms`: what people complain of, in words. `asked`: titles of the questions that only a person can answer.
    `evidence`: what the room's checks saw, by the keys that they say (`diag/contract/said.py`).
    """

    title: str
    names: Mapping[str, str]
    measurements: Mapping[str, str]
    values: Mapping[str, str]
    checks: Mapping[str, str]
    tries: Mapping[str, str]
    prompts: Mapping[str, PromptText]
    faults: Mapping[str, FaultText]
    reasons: Mapping[str, str]
    evidence: Mapping[str, str]
    symptoms: Mapping[str, str]
    asked: Mapping[str, str]

    def shown(self, prompt: Prompt) -> str:
        """Return what a person reads of a prompt: its note, and its text."""
        return " ".join(self.prompts[name].text for name in (prompt.note, prompt.text) if name)


@functools.cache
def of_room(kind: str, lang: Lang) -> RoomTexts:
    """Return the texts of a room. Raises ConfigError where its files are not what docs/texts.md says."""
    folder = _folder(kind)
    data = languages.read(folder, lang)
    try:
        asked = data.get("asked", {})
        titles = {asked_.PREFIX + name: question["title"] for name, question in asked.items()}
        found = RoomTexts(
            data["title"],
            data.get("names", {}),
            {**data.get("measurements", {}), **titles},
            {**data.get("values", {}), **_answers(asked)},
            data.get("checks", {}),
            data.get("tries", {}),
            {
                key: PromptText(prompt["text"], prompt.get("choices", {}))
                for key, prompt in {**data.get("prompts", {}), **_prompts(asked, lang)}.items()
            },
            {
                code: FaultText(fault["title"], fault["unit"], tuple(fault["do"]))
                for code, fault in data["faults"].items()
            },
            data.get("reasons", {}),
            data.get("evidence", {}),
            data.get("symptoms", {}),
            titles,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(Said("no_texts", what=f"{folder / ENGLISH}.yaml", why=str(error))) from error
    for entry in catalogue.load([kind]).of_kind(kind):
        if entry.code not in found.faults:
            raise ConfigError(Said("at", where=f"{folder / ENGLISH}.yaml", said=Said("no_text_of", code=entry.code)))
    return found


def _answers(asked: Mapping[str, Any]) -> dict[str, str]:
    """Return what people answer, by `QUESTION.CHOICE`."""
    return {
        f"{name}.{choice}": text for name, question in asked.items() for choice, text in question["choices"].items()
    }


def _prompts(asked: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the prompts of questions that only a person can answer, also what the person does first."""
    done = {choice: words.word(f"asked.{choice}", lang) for choice in ("done", "cannot")}
    does = {
        asked_.DO + asked_.PREFIX + name: {"text": question["do"], "choices": done}
        for name, question in asked.items()
        if "do" in question
    }
    return {**{asked_.PREFIX + name: question for name, question in asked.items()}, **does}


def of_fault(fault: Fault, lang: Lang) -> FaultText:
    """Return the texts of a fault in one language."""
    return of_room(fault.kind, lang).faults[fault.code]


def units(fault: Fault) -> dict[str, str]:
    """Return the unit to replace in every language."""
    return {lang: of_fault(fault, lang).unit for lang in LANGUAGES}


def as_data(fault: Fault) -> dict[str, Any]:
    """Return a fault as data, with its texts in every language."""
    texts = {lang: of_fault(fault, lang) for lang in LANGUAGES}
    return {
        "code": fault.code,
        "number": fault.number,
        "class": fault.fault_class,
        "severity": fault.severity,
        "prior": fault.prior,
        "who": fault.who,
        "unit": units(fault),
        "title": {lang: text.title for lang, text in texts.items()},
        "do": [dict(zip(texts, step, strict=True)) for step in zip(*(text.do for text in texts.values()), strict=True)],
        "shows": dict(fault.shows),
        "downstream": dict(fault.downstream),
    }


def gaps(lang: Lang) -> list[str]:
    """List what a language lacks against English, and what English knows nothing of, as `FILE: KEY: TROUBLE`."""
    shared = [words.FOLDER, said.FOLDER, words.HELP_FOLDER, codes.TEXTS]
    folders = [*shared, *(_folder(kind) for kind in (HOST, *registry.kinds()))]
    return [gap for folder in folders for gap in _gaps(folder, lang)]


def _gaps(folder: Path, lang: Lang) -> Iterator[str]:
    english, own = (dict(languages.leaves(languages.own(folder, language))) for language in (ENGLISH, lang))
    file = f"{folder / lang}.yaml"
    for key, text in english.items():
        if not own.get(key):
            yield f"{file}: {key}: missing, in English: {text}"
        elif _placeholders(own[key]) != _placeholders(text):
            yield f"{file}: {key}: other words in braces than in English: {text}"
    for key in own.keys() - english.keys():
        yield f"{file}: {key}: English has no such text"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def _folder(kind: str) -> Path:
    return catalogue.HOST_FOLDER / "texts" if kind == HOST else registry.room_file(kind, "texts")
