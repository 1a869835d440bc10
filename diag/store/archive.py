"""All runs and confirmed repairs in one archive file, to keep or to take to another store.

A zip file: `runs/<number>.json`, each a record, `repairs.json`, and last `manifest.json` with the SHA-256 of each.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.records.record import Record, from_json
from diag.store import database, repairs, runs

_FORMAT = "posdiag.archive/1"
_MANIFEST, _REPAIRS = "manifest.json", "repairs.json"
_MOST = 1 << 25  # bytes of one record; a large one has a hundred thousand
_MOST_LISTED = 256  # bytes that the manifest has of a member
_AT_ONCE = 200  # runs that are read or added at a time
# what comes of a file that is no zip, or a damaged one, and of members that are no JSON, or no records
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError,
)  # fmt: skip


def write(path: Path, *, force: bool) -> int:
    """Write the archive of the store; return how many runs are in it.

    Raises ConfigError where the file is there already and not to be replaced, or cannot be written.
    """
    hashes: dict[str, str] = {}
    with os.fdopen(files.create_for(path, "FILE", force=force), "wb") as file:
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

                def put(name: str, text: str) -> None:
                    hashes[name] = hashlib.sha256(text.encode()).hexdigest()
                    archive.writestr(name, text)

                for number, text in _texts():
                    put(f"runs/{number:08}.json", text)
                put(_REPAIRS, json.dumps([asdict(repair) for repair in repairs.repairs()]))
                archive.writestr(_MANIFEST, json.dumps({"format": _FORMAT, "sha256": hashes}, indent=1))
        except OSError as error:
            raise ConfigError(Said("says", what=path, why=system(error.errno, error))) from error
    return len(hashes) - 1


def read(path: Path) -> tuple[int, int]:
    """Add what an archive holds to the store; return how many runs were added, and how many the archive has.

    All of it is checked before anything is added. Raises ConfigError for a file that is no archive, or is damaged.
    """
    try:
        with files.regular(path) as file, zipfile.ZipFile(file) as archive:
            names, confirmed = _checked(archive, path)
            added, held = 0, [name for name in names if name.startswith("runs/")]
            for start in range(0, len(held), _AT_ONCE):
                added += runs.add(_record(archive, name) for name in held[start : start + _AT_ONCE])
            repairs.add(confirmed)
    except _DAMAGED as error:
        raise ConfigError(Said("at", where=path, said=Said("archive_damaged"))) from error
    except OSError as error:  # also a place in the file that cannot be
        raise ConfigError(Said("unreadable", what=path, why=system(error.errno, error))) from error
    return added, len(held)


def _checked(archive: zipfile.ZipFile, path: Path) -> tuple[list[str], list[repairs.Repair]]:
    """Return the names in the archive's order, and the repairs.

    Raises ConfigError where a member was added, removed or changed, or is more than one of ours can be.
    """
    infos = archive.infolist()
    for info in infos:
        most = _MOST_LISTED * (len(infos) + 1) if info.filename == _MANIFEST else _MOST
        if info.file_size > most or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ConfigError(Said("at", where=path, said=Said("archive_damaged")))
    manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
    names = [name for name in archive.namelist() if name != _MANIFEST]
    if manifest["format"] != _FORMAT or sorted(names) != sorted(manifest["sha256"]):
        raise ConfigError(Said("at", where=path, said=Said("archive_damaged")))
    for name in names:
        data = archive.read(name)
        if hashlib.sha256(data).hexdigest() != manifest["sha256"][name]:
            raise ConfigError(Said("at", where=path, said=Said("archive_damaged")))
        if name != _REPAIRS:
            from_json(json.loads(data))
    return names, [repairs.Repair.of(each) for each in json.loads(archive.read(_REPAIRS))]


def _record(archive: zipfile.ZipFile, name: str) -> Record:
    return from_json(json.loads(archive.read(name)))


def _texts() -> Iterator[tuple[int, str]]:
    last = 0
    while True:
        with database.reading() as base:
            found = base.rows(
                "SELECT number, record FROM run WHERE number > :last ORDER BY number LIMIT :most",
                last=last, most=_AT_ONCE,
            )  # fmt: skip
        yield from ((number, text) for number, text in found)
        if len(found) < _AT_ONCE:
            return
        last = found[-1][0]
