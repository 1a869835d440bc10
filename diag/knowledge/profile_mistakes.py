"""What is wrong with a profile, in one line for people: `file:line:column: key: what is wrong`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from diag.knowledge import hints
from diag.knowledge.yamlfile import KeyPath, Place

_OWN_KEYS = ("driver", "inherits", "needs", "remarks", "usb")  # of a component, besides its driver's


def explain(error: ValidationError, prefix: KeyPath, marks: Mapping[KeyPath, Place], model: type[BaseModel]) -> str:
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
    return f"{place}: {key or 'profile'}: {message(first, model)}"


_MESSAGES = {
    "missing": "this key is missing",
    "string_type": "text is expected",
    "int_type": "a whole number is expected",
    "float_type": "a number is expected",
    "int_parsing": "a whole number is expected",
    "float_parsing": "a number is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "list_type": "a list is expected",
    "dict_type": "keys below it are expected",
    "model_type": "keys below it are expected",
    "too_short": "at least one is expected",
    "literal_error": "one of {expected} is expected",
    "greater_than": "more than {gt} is expected",
    "greater_than_equal": "at least {ge} is expected",
    "less_than": "less than {lt} is expected",
    "less_than_equal": "at most {le} is expected",
    "finite_number": "a finite number is expected",
    "value_error": "{error}",
}


def message(error: Any, model: type[BaseModel]) -> str:
    """Return what is wrong, given one of the errors that pydantic lists."""
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"unknown key{hints.of_key(model, error['loc'], _OWN_KEYS)}"
    if kind == "string_pattern_mismatch":
        entry = model.model_fields.get(str(error["loc"][-1]))
        expected = f"; expected: {entry.description}" if entry and entry.description else ""
        meant = hints.of_address(value, error["ctx"]["pattern"]) if error["loc"][-1] == "at" else ""
        return f"{_short(value)} does not fit this key{meant or expected}"
    text = _MESSAGES.get(kind, error["msg"]).format(**error.get("ctx", {}))
    if is_secret(model, error["loc"]):
        return f"{text}, in quotes" if kind == "string_type" else text  # a number would lose its zeros
    return text if kind in ("missing", "value_error") else f"{text}, not {_short(value)}"


def is_secret(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Return whether the key holds what is never shown."""
    entry = model.model_fields.get(str(path[-1])) if path else None
    return entry is not None and SecretStr in (entry.annotation, *get_args(entry.annotation))


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
