"""What stands in a bundle: the run, its trace, its profile with all that it inherits, versions, doctor, kernel."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from diag import __version__
from diag.bench import doctor
from diag.bench.bundle import kernel, traced
from diag.bench.bundle.archive import Bundle
from diag.bench.bundle.private import Cleaner
from diag.contract import shown
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told
from diag.knowledge import profile, yamlfile
from diag.knowledge.languages import Lang
from diag.knowledge.places import DETECTED
from diag.knowledge.profile_mistakes import is_secret
from diag.knowledge.wording import wording
from diag.knowledge.words import word
from diag.records.record import Record, to_json

LISTING, RECORD, TRACE, PROFILES = "CONTENTS.txt", "record.json", "trace.jsonl", "profile/"
_VERSIONS, _DOCTOR, _KERNEL = "versions.json", "doctor.txt", "kernel.txt"
_ABOUT = {RECORD: "record", TRACE: "trace", _VERSIONS: "versions", _DOCTOR: "doctor", _KERNEL: "kernel"}
PIN = "0000"  # in the place of a secret: has a PIN's form, so that a replay takes the same way
_NO_NAME = re.compile(r"[^A-Za-z0-9_.+-]")
_LONGEST = 200  # characters of a device's or a person's text in the listing
_COUNTED = ("names", "cards", "subscribers", "secrets")


@dataclass(frozen=True)
class Made:
    """A bundle, and its listing for the person who sends it."""

    bundle: Bundle
    listing: str


def make(record: Record, trace: Path | None, lang: Lang) -> Made:
    """Return the bundle of a run, clean. Raises ConfigError for a trace that cannot be read, or is of other parts."""
    cleaner = Cleaner.of(record)
    members = {RECORD: _json(cleaner.data(to_json(record)))}
    left_out: list[Told] = []
    if trace:
        members[TRACE] = traced.cleaned(trace, record, cleaner)
    else:
        left_out.append(Said("bundle_no_trace"))
    try:
        members.update(_profiles(record.terminal.profile, cleaner))
    except ConfigError as error:
        left_out.append(Said("bundle_no_profile", why=error.told))
    members[_VERSIONS] = _json(_versions())
    members[_DOCTOR] = _text(doctor.report(lang)[0], cleaner)
    lines = kernel.lines()
    if lines:
        members[_KERNEL] = _text("\n".join(lines), cleaner)
    else:
        left_out.append(Said("bundle_no_kernel" if lines is None else "bundle_kernel_silent"))
    remarks = [cleaner.text(wording(told, lang)) for told in left_out]
    listing = _listing(record, members, remarks, cleaner, lang)
    return Made(Bundle(record.run.id, {LISTING: listing.encode(errors="replace"), **members}), listing)


def _profiles(name: str, cleaner: Cleaner) -> dict[str, bytes]:
    """Return the files of a profile as they are now, its own first: without comments and without secrets."""
    if name == DETECTED:
        raise ConfigError(Said("bundle_detected"))
    loaded = profile.load(name)
    secret = {
        key
        for part in loaded.components.values()
        for key in part.driver.Settings.model_fields
        if is_secret(part.driver.Settings, (key,))
    }
    members = {}
    for file in loaded.files:
        data = _without_secrets(yamlfile.load(file).data, secret, cleaner)
        text = yaml.safe_dump(cleaner.data(data), allow_unicode=True, sort_keys=False, width=120)
        folder, own = (_NO_NAME.sub("_", cleaner.text(each)) for each in (file.parent.name, file.name))
        members[f"{PROFILES}{folder.lstrip('.') or '_'}/{own}"] = text.encode()
    return members


def _without_secrets(data: Any, secret: set[str], cleaner: Cleaner) -> Any:
    if not isinstance(data, dict):
        return data
    cleaner.count["secrets"] += len(secret & data.keys())
    return {key: PIN if key in secret else _without_secrets(inner, secret, cleaner) for key, inner in data.items()}


def _versions() -> dict[str, Any]:
    """Return the versions of posdiag, of what it stands on, and of the system."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    found = {"posdiag": __version__, "python": platform.python_version(), "kernel": platform.release()}
    return {**found, "machine": platform.machine(), "system": system, "packages": dict(_packages())}


def _packages() -> Iterator[tuple[str, str]]:
    """Yield the packages that posdiag depends on, and whatever brings drivers or profiles."""
    try:
        required = metadata.requires("posdiag") or []
    except metadata.PackageNotFoundError:
        required = []
    names = {re.split(r"[\s<>=!~;\[]", each, maxsplit=1)[0] for each in required if "extra ==" not in each}
    for group in ("posdiag.drivers", "posdiag.profiles"):
        names |= {point.dist.name for point in metadata.entry_points(group=group) if point.dist}
    for name in sorted(names):
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "-"


def _listing(record: Record, members: dict[str, bytes], remarks: list[str], cleaner: Cleaner, lang: Lang) -> str:
    """Return what the bundle holds, for a person to read before it is sent."""
    facts = (record.run.id, record.run.started, record.terminal.profile, record.terminal.serial_number or "-")
    lines = [word("bundle.title", lang), _line("  ".join(cleaner.text(fact) for fact in facts)), ""]
    for name, data in members.items():
        about = "profile" if name.startswith(PROFILES) else _ABOUT[name]
        lines.append(f"  {len(data):>9}  {name}  {word(f'bundle.{about}', lang)}")
    counts = {name: cleaner.count[name] for name in _COUNTED}
    lines += ["", word("bundle.replaced", lang, **counts)]
    if remarks:
        lines += ["", word("bundle.left_out", lang), *(f"  - {_line(remark)}" for remark in remarks)]
    return "\n".join([*lines, "", word("bundle.read_first", lang), ""])


def _line(text: str) -> str:
    text = shown.in_a_line(text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _text(text: str, cleaner: Cleaner) -> bytes:
    return (shown.in_lines(cleaner.text(text)) + "\n").encode(errors="replace")


def _json(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode()
    return (shown.in_json(text) + "\n").encode()
