"""Keeping runs: a journal while a run goes on, a record when the run has ended.

`<id>.jsonl` gets one line an event, written at once, so that a killed run leaves a readable record up to its last
event; it is locked until its process ends. When the run has ended, `<id>.json` holds the record, and the journal is
deleted. `.order` has the ids of all runs in the order in which they began here.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from diag.contract import files
from diag.contract.errors import ConfigError

_ORDER = ".order"
_MOST = 1 << 26  # bytes of the order; a run takes 26


def order(folder: Path) -> dict[str, int]:
    """Return run id -> its number, for the runs made in this folder. A clock that was set back changes no number."""
    try:
        lines = files.content(folder / _ORDER, _MOST).decode(errors="replace").split("\n")
    except ConfigError:
        return {}
    return {run_id: number for number, run_id in enumerate(lines) if run_id}


def _note(folder: Path, run_id: str) -> None:
    """Append a run to the order of the runs made here; without the order, times have to do."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        file = os.open(folder / _ORDER, flags, 0o600)
        try:
            if os.fstat(file).st_nlink == 1:  # no other file by a second name
                os.write(file, f"{run_id}\n".encode())
        finally:
            os.close(file)


class Journal:
    """Appends events as they come."""

    def __init__(self, folder: Path, run_id: str) -> None:
        files.private_folder(folder)
        self.path = folder / f"{run_id}.jsonl"
        self._file = files.create(self.path, os.O_WRONLY | os.O_APPEND)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._size = 0
        _note(folder, run_id)

    def append(self, line: str) -> None:
        """Write one event's line with one system call; the line survives the death of this process.

        Raises OSError where the disk is full. What was written of the line is taken back, and the file where nothing
        else is in it, so that a journal stays readable.
        """
        data = line.encode(errors="replace") + b"\n"
        try:
            written = os.write(self._file, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(self._file, self._size)
            if not self._size:
                self.path.unlink(missing_ok=True)
            raise
        self._size += written

    def finish(self, record: dict[str, Any]) -> Path:
        """Replace the journal by the finished record, and return the path of the record."""
        final = self.path.with_suffix(".json")
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=final.parent, prefix=".", suffix=".tmp", delete=False
        ) as file:
            try:
                file.write(json.dumps(record, ensure_ascii=False))
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, final)
            except OSError:  # a full disk; the journal stays
                os.unlink(file.name)
                raise
        os.close(self._file)
        self.path.unlink()
        return final
