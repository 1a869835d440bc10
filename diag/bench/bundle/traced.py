"""A trace on its way into a bundle: line by line without what must not leave, and sealed again where it was whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from diag.bench.bundle.private import Cleaner
from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.links import tap
from diag.contract.links.replay import is_sealed
from diag.contract.overheard import Ear
from diag.contract.said import Said
from diag.records.record import Record

_MOST = 1 << 26  # bytes of a trace
_NO_LINE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def cleaned(path: Path, record: Record, cleaner: Cleaner) -> bytes:
    """Return the trace of a run. Raises ConfigError for a file that is no trace, or is one of other parts."""
    raw = files.content(path, _MOST)
    entries = _entries(raw, path)
    parts = {part.name for part in record.components}
    if strange := sorted({entry["component"] for entry in entries} - parts):
        raise ConfigError(Said("at", where=f"--trace {path}", said=Said("trace_of_others", component=strange[0])))
    for component in parts:
        reads = [entry for entry in entries if entry["component"] == component and tap.read_bytes(entry)]
        _clean_joined(reads, cleaner)
    text = b"".join(json.dumps(cleaner.data(entry)).encode() + b"\n" for entry in entries)
    whole = is_sealed(raw, len(raw) - raw.rfind(b"\n", 0, -1) - 1)
    return text + tap.seal(hashlib.sha256(text).hexdigest()) if whole else text


def _entries(raw: bytes, path: Path) -> list[dict[str, Any]]:
    """Return the calls of a trace, without its seal."""
    found, lines = [], raw.splitlines()
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            tap.read_bytes(entry)
            if entry["op"] != "end":
                found.append({**entry, "component": str(entry["component"]), "op": str(entry["op"])})
        except _NO_LINE as error:
            if number > 1 and number == len(lines) and not raw.endswith(b"\n"):
                break  # its program was killed
            raise ConfigError(Said("at", where=f"--trace {path}:{number}", said=Said("no_trace_line"))) from error
    return found


def _clean_joined(reads: list[dict[str, Any]], cleaner: Cleaner) -> None:
    """Put stars into what a component's device has said, where its pieces give together what must not leave."""
    pieces = [tap.read_bytes(entry) for entry in reads]
    data = b"".join(pieces)
    ear = Ear()
    for piece in pieces:
        ear.take(piece)
    if ear.heard or ear.cut_off:
        cleaner.count["cards"] += 1
        data = b"*" * len(data)
    data = cleaner.spelt_out(data)
    for entry, piece in zip(reads, pieces, strict=True):
        entry["got"], data = data[: len(piece)].hex(), data[len(piece) :]
