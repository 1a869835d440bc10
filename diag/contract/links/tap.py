"""The tap, through which all raw calls to devices go: recorded with --trace, replayed from a trace: address.

A trace is a file of JSON lines, one raw call each:

    {"t": 0.0123, "component": "printer", "op": "write", "sent": "100401", "got": 3}
    {"t": 1.0149, "component": "printer", "op": "read", "error": "DeviceSilent", "detail": "…"}

`sent` and `got` are JSON values made by the link (bytes as hex). A link redacts card payloads before they reach the
tap. A component's first line is `begin`, whether anything was asked of the component or not; `ask` is a question to the
person, with the answer; `interrupted` is where Ctrl-C ended the run. A replay (`replay`) returns the recorded results,
and raises the recorded errors, by what is asked.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from diag.contract import errors, privacy
from diag.contract.interruption import Interruption
from diag.contract.said import Said, system, to_data


class Tap(Protocol):
    """What links make each raw call through."""

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Call `do`, and note its JSON value or its error of ours; or answer in its place.

        `wait`: the seconds that a read waits for, where nothing comes.
        """

    def ask(self, sent: Any, do: Callable[[], str | None]) -> str | None:
        """Ask the person by `do`, and note the answer; or answer in the person's place."""

    def now(self) -> float:
        """Return the time in seconds by which links and drivers keep their deadlines."""

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Let so many seconds pass; return whether the run is interrupted, which ends the pause."""


class Silent:
    """The tap of a run that neither records nor replays."""

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Call `do`, and return its value."""
        return do()

    def ask(self, sent: Any, do: Callable[[], str | None]) -> str | None:
        """Ask the person."""
        answer: str | None = self.call("ask", sent, do)
        return answer

    def now(self) -> float:
        """Return this computer's time."""
        return time.monotonic()

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Wait for so many seconds, or until an interruption."""
        return interruption.wait(seconds)


class TraceFile:
    """The file with the traces of all components of a run, written line by line."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise errors.ConfigError(Said("says", what=f"--trace {path}", why=system(error.errno, error))) from error
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self.redactions = 0
        self.trouble: Said | None = None

    def write(self, entry: dict[str, Any]) -> None:
        """Append one call, scanned for card data."""
        line, _, hits = privacy.to_line({"t": round(time.monotonic() - self._start, 6), **entry})
        with self._lock:
            self.redactions += hits
            if self._file.closed or self.trouble:
                return
            try:
                self._file.write(line + "\n")
            except OSError as error:
                self.trouble = Said("trace_not_complete", why=error.strerror)

    def close(self) -> None:
        """Finish the file; later calls of abandoned workers are dropped."""
        with self._lock, contextlib.suppress(OSError):
            self._file.close()


class Recorder(Silent):
    """The tap that records one component's calls."""

    def __init__(self, file: TraceFile, component: str, interruption: Interruption) -> None:
        self._file = file
        self._component = component
        self._interruption = interruption
        self._interrupted = False
        self._file.write({"component": component, "op": "begin"})

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Call `do`, and write what was sent and what came of the call."""
        entry = {"component": self._component, "op": op, "sent": sent}
        self._note_interruption("before")
        try:
            got = do()
        except errors.PosdiagError as error:
            self._file.write({**entry, "error": type(error).__name__, "detail": to_data(error.told)})
            raise
        else:
            self._file.write({**entry, "got": got})
        finally:
            self._note_interruption("during")
        return got

    def _note_interruption(self, moment: str) -> None:
        """Write once whether the run was interrupted before a call, or during the call; what follows gives back."""
        if self._interruption.is_set() and not self._interrupted:
            self._interrupted = True
            self._file.write({"component": self._component, "op": "interrupted", "sent": moment})
