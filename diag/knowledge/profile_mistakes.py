"""What is wrong with a profile, in one line for people: `file:line:column: key: what is wrong`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from diag.contract.said import Said, Told, any_of
from diag.knowledge import hints
from diag.knowledge.yamlfile import KeyPath, Place

_OWN_KEYS = ("driver", "inherits", "needs", "remarks", "signs", "usb")  # of a component, besides its driver's


def explain(error: ValidationError, prefix: KeyPath, marks: Mapping[KeyPath, Place], model: type[BaseModel]) -> Said:
    """Return the first error in the file as `file:line:column: key: message`, at the nearest key there is."""
    found = []
    for number, mistake in enumerate(error.errors()):
        path = (*prefix, *(part for part in mistake["loc"] if part != "[key]"))
        near = path
        while near not in marks:
            near = near[:-1]
        place = marks[near]
        found.append(((place.line, place.column, number), place, ".".join(str(part) for part in path), mistake))
    _, place, key, first = min(found)
    return Said("at", where=f"{place}: {key or 'profile'}", said=message(first, model))


# pydantic's kinds of mistakes -> what we say of them
_MESSAGES = {
    "missing": "key_missing",
    "string_type": "text_expected",
    "int_type": "whole_number_expected",
    "float_type": "number_expected",
    "int_parsing": "whole_number_expected",
    "float_parsing": "number_expected",
    "bool_type": "true_expected",
    "bool_parsing": "true_expected",
    "list_type": "list_expected",
    "dict_type": "keys_expected",
    "model_type": "keys_expected",
    "too_short": "one_expected",
    "literal_error": "one_of_expected",
    "greater_than": "more_expected",
    "greater_than_equal": "at_least_expected",
    "less_than": "less_expected",
    "less_than_equal": "at_most_expected",
    "finite_number": "finite_number_expected",
}


def message(error: Any, model: type[BaseModel]) -> Told:
    """Return what is wrong, given one of the errors that pydantic lists."""
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return hints.of_key(Said("unknown_key"), model, error["loc"], _OWN_KEYS)
    if kind == "string_pattern_mismatch":
        return _misfit(error, model)
    if kind == "value_error":  # of a validator of ours or of a driver's
        mistake = error["ctx"]["error"].args[0]
        return mistake if isinstance(mistake, Said) else str(mistake)
    said = _expected(kind, error)
    if is_secret(model, error["loc"]):
        return Said("in_quotes", said=said) if kind == "string_type" else said  # a number would lose its zeros
    if kind == "missing" or _has_keys(value):
        return said
    return Said("not_this", said=said, value=_short(value))


def _expected(kind: str, error: Any) -> Told:
    """Return what is expected, of which pydantic's context tells the limits or the words allowed."""
    context = error.get("ctx", {})
    if kind == "literal_error":
        return Said("one_of_expected", words=any_of(re.split(", | or ", context["expected"])))
    limit = next((context[name] for name in ("gt", "ge", "lt", "le") if name in context), None)
    key = _MESSAGES.get(kind)
    return Said(key, limit=limit) if key else str(error["msg"])


def _misfit(error: Any, model: type[BaseModel]) -> Said:
    key, value = str(error["loc"][-1]), error["input"]
    said = Said("does_not_fit", value=_short(value))
    meant = hints.of_address(said, value, error["ctx"]["pattern"]) if key == "at" else None
    entry = model.model_fields.get(key)
    if meant is None and entry and entry.description:
        return Said("expected", said=said, what=entry.description)
    return meant or said


def is_secret(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Return whether the key holds what is never shown."""
    entry = model.model_fields.get(str(path[-1])) if path else None
    return entry is not None and SecretStr in (entry.annotation, *get_args(entry.annotation))


def _has_keys(value: object) -> bool:
    """Return whether there are keys in a value that nobody knows: one may be a secret's, mistyped or misplaced."""
    if isinstance(value, list):
        return any(map(_has_keys, value))
    return isinstance(value, Mapping)


def _short(value: object) -> Told:
    if value is None:
        return Said("no_value")
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
