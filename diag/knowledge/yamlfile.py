"""YAML files that people write: plain data with the place of every key, and nothing that runs or explodes.

Refused with their place: what does not parse, anchors and aliases, tags, duplicate keys, deep nesting, large files.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said

MAX_BYTES = 256 * 1024  # our largest profile has 2 kB
MAX_DEPTH = 20
_MOST_BITS = 256  # of a number; Python shows none of more than 4300 digits
_MOST_SHOWN = 60  # characters

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))

# libyaml's words for what people do most often
_PLAINER = {
    "found character that cannot start any token": "forbidden_character",
    "did not find expected key": "indentation",
}

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a key or a value; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Document:
    """Data, and the place of each key path in it."""

    data: dict[str, Any]
    places: dict[KeyPath, Place]


def load(file: Path) -> Document:
    """Read a file whose top is a mapping. Raises ConfigError with the place of what is wrong."""
    raw = files.content(file, MAX_BYTES)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(Said("at", where=f"{file}:{line}:1", said=Said("no_utf8"))) from error
    return parse(text, str(file))


def parse(text: str, file: str) -> Document:
    """Read a text whose top is a mapping; `file` is named in places. Raises ConfigError with the place of a mistake."""
    try:
        _refuse_forbidden(text, file)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(_parse_error(file, text, error)) from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(Said("at", where=f"{file}:1:1", said=Said("no_mapping")))
    places: dict[KeyPath, Place] = {(): Place(file, 1, 1)}
    data = _build(root, (), file, places)
    return Document(data, places)


def read_shipped(file: Traversable) -> Any:
    """Read the data of a file that ships with a driver or with us: fault catalogues and words."""
    return _Loader(file.read_text(encoding="utf-8")).get_single_data()


def _refuse_forbidden(text: str, file: str) -> None:
    """Raise ConfigError for what a profile may not hold, from the events of the parser, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        mark = event.start_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(Said("at", where=place, said=Said("no_anchors")))
        if getattr(event, "tag", None):
            raise ConfigError(Said("at", where=place, said=Said("no_tags")))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigError(Said("at", where=place, said=Said("too_deep", levels=MAX_DEPTH)))


def _parse_error(file: str, text: str, error: yaml.YAMLError) -> Said:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
    said = Said("no_yaml", why=Said(_PLAINER[problem]) if problem in _PLAINER else problem)
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Said("at", where=f"{file}:{line}:1", said=said)
    place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else f"{file}:1:1"
    return Said("at", where=place, said=said)


def _build(node: yaml.Node, path: KeyPath, file: str, places: dict[KeyPath, Place]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, file, places)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for number, item in enumerate(node.value):
            places[*path, number] = _place(file, item)
            items.append(_build(item, (*path, number), file, places))
        return items
    # dates and the like stay text: only the core schema's scalars are values
    if node.tag not in _SCALAR_TAGS:
        return str(node.value)
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise ValueError(node.tag)
    except (yaml.YAMLError, ValueError) as error:
        said = Said("not_a_value", value=node.value[:_MOST_SHOWN])
        raise ConfigError(Said("at", where=_place(file, node), said=said)) from error
    return value


def _mapping(node: yaml.MappingNode, path: KeyPath, file: str, places: dict[KeyPath, Place]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value in node.value:
        place = _place(file, key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            raise ConfigError(Said("at", where=place, said=Said("key_no_word")))
        key = str(key_node.value)
        if key in found:
            raise ConfigError(Said("at", where=place, said=Said("key_twice", key=key)))
        places[*path, key] = place
        found[key] = _build(value, (*path, key), file, places)
    return found


def _place(file: str, node: yaml.Node) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
