"""Profiles: what a healthy terminal of one model looks like.

A profile is a YAML file. `inherits` names another profile, whose keys are taken over, mapping by mapping, and may be
replaced. Every mistake is reported as `file:line:column: key: what is wrong`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from diag.contract.driver import Driver
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told, any_of
from diag.contract.settings import Settings
from diag.knowledge import hints, places, registry, yamlfile
from diag.knowledge.languages import Lang, Text
from diag.knowledge.yamlfile import Document, KeyPath, Place

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
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
    """Return all profiles that can be named, by id (`vendor/model`)."""
    found: dict[str, Path] = {}
    for folder in places.profile_folders():
        for file in sorted(folder.glob(f"*/*{_SUFFIX}")):
            found.setdefault(f"{file.parent.name}/{file.stem}", file)
    for name, file in _from_entry_points().items():
        found.setdefault(name, file)
    return dict(sorted(found.items()))


def load(reference: str, settings: Sequence[str] = ()) -> Profile:
    """Load a profile by its id or by a file's path; `settings` are the `COMPONENT.KEY=VALUE` of --set.

    Raises ConfigError with the place of the first thing that is wrong.
    """
    file = locate(reference)
    document, files = _inherited(file)
    model = _validate(document, ProfileModel)
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
    said = Said("no_profile", name=reference)
    if near := hints.near(reference, known, most=3, cutoff=0.4):
        said = Said("did_you_mean", said=said, names=any_of(near))
    raise ConfigError(Said("list_profiles", said=said))


def _in_folders(reference: str) -> Path | None:
    """Return the first profile of this id in the folders, without looking through all profiles there are."""
    vendor, _, model = reference.partition("/")
    if vendor in ("", ".", "..") or not model or "/" in model:
        return None
    files = (folder / vendor / f"{model}{_SUFFIX}" for folder in places.profile_folders())
    return next((file for file in files if file.is_file()), None)


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
            raise ConfigError(Said("at", where=f"{place}: inherits", said=Said("profile_name_expected")))
        try:
            upper = _beside(file, parent) or locate(parent).resolve()
        except ConfigError as error:
            raise ConfigError(Said("at", where=f"{place}: inherits", said=error.told)) from error
        if upper in chain or len(chain) >= MAX_ANCESTORS:
            raise ConfigError(Said("at", where=f"{place}: inherits", said=Said("leads_back", name=parent)))
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
        where = f"{document.places[path]}: components.{name}"
        raise ConfigError(Said("at", where=where, said=Said("no_component_name")))
    for number, usb in enumerate(part.usb):
        if not re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", usb):
            where = f"{document.places[(*path, 'usb', number)]}: components.{name}.usb"
            raise ConfigError(Said("at", where=where, said=Said("no_usb_ids", value=usb)))
    try:
        driver = registry.driver(part.driver)
    except ConfigError as error:
        where = f"{document.places[(*path, 'driver')]}: components.{name}.driver"
        raise ConfigError(Said("at", where=where, said=error.told)) from error
    own = dict(part.model_extra or {})
    try:
        settings = driver.Settings.model_validate(own, strict=True)
    except ValidationError as error:
        raise ConfigError(_explain(error, path, document.places, driver.Settings)) from error
    if overrides:
        settings = _override(name, driver, settings, overrides)
    return Component(name, part.driver, driver, settings, tuple(part.needs), tuple(part.usb))


def _override(name: str, driver: type[Driver], settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    chosen = {key: _choice(driver.Settings, key, value) for key, value in overrides.items()}
    merged = _merge(settings.model_dump(), chosen)
    try:
        return driver.Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(Said("at", where=f"--set {name}.{key}", said=_message(first, driver.Settings))) from error


def _choice(model: type[BaseModel], key: str, value: object) -> object:
    """Return the value that is typed as text, where a key has a choice of values that are no texts; else the text."""
    entry = model.model_fields.get(key)
    return next((each for each in get_args(entry.annotation) if str(each) == value), value) if entry else value


def _overrides(settings: Sequence[str], components: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for setting in settings:
        target, equals, value = setting.partition("=")
        name, dot, key = target.partition(".")
        if not equals or not dot or not key:
            raise ConfigError(Said("at", where=f"--set {setting}", said=Said("set_expected")))
        if name not in components:
            said = hints.of_name(Said("no_component", name=name), name, components)
            raise ConfigError(Said("at", where=f"--set {setting}", said=said))
        inner = found.setdefault(name, {})
        *groups, last = key.split(".")
        for group in groups:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):
                raise ConfigError(Said("at", where=f"--set {setting}", said=Said("set_whole", key=group)))
        inner[last] = value
    return found


def _check_needs(components: Mapping[str, Component], document: Document) -> None:
    for name, component in components.items():
        for number, need in enumerate(component.needs):
            where = f"{document.places[('components', name, 'needs', number)]}: components.{name}.needs"
            if need not in components:
                said = hints.of_name(Said("no_component", name=need), need, components)
                raise ConfigError(Said("at", where=where, said=said))
            if name in _reach(need, components):
                raise ConfigError(Said("at", where=where, said=Said("need_each_other", one=name, other=need)))


def _reach(name: str, components: Mapping[str, Component]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in components and current not in found:
            found.add(current)
            waiting.extend(components[current].needs)
    return found


def _explain(error: ValidationError, prefix: KeyPath, marks: Mapping[KeyPath, Place], model: type[BaseModel]) -> Said:
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
    return Said("at", where=f"{place}: {key or 'profile'}", said=_message(first, model))


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


def _message(error: Any, model: type[BaseModel]) -> Told:
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return hints.of_key(Said("unknown_key"), model, error["loc"], _OWN_KEYS)
    if kind == "string_pattern_mismatch":
        return _misfit(error, model)
    if kind == "value_error":  # of a validator of ours or of a driver's
        mistake = error["ctx"]["error"].args[0]
        return mistake if isinstance(mistake, Said) else str(mistake)
    said = _expected(kind, error)
    if _is_secret(model, error["loc"]):
        return Said("in_quotes", said=said) if kind == "string_type" else said  # a number would lose its zeros
    return said if kind == "missing" else Said("not_this", said=said, value=_short(value))


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


def _is_secret(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Return whether the key holds what is never shown."""
    entry = model.model_fields.get(str(path[-1])) if path else None
    return entry is not None and SecretStr in (entry.annotation, *get_args(entry.annotation))


def _short(value: object) -> Told:
    if value is None:
        return Said("no_value")
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
