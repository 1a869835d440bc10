"""`posdiag …` that gets a signal at some moment, and what it leaves behind."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from diag.conclusions import stored
from tests.forkserver import POSDIAG, ROOT, clean_environment
from tests.stores import kept

_PATIENCE = 20.0  # s for a command to end, and for its simulators
_LINE = ("family=conexant", "model=CX93001", "test_number=95555", "answer_s=5")


class Home:
    """A home of its own, so that all that a command leaves can be told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "tmp"
        self._temporary.mkdir(parents=True)
        self.runs = folder / "state" / "posdiag" / "runs"
        self._store = folder / ".local" / "share" / "posdiag" / "store.sqlite"
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
        if self._store.exists():
            kept(self._folder)
        return None


class Telephone:
    """A simulated dial-up modem that answers after a second, and tells whether its line is on hook."""

    def __init__(self) -> None:
        words = [word for item in ("technology=dialup", "rings=1", *_LINE) for word in ("--set", item)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "diag.sim.modem", *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._hook = "on"
        #: how often a line was taken off hook
        self.calls = 0
        settings = [f"at={json.loads(self._line(_PATIENCE))['at']}", *_LINE]
        #: what examines this modem, a call included
        self.words = [
            "run", "generic/dialup-modem", "--level", "external",
            *(word for item in settings for word in ("--set", f"modem.{item}")),
        ]  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.communicate()

    def trouble(self) -> str | None:
        """Return what is wrong with the line now that nobody uses the modem."""
        while line := self._line(0.1):
            self._hook = json.loads(line)["hook"]
            self.calls += self._hook == "off"
        return None if self._hook == "on" else "the line is off hook"

    def _line(self, patience: float) -> str:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], patience)[0]:
            return ""
        found = b""
        while not found.endswith(b"\n"):
            found += os.read(self._process.stdout.fileno(), 1)
        return found.decode()
