"""Profiles: what a healthy terminal of one model looks like.

A profile is a YAML file. `inherits` names another profile, whose keys are taken over, mapping by mapping, and may be
replaced. Every mistake is reported as `file:line:column: key: what is wrong`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from diag.contract.driver import Driver
from diag.contract.errors import ConfigError
from diag.contract.settings import Settings
from diag.knowledge import hints, places, registry, secrets, yamlfile
from diag.knowledge.languages import Lang, Text
from diag.knowledge.yamlfile import Document, KeyPath, Place

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
_ID = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*")
_LONGEST = 200  # letters of an id
_MOST_COMPONENTS = 200
_SUFFIX = ".yaml"
_OWN_KEYS = ("driver", "needs", "usb")
MAX_ANCESTORS = 10


class ComponentModel(BaseModel):
    """The keys that every component has; the rest are its driver's settings."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    driver: str = Field(description="the kind of component")
    needs: list[str] = Field([], description="components without which this one cannot work, such as its power")
    usb: list[str] = Field([], description='USB ids "VVVV:PPPP", quoted, that this component may show (for udev rules)')


class ProfileModel(BaseModel):
    """The keys of a profile."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, defer_build=True)
    schema_: Literal[1] = Field(alias="schema", description="the version of this file format")
    name: dict[Lang, Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="the terminal's name by language, in one at least"
    )
    inherits: str | None = Field(None, description="the profile whose keys this one takes over")
    notes: str | None = Field(None, description="where the figures come from")
    components: dict[str, ComponentModel] = Field(min_length=1)


@dataclass(frozen=True)
class Component:
    """One component of a profile, its settings validated."""

    name: str
    kind: str
    driver: type[Driver]
    settings: Settings
    needs: tuple[str, ...]
    usb: tuple[str, ...]

    @property
    def at(self) -> str:
        """Where the component is reached; empty where the profile leaves that open."""
        return str(self.settings.model_dump()["at"])


@dataclass(frozen=True)
class Profile:
    """A whole terminal."""

    id: str
    name: Text
    components: Mapping[str, Component]
    files: tuple[Path, ...] = field(default=())


def available() -> dict[str, Path]:
    """Return all profiles that can be named, by id (`vendor/model`).

    A file with other letters in its name, such as the end of a line, is no profile: names go into udev rules.
    """
    found: dict[str, Path] = {}
    for folder in places.profile_folders():
        with contextlib.suppress(OSError):  # as a folder that is not there
            for file in sorted(folder.glob(f"*/*{_SUFFIX}")):
                found.setdefault(f"{file.parent.name}/{file.stem}", file)
    for name, file in _from_entry_points().items():
        found.setdefault(name, file)
    return {name: file for name, file in sorted(found.items()) if _ID.fullmatch(name)}


def load(reference: str, settings: Sequence[str] = ()) -> Profile:
    """Load a profile by its id or by a file's path; `settings` are the `COMPONENT.KEY=VALUE` of --set.

    Raises ConfigError with the place of the first thing that is wrong.
    """
    file = locate(reference)
    document, files = _inherited(file)
    model = _validate(document, ProfileModel)
    if len(model.components) > _MOST_COMPONENTS:
        place = document.places["components",]
        raise ConfigError(f"{place}: components: at most {_MOST_COMPONENTS}, not {len(model.components)}")
    overrides = _overrides(settings, model.components)
    components = {
        name: _component(name, part, document, overrides.get(name, {})) for name, part in model.components.items()
    }
    _check_needs(components, document)
    return Profile(reference, Text(model.name), components, tuple(files))


def outline(file: Path) -> dict[str, Any]:
    """Return the data of a profile with what the profile inherits, unchecked; no driver is imported for that.

    Raises ConfigError where a file does not parse, or names an ancestor that there is not.
    """
    return _inherited(file)[0].data


def locate(reference: str) -> Path:
    """Return the file of a profile. Raises ConfigError with similar names where there is no such profile."""
    if reference.endswith(_SUFFIX):
        return Path(reference)
    if found := _in_folders(reference):
        return found
    known = available()
    if reference in known:
        return known[reference]
    near = hints.near(reference, known, most=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise ConfigError(f"there is no profile {reference!r}{hint} (`posdiag profile list` shows all)")


def _in_folders(reference: str) -> Path | None:
    """Return the first profile of this id in the folders, without looking through all profiles there are."""
    vendor, _, model = reference.partition("/")
    if vendor in ("", ".", "..") or not model or "/" in model:
        return None
    if not _ID.fullmatch(reference) or len(reference) > _LONGEST:
        return None
    files = (folder / vendor / f"{model}{_SUFFIX}" for folder in places.profile_folders())
    return next((file for file in files if _is_file(file)), None)


def _is_file(file: Path) -> bool:
    with contextlib.suppress(OSError):  # a folder that cannot be looked into is as one that is not there
        return file.is_file()
    return False


def _from_entry_points() -> dict[str, Path]:
    from importlib.metadata import entry_points
    from importlib.resources import files

    found = {}
    for point in entry_points(group="posdiag.profiles"):
        for file in sorted(Path(str(files(point.value))).glob(f"**/*{_SUFFIX}")):
            found[f"{file.parent.name}/{file.stem}"] = file
    return found


def _beside(file: Path, reference: str) -> Path | None:
    """Return the file of a profile that lies beside the file naming the profile: acme/base for acme/t80.yaml."""
    beside = file.resolve().parent.parent / f"{reference}{_SUFFIX}"
    return beside if beside.is_file() and beside != file.resolve() else None


def _inherited(file: Path) -> tuple[Document, list[Path]]:
    document = yamlfile.load(file)
    chain = [file.resolve()]
    data, marks = document.data, document.places
    parent = data.get("inherits")
    while parent is not None:
        place = marks["inherits",]
        if not isinstance(parent, str):
            raise ConfigError(f"{place}: inherits: the name of a profile is expected")
        try:
            upper = _beside(file, parent) or locate(parent).resolve()
        except ConfigError as error:
            raise ConfigError(f"{place}: inherits: {error}") from error
        if upper in chain or len(chain) >= MAX_ANCESTORS:
            raise ConfigError(f"{place}: inherits: {parent} leads back to this profile")
        chain.append(upper)
        above = yamlfile.load(upper)
        replaced = data.keys() - {"components"}
        marks = {
            **{path: place for path, place in above.places.items() if not replaced.intersection(path[:1])},
            **marks,
        }
        marks.pop(("inherits",), None)
        if "inherits" in above.data:
            marks["inherits",] = above.places["inherits",]
        parent = above.data.pop("inherits", None)
        data = _inherit(above.data, data)
    return Document(data, marks), chain


def _inherit(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge components key by key, and replace everything else whole (a name in all languages, not only in some)."""
    parts = [data.get("components") for data in (above, own)]
    merged = {**above, **own}
    if all(isinstance(part, dict) for part in parts):
        merged["components"] = _merge(parts[0], parts[1])  # type: ignore[arg-type]  # both are mappings, see above
    return merged


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _validate(document: Document, model: type[ProfileModel]) -> ProfileModel:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(_explain(error, (), document.places, ProfileModel)) from error


def _component(name: str, part: ComponentModel, document: Document, overrides: Mapping[str, Any]) -> Component:
    path: KeyPath = ("components", name)
    if not _NAME.match(name):
        raise ConfigError(f"{document.places[path]}: components.{name}: a name has small letters, digits, _ and - only")
    for number, usb in enumerate(part.usb):
        if not re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", usb):
            place = document.places[(*path, "usb", number)]
            raise ConfigError(f'{place}: components.{name}.usb: {usb!r} is not "vvvv:pppp" in small hex digits')
    try:
        driver = registry.driver(part.driver)
    except ConfigError as error:
        raise ConfigError(f"{document.places[(*path, 'driver')]}: components.{name}.driver: {error}") from error
    own = dict(part.model_extra or {})
    try:
        settings = driver.Settings.model_validate(own, strict=True)
    except ValidationError as error:
        raise ConfigError(_explain(error, path, document.places, driver.Settings)) from error
    if overrides:
        settings = _override(name, driver, settings, overrides)
    return Component(name, part.driver, driver, settings, tuple(part.needs), tuple(part.usb))


def _override(name: str, driver: type[Driver], settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    chosen = {key: _choice(driver.Settings, name, key, value) for key, value in overrides.items()}
    merged = _merge(settings.model_dump(), chosen)
    try:
        return driver.Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"--set {name}.{key}: {_message(first, driver.Settings)}") from error


def _choice(model: type[BaseModel], name: str, key: str, value: object) -> object:
    """Return the value that is typed as text, where a key has a choice of values that are no texts; else the text."""
    if isinstance(value, str) and _is_secret(model, (key,)):
        return secrets.given(f"{name}.{key}", value)
    entry = model.model_fields.get(key)
    return next((each for each in get_args(entry.annotation) if str(each) == value), value) if entry else value


def _overrides(settings: Sequence[str], components: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for setting in settings:
        target, equals, value = setting.partition("=")
        name, dot, key = target.partition(".")
        if not equals or not dot or not key:
            raise ConfigError(f"--set {target}: COMPONENT.KEY=VALUE is expected")  # never a value: it may be a PIN
        if name not in components:
            raise ConfigError(f"--set {target}: there is no component {name!r}{hints.of_name(name, components)}")
        inner = found.setdefault(name, {})
        *groups, last = key.split(".")
        for group in groups:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):
                raise ConfigError(f"--set {target}: {group} is set as a whole already")
        inner[last] = value
    return found


def _check_needs(components: Mapping[str, Component], document: Document) -> None:
    for name, component in components.items():
        for number, need in enumerate(component.needs):
            place = document.places[("components", name, "needs", number)]
            if need not in components:
                hint = hints.of_name(need, components)
                raise ConfigError(f"{place}: components.{name}.needs: there is no component {need!r}{hint}")
            if name in _reach(need, components):
                raise ConfigError(f"{place}: components.{name}.needs: {name} and {need} need each other")


def _reach(name: str, components: Mapping[str, Component]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in components and current not in found:
            found.add(current)
            waiting.extend(components[current].needs)
    return found


def _explain(error: ValidationError, prefix: KeyPath, marks: Mapping[KeyPath, Place], model: type[BaseModel]) -> str:
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
    return f"{place}: {key or 'profile'}: {_message(first, model)}"


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


def _message(error: Any, model: type[BaseModel]) -> str:
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"unknown key{hints.of_key(model, error['loc'], _OWN_KEYS)}"
    if kind == "string_pattern_mismatch":
        entry = model.model_fields.get(str(error["loc"][-1]))
        expected = f"; expected: {entry.description}" if entry and entry.description else ""
        meant = hints.of_address(value, error["ctx"]["pattern"]) if error["loc"][-1] == "at" else ""
        return f"{_short(value)} does not fit this key{meant or expected}"
    text = _MESSAGES.get(kind, error["msg"]).format(**error.get("ctx", {}))
    if _is_secret(model, error["loc"]):
        return f"{text}, in quotes" if kind == "string_type" else text  # a number would lose its zeros
    return text if kind in ("missing", "value_error") else f"{text}, not {_short(value)}"


def _is_secret(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Return whether the key holds what is never shown."""
    entry = model.model_fields.get(str(path[-1])) if path else None
    return entry is not None and SecretStr in (entry.annotation, *get_args(entry.annotation))


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of profiles, with the keys of every installed driver, for editors."""
    schema = ProfileModel.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    base = definitions.pop("ComponentModel")
    variants = []
    for name in registry.driver_names():
        settings = registry.driver(name).Settings.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(settings.pop("$defs", {}))
        own = {**base["properties"], "driver": {"const": name}}
        definitions[f"component_{name}"] = {
            "type": "object",
            "description": settings.get("description", ""),
            "properties": {**own, **settings["properties"]},
            "additionalProperties": False,
        }
        variants.append({"$ref": f"#/$defs/component_{name}"})
    schema["properties"]["components"]["additionalProperties"] = {"anyOf": variants}
    # a profile that inherits may leave out what its ancestor has
    schema["required"] = ["schema"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
