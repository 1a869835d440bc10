"""A trace on its way into a bundle: line by line without what must not leave, and sealed again where it was whole."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
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
    telling = _telling_of_cards(entries)
    lines = []
    for entry in entries:
        shown = tap.masked(entry) if entry["component"] in telling else entry
        cleaner.count["cards"] += shown != entry
        lines.append(json.dumps(cleaner.data(shown)).encode() + b"\n")
    text = b"".join(lines)
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


def _telling_of_cards(entries: list[dict[str, Any]]) -> set[str]:
    """Return the components of which the pieces that were read give card data together."""
    ears: defaultdict[str, Ear] = defaultdict(Ear)
    for entry in entries:
        ears[entry["component"]].take(tap.read_bytes(entry))
    return {name for name, ear in ears.items() if ear.heard or ear.cut_off}
