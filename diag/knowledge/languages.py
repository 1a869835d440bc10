"""The languages of texts: the list of languages, a text in several languages, and files of texts by language."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from diag.contract.errors import ConfigError
from diag.contract.said import Said

# The code of a language, which its files are named for, and how names of its locales begin. English is complete:
# where another language lacks a text, the English one is shown.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "en": ("en",),
    "zh": ("zh",),
}
ENGLISH = "en"

if TYPE_CHECKING:
    Lang = str
else:
    Lang = Literal[tuple(LANGUAGES)]  # Typer shows these as choices, and a profile's name may have these keys


@dataclass(frozen=True, slots=True)
class Text:
    """One text by language, in one language at least."""

    by_language: Mapping[str, str]

    def in_(self, lang: Lang) -> str:
        """Return the text in a language, or else in English, or else in any."""
        given = self.by_language
        return given.get(lang) or given.get(ENGLISH) or next(iter(given.values()))

    def in_all(self) -> dict[str, str]:
        """Return the text in every language of the list."""
        return {lang: self.in_(lang) for lang in LANGUAGES}


@functools.cache
def read(folder: Path, lang: Lang) -> Mapping[str, Any]:
    """Read a folder's texts in one language, and take the English text wherever the language lacks a text.

    Raises ConfigError where a file is no YAML, or is not built as the English file is.
    """
    if lang == ENGLISH:
        english = _load(folder, ENGLISH)
        for path, text in leaves(english):
            if not isinstance(text, str) or not text:
                raise ConfigError(Said("at", where=f"{folder / ENGLISH}.yaml: {path}", said=Said("text_expected")))
        return english
    merged: Mapping[str, Any] = _completed(read(folder, ENGLISH), own(folder, lang), f"{folder / lang}.yaml")
    return merged


def own(folder: Path, lang: Lang) -> Mapping[str, Any]:
    """Read what a folder has in one language; without a file, nothing. Raises ConfigError where the file is no YAML."""
    return _load(folder, lang) if (folder / f"{lang}.yaml").exists() else {}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each text with its keys, joined by dots; items of a list count from 1."""
    if isinstance(value, Mapping):
        pairs: list[tuple[object, Any]] = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value, 1))
    else:
        yield path, value
        return
    for key, inner in pairs:
        yield from leaves(inner, f"{path}.{key}" if path else str(key))


def _load(folder: Path, lang: str) -> Mapping[str, Any]:
    from yaml import YAMLError  # not above: `--help` needs no text

    from diag.knowledge.yamlfile import read_shipped

    file = folder / f"{lang}.yaml"
    try:
        data = read_shipped(file)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(Said("no_texts", what=file, why=str(error))) from error
    if not isinstance(data, dict):
        raise ConfigError(Said("at", where=file, said=Said("no_mapping")))
    return data


def _completed(english: Any, own: Any, where: str) -> Any:
    """Return the texts with English ones for those that are missing; what English has not is left out.

    `where`: file and key, for the error.
    """
    if own is None or own == "":
        return english
    if type(own) is not type(english):
        raise ConfigError(Said("at", where=where, said=Said("built_otherwise")))
    if isinstance(english, dict):
        return {key: _completed(value, own.get(key), f"{where}: {key}") for key, value in english.items()}
    if isinstance(english, list):
        given = [*own, *[None] * len(english)]
        return [_completed(*pair, where) for pair in zip(english, given, strict=False)]
    return own
