"""Remarks of a profile: what a person should know of one fault at this model, beside what is said of any model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import asked, catalogue, hints
from diag.knowledge.languages import Text
from diag.knowledge.yamlfile import KeyPath, Place


def of_component(
    kind: str, given: Mapping[str, Mapping[str, str]], path: KeyPath, places: Mapping[KeyPath, Place]
) -> dict[str, dict[str, str]]:
    """Return the remarks of a component by fault code or question, each in every language.

    Raises ConfigError with the place of a code that no such component can have.
    """
    asks = asked.checks(kind) if given else []
    check_codes(kind, given, path, places, asks)
    return {code: Text(texts).in_all() for code, texts in given.items()}


def check_codes(
    kind: str,
    given: Iterable[str],
    path: KeyPath,
    places: Mapping[KeyPath, Place],
    besides: Sequence[str] = (),
) -> None:
    """Raise ConfigError with the place of a code that no such component can have; `besides`: what else may stand."""
    codes = [*besides, *(fault.code for fault in catalogue.load([kind]).of_kind(kind))]
    for code in given:
        if code not in codes:
            said = Said("no_kind_can_have", kind=kind)
            if near := hints.near(code, codes):
                said = Said("did_you_mean", said=said, names=near)
            where = f"{places[(*path, code)]}: {'.'.join(map(str, path))}.{code}"
            raise ConfigError(Said("at", where=where, said=said))
