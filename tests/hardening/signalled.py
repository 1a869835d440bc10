"""`posdiag …` that gets a signal at some moment, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from diag.conclusions import stored
from tests.forkserver import POSDIAG, clean_environment

_PATIENCE = 20.0  # s for a command to end, and for its simulators


class Home:
    """A home of its own, so that all that a command leaves can be told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "tmp"
        self._temporary.mkdir(parents=True)
        self.runs = folder / "state" / "posdiag" / "runs"
        self.env = {**clean_environment(folder), "TMPDIR": str(self._temporary)}

    def trouble(self, words: Sequence[str], signals: Sequence[int], after: float) -> str | None:
        """Send signals some seconds after the start of a command; return what is wrong afterwards, or None."""
        process = subprocess.Popen(
            [POSDIAG, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=self.env, cwd=self._folder, start_new_session=True,
        )  # fmt: skip
        time.sleep(after)  # the moment is what is tried
        for number in signals:
            process.send_signal(number)
        try:
            _, err = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "it went on"
        if "Traceback" in err:
            return err
        return self._left() or self._unreadable()

    def _left(self) -> str | None:
        end = time.monotonic() + _PATIENCE
        while (left := [*self._temporary.iterdir(), *self._orphans()]) and time.monotonic() < end:
            time.sleep(0.05)
        for path in self._temporary.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        return f"left: {left}" if left else None

    def _orphans(self) -> list[Path]:
        return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._is_ours(entry)]

    def _is_ours(self, process: Path) -> bool:
        try:
            return f"TMPDIR={self._temporary}".encode() in (process / "environ").read_bytes()
        except OSError:
            return False

    def _unreadable(self) -> str | None:
        for path in self.runs.glob("*.json*"):
            if path.stat().st_size == 0:
                return f"{path.name} is empty"
            json.loads(json.dumps(stored.read(path).run.id))
            os.unlink(path)
        return None
