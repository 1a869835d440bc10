"""Remarks of a profile: what a person should know of one fault at this model, beside what is said of any model."""

from __future__ import annotations

from collections.abc import Mapping

from diag.contract.errors import ConfigError
from diag.knowledge import catalogue, hints
from diag.knowledge.languages import Text
from diag.knowledge.yamlfile import KeyPath, Place


def of_component(
    kind: str, given: Mapping[str, Mapping[str, str]], path: KeyPath, places: Mapping[KeyPath, Place]
) -> dict[str, dict[str, str]]:
    """Return the remarks of a component by fault code, each in every language.

    Raises ConfigError with the place of a code that no such component can have.
    """
    if not given:
        return {}
    codes = [fault.code for fault in catalogue.load([kind]).of_kind(kind)]
    for code in given:
        if code not in codes:
            near = hints.near(code, codes)
            hint = f"; did you mean {near[0]}?" if near else ""
            key = ".".join(map(str, path))
            raise ConfigError(f"{places[(*path, code)]}: {key}.{code}: no {kind} can have this fault{hint}")
    return {code: Text(texts).in_all() for code, texts in given.items()}
