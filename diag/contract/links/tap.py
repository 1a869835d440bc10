"""The tap, through which all raw calls to devices go: recorded with --trace, replayed from a trace: address.

A trace is a file of JSON lines, one raw call each:

    {"t": 0.0123, "component": "printer", "op": "write", "sent": "100401", "got": 3}
    {"t": 1.0149, "component": "printer", "op": "read", "error": "DeviceSilent", "detail": "…"}

`sent` and `got` are JSON values made by the link (bytes as hex). A link redacts card payloads before they reach the
tap. A component's first line is `begin`, whether anything was asked of the component or not, with the settings that
--set had replaced (of a secret only its key); `ask` is a question to the person, with the answer; `interrupted` is
where Ctrl-C ended the run; the last line, `end`, seals the others by their SHA-256. A replay (`replay`) returns the
recorded results, and raises the recorded errors, by what is asked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from diag.contract import errors, files, privacy
from diag.contract.interruption import Interruption
from diag.contract.overheard import HELD, Ear, shape
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

    def __init__(self, path: Path, *, force: bool = False) -> None:
        descriptor = files.create_for(path, "--trace", force=force)
        self._file = open(descriptor, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 -- closed by `close`
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self.redactions = 0
        self.trouble: Said | None = None
        self.at_close: list[Callable[[], None]] = []
        self._digest = hashlib.sha256()

    def now(self) -> float:
        """Return the seconds since the file was opened."""
        return round(time.monotonic() - self._start, 6)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one call, scanned for card data."""
        line, _, hits = privacy.to_line(entry)
        with self._lock:
            self.redactions += hits
            if self._file.closed or self.trouble:
                return
            try:
                self._file.write(line + "\n")
                self._digest.update(line.encode() + b"\n")
            except OSError as error:
                self.trouble = Said("trace_not_complete", why=system(error.errno, error))

    def close(self) -> None:
        """Finish the file; later calls of abandoned workers are dropped."""
        for finish in self.at_close:
            finish()
        with self._lock, contextlib.suppress(OSError):
            if not (self._file.closed or self.trouble):
                self._file.write(seal(self._digest.hexdigest()).decode())
            self._file.close()


def seal(digest: str) -> bytes:
    """Return the last line of a trace, which tells that nobody has changed or cut the lines above."""
    return json.dumps({"component": "", "op": "end", "sent": digest}).encode() + b"\n"


class Recorder(Silent):
    """The tap that records one component's calls.

    What is read waits while it can be the beginning of card data that comes in pieces: until so much more was read, or
    the trace ends. So a killed run's trace may lack what was read last.
    """

    def __init__(
        self, file: TraceFile, component: str, interruption: Interruption, replaced: Sequence[str] = ()
    ) -> None:
        self._file = file
        self._component = component
        self._interruption = interruption
        self._interrupted = False
        self._ear = Ear()
        self._waiting: list[tuple[dict[str, Any], int]] = []  # calls, and how many bytes each has read
        self._lock = threading.Lock()
        file.at_close.append(self._write_all)
        self._write({"component": component, "op": "begin", **({"settings": list(replaced)} if replaced else {})})

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Call `do`, and write what was sent and what came of the call."""
        entry = {"component": self._component, "op": op, "sent": sent}
        self._note_interruption("before")
        try:
            got = do()
        except errors.PosdiagError as error:
            self._write({**entry, "error": type(error).__name__, "detail": to_data(error.told)})
            raise
        else:
            self._write({**entry, "got": got})
        finally:
            self._note_interruption("during")
        return got

    def _write(self, entry: dict[str, Any]) -> None:
        """Write a call, or let the call wait behind what may be the beginning of card data."""
        entry = {"t": self._file.now(), **entry}
        data = read_bytes(entry)
        with self._lock:
            self._waiting.append((entry, len(data)))
            if data:
                self._ear.take(data)
            self._let_go(0 if self._ear.harmless else HELD)

    def _write_all(self) -> None:
        with self._lock:
            self._let_go(0)

    def _let_go(self, held: int) -> None:
        """Write the calls behind which at least `held` bytes were read, or none of which has read anything."""
        behind = sum(size for _, size in self._waiting)
        masked = self._ear.heard or (not held and self._ear.cut_off)
        while self._waiting and (not behind or behind - self._waiting[0][1] >= held):
            entry, size = self._waiting.pop(0)
            behind -= size
            self._file.write(_masked(entry) if masked else entry)

    def _note_interruption(self, moment: str) -> None:
        """Write once whether the run was interrupted before a call, or during the call; what follows gives back."""
        if self._interruption.is_set() and not self._interrupted:
            self._interrupted = True
            self._write({"component": self._component, "op": "interrupted", "sent": moment})


def read_bytes(entry: dict[str, Any]) -> bytes:
    """Return the bytes that a call has read; none for another call."""
    return bytes.fromhex(entry["got"]) if entry["op"] == "read" and isinstance(entry.get("got"), str) else b""


def _masked(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a call of a device that has sent card data: stars for the bytes that were read, shapes for texts."""
    if data := read_bytes(entry):
        return {**entry, "got": (b"*" * len(data)).hex()}
    return {**entry, "detail": shape(entry["detail"])} if "detail" in entry else entry
