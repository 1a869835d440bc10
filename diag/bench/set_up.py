"""The profile of a terminal, made of what is attached to this computer (`posdiag setup`, `posdiag profile new`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from diag.bench import detect_part, set_up_addresses
from diag.bench.detect import Listed
from diag.bench.detect_profiles import Fit, Profiles
from diag.contract.links.usb_bus import ADAPTERS
from diag.knowledge import places, profile
from diag.knowledge.profile import Profile

#: the address of a part that is fitted and was not seen: nothing is ever there, so that the part is told as not found
NOT_SEEN = "/dev/not-found"
#: kinds that a terminal may have -> the profile of a part that is fitted and was not seen, and the part's keys
UNSEEN: dict[str, tuple[str, dict[str, Any]]] = {
    "printer": ("generic/escpos-thermal", {"at": NOT_SEEN}),
    "card_reader": ("generic/pcsc", {"card": "optional"}),
    "magstripe": ("generic/msr-serial", {"at": NOT_SEEN}),
    "modem": ("generic/cellular-modem", {"at": NOT_SEEN}),
    "power": ("generic/linux-power", {"battery": "required"}),
}
#: how the address of a stripe reader that was not seen begins -> its profile
_STRIPE = {
    "input:": "generic/msr-wedge",
    "/dev/input/": "generic/msr-wedge",
    "hidraw:": "generic/msr-hid",
    "/dev/hidraw": "generic/msr-hid",
}
_SLOTS = ("contactless", "sam")  # components that are named for their slot
_BATTERY = "Battery"  # Documentation/ABI/testing/sysfs-class-power, type


@dataclass(frozen=True)
class Part:
    """A component of the profile to be written: its name, what it inherits, its own keys, and what was seen of it."""

    name: str
    kind: str
    profile: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    @property
    def seen(self) -> bool:
        """Tell whether anything of the part was seen."""
        return bool(self.about)


def best(one: Listed, profiles: Profiles) -> Fit | None:
    """Return the profile for a thing when nobody is asked; None where no profile fits at least likely.

    Where several models fit alike, no model is guessed: the generic profile of the kind is taken.
    """
    if not one.known:
        return None
    found = models(one)
    if len(found) == 1:
        return found[0]
    generic = profiles.generic(one.thing, one.thing.generic, "likely")
    return next((fit for fit in generic if fit.kind == found[0].kind), found[0])


def models(one: Listed) -> list[Fit]:
    """Return the profiles that fit best, all of them as sure."""
    return [fit for fit in one.fits if fit.certainty == one.fits[0].certainty]


def parts(chosen: Iterable[tuple[Listed, Fit]], attached: Sequence[Listed], *, model: bool = False) -> list[Part]:
    """Return the components for things and the profiles chosen for them.

    `attached`: all that is there. `model`: make components of any terminal of the model.
    """
    things = [one.thing for one in attached]
    found: dict[str, Part] = {}
    for one, fit in chosen:
        at = set_up_addresses.of_model(one.thing, fit) if model else set_up_addresses.of_this(one.thing, fit, things)
        part = _part(one, fit, at, model=model)
        if part.kind == "power" and part.name in found:  # one component examines all supplies
            found[part.name] = _together(found[part.name], part)
            continue
        name = _free(part.name, found)
        found[name] = replace(part, name=name)
    return list(found.values())


def whole(chosen: Iterable[tuple[Listed, Fit]]) -> str:
    """Return the profile of a whole terminal among those chosen; empty where each is of one part."""
    names = dict.fromkeys(fit.profile for _, fit in chosen)
    return next((name for name in names if len(profile.load(name).components) > 1), "")


def unseen(kind: str, at: str = "") -> Part:
    """Return the component for a part that is fitted and was not seen; `at`: where it is, if somebody knows."""
    name, keys = UNSEEN[kind]
    if kind == "magstripe":
        name = next((other for begin, other in _STRIPE.items() if at.startswith(begin)), name)
    (part,) = profile.load(name).components
    return Part(part, kind, name, {**keys, **({"at": at} if at else {})})


def with_unseen(found: Sequence[Part], missing: Mapping[str, str], *, model: bool = False) -> list[Part]:
    """Return the components with those of kinds that are fitted and were not seen.

    `missing`: kind -> the address, where somebody knows it; of any terminal of a model the address stays open.
    """
    made = [unseen(kind, at) for kind, at in missing.items()]
    if model:
        made = [
            replace(part, keys={key: value for key, value in part.keys.items() if value != NOT_SEEN}) for part in made
        ]
    names = {part.name: part for part in made}
    seen = [  # a supply without its battery
        replace(part, keys={**part.keys, **names[part.name].keys}) if part.name in names else part for part in found
    ]
    return [*seen, *(part for part in made if part.name not in {one.name for one in found})]


def text(
    found: Sequence[Part],
    *,
    comments: Sequence[str] = (),
    name: Mapping[str, str] | None = None,
    serial_number: str = "",
    not_fitted: Sequence[str] | None = None,
    inherits: str = "",
) -> str:
    """Return the profile as the text of its file."""
    lines = [*(f"# {line}" for line in comments), "schema: 1"]
    lines += [f"name: {_flow(name)}"] if name else []
    lines += [f"inherits: {inherits}"] if inherits else []
    lines += [f"serial_number: {_flow(serial_number)}"] if serial_number else []
    lines += [f"not_fitted: {_flow(list(not_fitted))}"] if not_fitted is not None else []
    lines += ["components:"] if found else []
    for part in found:
        lines += _component(part, inherits)
    return "\n".join(lines) + "\n"


def detected(found: Sequence[Listed], profiles: Profiles) -> list[Part]:
    """Return the components for all that a profile fits, when nobody is asked."""
    return parts([(one, fit) for one in found if (fit := best(one, profiles))], found)


def looked_for_again(loaded: Profile, found: Sequence[Listed], profiles: Profiles) -> Profile:
    """Return a profile in which each part that was not seen at set-up has what is there now, if anything is."""
    taken = {part.kind for part in loaded.components.values() if part.at != NOT_SEEN}
    now = {part.kind: part for part in reversed(detected(found, profiles)) if part.kind not in taken}
    components = dict(loaded.components)
    for name, part in loaded.components.items():
        if part.at == NOT_SEEN and part.kind in now:
            there = profile.parse(text([replace(now[part.kind], name=name)], name={"en": name}), places.DETECTED)
            components[name] = replace(there.components[name], needs=part.needs)
    return replace(loaded, components=components)


def _part(one: Listed, fit: Fit, at: str, *, model: bool) -> Part:
    plain = profile.load(fit.profile).components[fit.component].settings.model_dump(mode="json")
    fitted = profile.load(fit.profile, fit.settings).components[fit.component].settings.model_dump(mode="json")
    keys = {key: value for key, value in fitted.items() if value != plain[key] and key != "at"}
    if at and at != plain["at"]:
        keys = {"at": at, **keys}
    if fit.kind == "card_reader":
        keys["card"] = "optional"  # nobody has to leave a card in the reader
    if fit.kind == "power" and is_battery(one):
        keys["battery"] = "required"
    if model and one.thing.usb and not one.thing.usb.startswith(tuple(ADAPTERS)) and fit.profile.startswith("generic/"):
        keys["usb"] = [one.thing.usb]
    slot = keys.get("slot")
    about = " ".join(filter(None, (one.thing.name, one.thing.usb and f"(USB {one.thing.usb})"))) or fit.kind
    return Part(slot if slot in _SLOTS else fit.component, fit.kind, fit.profile, keys, about)


def is_battery(one: Listed) -> bool:
    """Return whether a power supply is a battery that is there."""
    folders = [Path(node.path) for node in one.nodes]
    return any(
        detect_part.text(each / "type") == _BATTERY and detect_part.text(each / "present") != "0" for each in folders
    )


def _together(first: Part, second: Part) -> Part:
    return replace(first, keys={**first.keys, **second.keys}, about=f"{first.about}, {second.about}")


def _free(name: str, taken: Mapping[str, Part]) -> str:
    """Return a name that no component has yet."""
    if name not in taken:
        return name
    return next(other for number in range(2, len(taken) + 3) if (other := f"{name}_{number}") not in taken)


def _component(part: Part, inherited: str) -> Iterator[str]:
    """Yield the lines of a component, which may come with the profile that the whole terminal inherits."""
    if part.about:
        yield f"  # {_printable(part.about)}"
    lines = [f"    {key}: {_flow(value)}" for key, value in part.keys.items()]
    if part.profile != inherited:
        lines.insert(0, f"    inherits: {part.profile}")
    yield f"  {part.name}:" + ("" if lines else " {}")
    yield from lines


def _flow(value: object) -> str:
    """Return a value in YAML: JSON is YAML, when what JSON lets pass unescaped is printable."""
    return json.dumps(value, ensure_ascii=not _is_printable(value))


def _is_printable(value: object) -> bool:
    return json.dumps(value, ensure_ascii=False).isprintable()


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
