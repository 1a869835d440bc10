"""Which profiles fit what is attached, how sure, and the command that examines it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from diag.bench.detect_part import Attached, Certainty
from diag.contract.errors import ConfigError
from diag.knowledge import profile
from diag.knowledge.languages import ENGLISH, Text

_SCHEMES = ("input", "hidraw", "pcsc", "sysfs")
_OPEN = ("serial", "usb", "hid", "keyboard")  # what may be of any kind


@dataclass(frozen=True, slots=True)
class _Part:
    """One component of a profile, as far as finding needs it."""

    name: str
    kind: str
    at: str
    usb: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Fit:
    """One profile that fits one attached thing: which component of the profile it is, and the command for it."""

    profile: str
    component: str
    kind: str
    certainty: Certainty
    settings: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that examines the thing with this profile."""
        settings = [word for setting in self.settings for word in ("--set", setting)]
        return shlex.join(["posdiag", "run", self.profile, *settings])


class Profiles:
    """The profiles of this computer, by USB id and by the model's name; one that does not parse is left out.

    Nothing is checked, and no driver is imported: that would take longer than everything else.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, list[tuple[str, _Part]]] = {}
        self._models: dict[str, list[tuple[str, _Part]]] = {}
        self._generic: dict[str, _Part] = {}
        self._titles: dict[str, Text] = {}
        for name, file in profile.available().items():
            try:
                data = profile.outline(file)
            except ConfigError:  # `posdiag profile list` names the mistake
                continue
            self._titles[name] = _title(name, data.get("name"))
            self._take(name, list(_parts(data.get("components"))))

    def title(self, name: str) -> Text:
        """Return what a profile calls its terminal."""
        return self._titles[name]

    def usb_ids(self, kind: str) -> set[str]:
        """Return the USB ids that profiles name for components of one kind."""
        return {usb for usb, named in self._by_id.items() if any(part.kind == kind for _, part in named)}

    def fits(self, thing: Attached, *, alone: bool = True) -> list[Fit]:
        """Return the profiles that fit, the surest first. `alone`: nothing else that is attached has its USB id."""
        by_id = self._by_id.get(thing.usb, [])
        by_name = [one for one in self._named(thing) if not by_id or one in by_id]
        chosen = by_name or by_id
        certainty: Certainty = (
            "sure" if by_id and len(chosen) == 1 else "likely"
        )  # makers give one id to several models
        found = [_fit(thing, name, part, certainty, alone=alone) for name, part in chosen]
        return [fit for fit in found if fit] or self.generic(thing, thing.generic, thing.certainty)

    def generic(self, thing: Attached, names: Iterable[str], certainty: Certainty) -> list[Fit]:
        """Return the generic profiles of these names that can reach the thing."""
        parts = [(name, self._generic[name]) for name in names if name in self._generic]
        found = [_fit(thing, name, part, certainty, alone=True) for name, part in parts]
        return [_also(fit, thing.settings) for fit in found if fit]

    def _take(self, name: str, parts: Sequence[_Part]) -> None:
        vendor, _, model = name.partition("/")
        if vendor == "generic" and len(parts) == 1:
            self._generic[name] = parts[0]
            return
        for part in parts:
            for usb in part.usb:
                self._by_id.setdefault(usb, []).append((name, part))
        if vendor not in ("generic", "demo") and len(parts) == 1:
            for word in {_plain(model), _plain(parts[0].model)} - {""}:
                self._models.setdefault(word, []).append((name, parts[0]))

    def _named(self, thing: Attached) -> list[tuple[str, _Part]]:
        """Return the profiles whose model the thing names as a word of its own."""
        words = dict.fromkeys(_plain(word) for word in re.split(r"[\s;:,()]+", f"{thing.name} {thing.said}"))
        found = [each for word in words for each in self._models.get(word, [])]
        return [(name, part) for name, part in dict(found).items() if thing.what in (part.kind, *_OPEN)]


def _parts(components: object) -> Iterator[_Part]:
    """Yield the components in a profile's data; what is not built as components are is left out."""
    for name, data in components.items() if isinstance(components, dict) else ():
        if isinstance(data, dict):
            usb = data.get("usb")
            ids = tuple(str(one) for one in usb) if isinstance(usb, list) else ()
            kind, at, model = (str(data.get(key, "")) for key in ("driver", "at", "model"))
            yield _Part(str(name), kind, at, ids, model)


def _title(name: str, texts: object) -> Text:
    given = {str(lang): str(text) for lang, text in texts.items()} if isinstance(texts, dict) else {}
    return Text(given or {ENGLISH: name})


def _also(fit: Fit, settings: Iterable[str]) -> Fit:
    return replace(fit, settings=(*fit.settings, *(f"{fit.component}.{one}" for one in settings)))


def _fit(thing: Attached, name: str, part: _Part, certainty: Certainty, *, alone: bool) -> Fit | None:
    """Return how a component of a profile reaches the thing; None where no address of the thing is of that scheme."""
    fit = Fit(name, part.name, part.kind, certainty)
    if part.kind == "modem" and (managed := thing.addresses.get("mm")):  # its ports are ModemManager's
        return replace(fit, settings=(f"{part.name}.at={managed}",))
    scheme = _scheme(part.at) or next(iter(thing.addresses), "")
    address = thing.addresses.get(scheme)
    if address is None:
        return None if thing.addresses else fit
    if not alone and scheme in ("input", "hidraw"):  # the id means several devices
        address = next((node for node in thing.nodes if scheme in node), address)
    finds_it = alone and thing.usb and thing.usb in part.at.lower()
    return fit if finds_it or address == part.at else replace(fit, settings=(f"{part.name}.at={address}",))


def _scheme(at: str) -> str:
    """Return the scheme of an address; empty where a profile leaves the address open."""
    scheme = at.partition(":")[0]
    return scheme if scheme in _SCHEMES else "stream" if at else ""


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
