"""Keeping runs: a journal while a run goes on, a record when the run has ended.

`<id>.jsonl` gets one line an event, written at once, so that a killed run leaves a readable record up to its last
event. When the run has ended, `<id>.json` holds the record, and the journal is deleted.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from diag.contract import files


class Journal:
    """Appends events as they come."""

    def __init__(self, folder: Path, run_id: str) -> None:
        files.private_folder(folder)
        self.path = folder / f"{run_id}.jsonl"
        self._file = files.create(self.path, os.O_WRONLY | os.O_APPEND)
        self._size = 0

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
                json.dump(record, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, final)
            except OSError:  # a full disk; the journal stays
                os.unlink(file.name)
                raise
        os.close(self._file)
        self.path.unlink()
        return final
