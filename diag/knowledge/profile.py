"""Profiles: what a healthy terminal of one model looks like.

A profile is a YAML file. `inherits` names another profile, whose keys are taken over, mapping by mapping, and may be
replaced; below a component it takes over a component of that profile.

Every mistake is reported as `file:line:column: key: what is wrong`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diag.contract.driver import Driver
from diag.contract.errors import ConfigError
from diag.contract.said import Said, any_of
from diag.contract.settings import Settings
from diag.knowledge import asked, hints, places, registry, remarks, secrets, yamlfile
from diag.knowledge.languages import Lang, Text
from diag.knowledge.profile_mistakes import explain, is_secret, message
from diag.knowledge.yamlfile import Document, KeyPath, Place

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
_ID = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*")
_LONGEST = 200  # letters of an id
_MOST_COMPONENTS = 200
_SUFFIX = ".yaml"
MAX_ANCESTORS = 10
_Text = Annotated[str, Field(min_length=1)]
_Texts = Annotated[dict[Lang, _Text], Field(min_length=1)]
_Words = Annotated[dict[Lang, Annotated[list[_Text], Field(min_length=1)]], Field(min_length=1)]


class ComponentModel(BaseModel):
    """The keys that every component has; the rest are its driver's settings."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    driver: str = Field(description="the kind of component")
    inherits: str | None = Field(
        None, description="the profile whose component of this name, or else whose only one, this one takes over"
    )
    needs: list[str] = Field([], description="components without which this one cannot work, such as its power")
    usb: list[str] = Field([], description='USB ids "VVVV:PPPP", quoted, that this component may show (for udev rules)')
    remarks: dict[str, _Texts] = Field(
        {},
        description="fault code, or asked_QUESTION -> what to know of it at this model, by language; shown beside it",
    )
    signs: dict[str, _Words] = Field(
        {}, description="fault code -> words for what screen or lamps of this model show then, by language"
    )


class ProfileModel(BaseModel):
    """The keys of a profile."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, defer_build=True)
    schema_: Literal[1] = Field(alias="schema", description="the version of this file format")
    name: dict[Lang, Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="the terminal's name by language, in one at least"
    )
    inherits: str | None = Field(None, description="the profile whose keys this one takes over")
    notes: str | None = Field(None, description="where the figures come from")
    serial_number: str | None = Field(None, min_length=1, description="the serial number of this very terminal")
    not_fitted: list[str] | None = Field(
        None,
        description="kinds of parts that this very terminal does not have; of other kinds that are no component it is "
        "said that nobody looked at them. Without this key the components are all that the terminal has",
    )
    components: dict[str, ComponentModel] = Field(min_length=1)


@dataclass(frozen=True)
class Component:
    """One component of a profile, its settings validated. `signs`: fault code -> words for what it shows then.

    `replaced`: the KEY=VALUE that --set has replaced; of a secret only KEY.
    """

    name: str
    kind: str
    driver: type[Driver]
    settings: Settings
    needs: tuple[str, ...]
    usb: tuple[str, ...]
    remarks: Mapping[str, Mapping[str, str]]
    signs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()

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
    serial_number: str | None = None
    not_fitted: tuple[str, ...] | None = None


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
    return _profile(reference, *_inherited(yamlfile.load(file), file), settings)


def parse(text: str, name: str, settings: Sequence[str] = ()) -> Profile:
    """Load a profile from the text of its file; `name` becomes its id. Raises ConfigError as `load`."""
    return _profile(name, *_inherited(yamlfile.parse(text, name), None), settings)


def outline(file: Path) -> dict[str, Any]:
    """Return the data of a profile with what the profile inherits, unchecked; no driver is imported for that.

    Raises ConfigError where a file does not parse, or names an ancestor that there is not.
    """
    return _inherited(yamlfile.load(file), file)[0].data


def locate(reference: str) -> Path:
    """Return the file of a profile. Raises ConfigError with similar names where there is no such profile."""
    if reference.endswith(_SUFFIX):
        return Path(reference)
    if reference == places.SET_UP:
        if set_up := places.terminal_file():
            return set_up
        raise ConfigError(Said("nothing_set_up"))
    if found := _in_folders(reference):
        return found
    known = available()
    if reference in known:
        return known[reference]
    said = Said("no_profile", name=secrets.covered(reference))
    if near := hints.near(reference, [*known, places.SET_UP], most=3, cutoff=0.4):
        said = Said("did_you_mean", said=said, names=any_of(near))
    raise ConfigError(Said("list_profiles", said=said))


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


def _inherited(document: Document, file: Path | None, below: Sequence[Path] = ()) -> tuple[Document, list[Path]]:
    """Return a document with all that it inherits, and the files of that.

    `file`: the document's; None for a text. `below`: the files that led there.
    """
    chain = [file.resolve()] if file else []
    parts, others = _with_parts(document, file, [*below, *chain])
    data, marks = parts.data, parts.places
    parent = data.get("inherits")
    while parent is not None:
        upper = _ancestor(parent, marks["inherits",], "inherits", file, [*below, *chain])
        chain.append(upper)
        above, more = _with_parts(yamlfile.load(upper), upper, [*below, *chain])
        others += more
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
    return Document(data, marks), [*chain, *others]


def _ancestor(parent: object, place: Place, key: str, file: Path | None, chain: Sequence[Path]) -> Path:
    """Return the file of a profile that is inherited. Raises ConfigError with the place of what is wrong."""
    if not isinstance(parent, str):
        raise ConfigError(Said("at", where=f"{place}: {key}", said=Said("profile_name_expected")))
    try:
        upper = (_beside(file, parent) if file else None) or locate(parent).resolve()
    except ConfigError as error:
        raise ConfigError(Said("at", where=f"{place}: {key}", said=error.told)) from error
    if upper in chain or len(chain) >= MAX_ANCESTORS:
        raise ConfigError(Said("at", where=f"{place}: {key}", said=Said("leads_back", name=parent)))
    return upper


def _with_parts(document: Document, file: Path | None, chain: Sequence[Path]) -> tuple[Document, list[Path]]:
    """Return a document whose components have what they inherit, each from a profile of its own, and these files."""
    found = document.data.get("components")
    components: dict[str, Any] = found if isinstance(found, dict) else {}
    marks, files = document.places, []
    for name, part in components.items():
        if not isinstance(part, dict) or part.get("inherits") is None:
            continue
        path: KeyPath = ("components", name)
        place, where = marks[(*path, "inherits")], f"components.{name}.inherits"
        upper = _ancestor(part["inherits"], place, where, file, chain)
        above, its_files = _inherited(yamlfile.load(upper), upper, chain)
        source = _source(name, above, f"{place}: {where}", part["inherits"])
        taken = {key: value for key, value in above.data["components"][source].items() if key != "needs"}
        components[name] = _merge(taken, {key: value for key, value in part.items() if key != "inherits"})
        theirs = ("components", source)
        marks = {**{(*path, *at[2:]): it for at, it in above.places.items() if at[:2] == theirs}, **marks}
        files += its_files
    return Document(document.data, marks), files


def _source(name: str, above: Document, where: str, upper: str) -> str:
    """Return the component of a profile that a component inherits. Raises ConfigError where that is not clear."""
    parts = above.data.get("components")
    names = [each for each, part in parts.items() if isinstance(part, dict)] if isinstance(parts, dict) else []
    if name in names or len(names) == 1:
        return name if name in names else names[0]
    said = hints.of_name(Said("has_no_component_named", what=upper, name=name), name, names)
    raise ConfigError(Said("at", where=where, said=said))


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


def _profile(name: str, document: Document, files: Sequence[Path], settings: Sequence[str]) -> Profile:
    try:
        model = ProfileModel.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(explain(error, (), document.places, ProfileModel)) from error
    if len(model.components) > _MOST_COMPONENTS:
        said = Said("too_many_components", most=_MOST_COMPONENTS, count=len(model.components))
        raise ConfigError(Said("at", where=f"{document.places['components',]}: components", said=said))
    overrides = _overrides(settings, model.components)
    components = {
        part: _component(part, data, document, overrides.get(part, {})) for part, data in model.components.items()
    }
    for part in overrides:
        components[part] = replace(components[part], replaced=tuple(_replaced(components[part], settings)))
    _check_needs(components, document)
    return Profile(name, Text(model.name), components, tuple(files), model.serial_number, _not_fitted(model, document))


def _replaced(part: Component, settings: Sequence[str]) -> Iterator[str]:
    for setting in settings:
        target, _, value = setting.partition("=")
        name, _, key = target.partition(".")
        if name == part.name:
            yield key if is_secret(part.driver.Settings, (key,)) else f"{key}={value}"


def _not_fitted(model: ProfileModel, document: Document) -> tuple[str, ...] | None:
    known = registry.kinds()
    for number, kind in enumerate(model.not_fitted or ()):
        if kind not in known:
            said = hints.of_name(Said("no_kind", name=kind), kind, known)
            raise ConfigError(Said("at", where=f"{document.places['not_fitted', number]}: not_fitted", said=said))
    return None if model.not_fitted is None else tuple(model.not_fitted)


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
        if overrides.get("at", (part.model_extra or {}).get("at")) == asked.AT:
            driver = asked.driver(part.driver)
    except ConfigError as error:
        where = f"{document.places[(*path, 'driver')]}: components.{name}.driver"
        raise ConfigError(Said("at", where=where, said=error.told)) from error
    own = dict(part.model_extra or {})
    try:
        settings = driver.Settings.model_validate(own, strict=True)
    except ValidationError as error:
        raise ConfigError(explain(error, path, document.places, driver.Settings)) from error
    if overrides:
        settings = _override(name, driver, own, overrides)
    said = remarks.of_component(part.driver, part.remarks, (*path, "remarks"), document.places)
    remarks.check_codes(part.driver, part.signs, (*path, "signs"), document.places)
    signs = {code: tuple(word for words in by_lang.values() for word in words) for code, by_lang in part.signs.items()}
    return Component(name, part.driver, driver, settings, tuple(part.needs), tuple(part.usb), said, signs)


def _override(name: str, driver: type[Driver], own: dict[str, Any], overrides: Mapping[str, Any]) -> Settings:
    chosen = {key: _choice(driver.Settings, name, key, value) for key, value in overrides.items()}
    merged = _merge(own, chosen)  # what a key follows from is set before
    try:
        return driver.Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(Said("at", where=f"--set {name}.{key}", said=message(first, driver.Settings))) from error


def _choice(model: type[BaseModel], name: str, key: str, value: object) -> object:
    """Return the value that is typed as text, where a key has a choice of values that are no texts; else the text."""
    if isinstance(value, str) and is_secret(model, (key,)):
        return secrets.given(f"{name}.{key}", value)
    entry = model.model_fields.get(key)
    return next((each for each in get_args(entry.annotation) if str(each) == value), value) if entry else value


def _overrides(settings: Sequence[str], components: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for setting in settings:
        target, equals, value = setting.partition("=")
        name, dot, key = target.partition(".")
        if not equals or not dot or not key:
            # never a value: it may be a PIN
            shown = target if equals else secrets.covered_numbers(target)
            raise ConfigError(Said("at", where=f"--set {shown}", said=Said("set_expected")))
        if name not in components:
            said = hints.of_name(Said("no_component", name=name), name, components)
            raise ConfigError(Said("at", where=f"--set {target}", said=said))
        inner = found.setdefault(name, {})
        *groups, last = key.split(".")
        for group in groups:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):
                raise ConfigError(Said("at", where=f"--set {target}", said=Said("set_whole", key=group)))
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
