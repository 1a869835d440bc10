"""A bundle as a terminal: its profile, with its trace in the place of the devices."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diag.bench.bundle import archive
from diag.bench.bundle.contents import PIN, PROFILES, RECORD, TRACE
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import asked, profile
from diag.knowledge.profile import Profile
from diag.records.record import Record, from_json

_NO_RECORD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Replayed:
    """The run that a bundle holds, its profile as of a replay, and the components that were examined."""

    record: Record
    profile: Profile
    components: tuple[str, ...]


@contextlib.contextmanager
def opened(path: Path, reference: str | None, settings: Sequence[str]) -> Iterator[Replayed]:
    """Open a bundle for a replay, which reads the trace from a folder that goes with the context.

    `reference`: a profile in the place of the bundle's. `settings`: of --set. Raises ConfigError for a file that is no
    bundle, or one without trace or profile.
    """
    bundle = archive.read(path)
    record = record_of(bundle, path)
    if TRACE not in bundle.members:
        raise ConfigError(Said("at", where=path, said=Said("bundle_without_trace")))
    with tempfile.TemporaryDirectory(prefix="posdiag-") as name:
        folder = Path(name)
        (folder / TRACE).write_bytes(bundle.members[TRACE])
        source = reference or _unpacked(bundle, folder, path)
        parts = [part for part in record.components if part.at != asked.AT]
        traced = [f"{part.name}.at=trace:{folder / TRACE}" for part in parts]
        loaded = profile.load(source, [*_replaced(bundle.members[TRACE], folder), *traced, *settings])
        if not reference:
            loaded = replace(loaded, id=record.terminal.profile)
        _refuse_devices(loaded, record, path)
        yield Replayed(record, loaded, tuple(part.name for part in record.components))


def record_of(bundle: archive.Bundle, path: Path) -> Record:
    """Return the record in a bundle. Raises Broken where there is none."""
    try:
        return from_json(json.loads(bundle.members[RECORD]))
    except _NO_RECORD as error:
        raise archive.Broken(Said("at", where=path, said=Said("no_bundle"))) from error


def _refuse_devices(loaded: Profile, record: Record, path: Path) -> None:
    """Raise ConfigError where a component would be reached and not replayed: a bundle may come from anybody."""
    for part in record.components:
        found = loaded.components.get(part.name)
        if found and found.at != asked.AT and not found.at.startswith("trace:"):
            raise ConfigError(Said("at", where=path, said=Said("bundle_reaches_device", component=part.name)))


def _replaced(trace: bytes, folder: Path) -> Iterator[str]:
    """Yield what --set had replaced in the recorded run, but for addresses; a secret is not known, and stands in."""
    secret = folder / "secret"
    secret.write_text(PIN)
    for line in trace.splitlines():
        with contextlib.suppress(*_NO_RECORD):
            entry = json.loads(line)
            for setting in entry["settings"] if entry["op"] == "begin" else ():
                key, equals, value = str(setting).partition("=")
                if key != "at":
                    yield f"{entry['component']}.{key}={value if equals else f'@{secret}'}"


def _unpacked(bundle: archive.Bundle, folder: Path, path: Path) -> str:
    """Write the files of the bundle's profile into a folder of ours; return the first, which is the profile itself."""
    names = [name for name in bundle.members if name.startswith(PROFILES)]
    if not names:
        raise ConfigError(Said("at", where=path, said=Said("bundle_without_profile")))
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(bundle.members[name])
    return str(folder / names[0])
