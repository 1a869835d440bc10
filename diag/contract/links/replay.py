"""Answers from a trace, found by what was asked, so that a trace outlives the next question added to a driver.

A call is answered by the next recorded call with the same `op` and `sent`. Calls that were skipped stay available, for
a driver may ask in another order. Reads belong to the question that they followed when they were recorded. The clock is
the trace's: a recorded wait costs no time, and goes by on this clock, which never goes back.

What the trace does not hold raises NotRecorded, and never says something about the device.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from diag.contract import errors, files
from diag.contract.interruption import Interruption
from diag.contract.links.tap import seal
from diag.contract.said import Said, Told, from_data

_QUESTIONS = ("open", "write", "line", "ask")  # the calls that later reads belong to
_NOTHING = {"read": "", "receive": None}  # the reads, and what they give where nothing comes
_MOST = 1 << 26  # bytes of a trace; a long run's has a million
_NO_LINE = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
_SHOWN = 12  # characters of a question in a message; more digits may look like those of a card

Entry = dict[str, Any]


class Replayer:
    """The recorded calls of one component."""

    def __init__(self, entries: list[Entry], source: str, interruption: Interruption | None = None) -> None:
        #: whether the trace is as it was written, to its end
        self.whole = False
        self._entries = entries
        self._source = source
        self._interruption = interruption or Interruption()
        self._interrupted = next((at for at, entry in enumerate(entries) if entry["op"] == "interrupted"), -1)
        self._during = self._interrupted >= 0 and entries[self._interrupted].get("sent") == "during"
        self._answered = 0  # the entry after the last that was given
        self._position = 0
        self._now = 0.0
        self._begins = any(entry["op"] == "begin" for entry in entries)  # an older trace does not
        self._asked: int | None = None  # the question that reads belong to; None after a question that is not recorded
        self._calls: defaultdict[str, list[int]] = defaultdict(list)
        self._reads: defaultdict[int, list[int]] = defaultdict(list)
        question = -1
        for number, entry in enumerate(entries):
            question = number if entry["op"] in _QUESTIONS else question
            if entry["op"] in _NOTHING:
                self._reads[question].append(number)
            else:
                self._calls[_key(entry["op"], entry.get("sent"))].append(number)

    @classmethod
    def from_file(cls, path: Path, component: str, interruption: Interruption) -> Replayer:
        """Load the calls of one component. Raises: ConfigError with file and line."""
        entries = []
        content = files.content(path, _MOST)
        *lines, cut_off = content.split(b"\n")
        for number, line in enumerate([*lines, *_whole(cut_off)], 1):
            if not line:
                continue
            try:
                entry = json.loads(line)
                if entry["component"] == component:
                    entries.append({**entry, "op": str(entry["op"]), "t": float(entry.get("t", 0.0))})
            except _NO_LINE as error:
                raise errors.ConfigError(Said("at", where=f"{path}:{number}", said=Said("no_trace_line"))) from error
        if not entries:
            raise errors.ConfigError(Said("nothing_of_component", what=path, component=component))
        found = cls(entries, str(path), interruption)
        found.whole = not cut_off and bool(lines) and is_sealed(content, len(lines[-1]) + 1)
        return found

    def now(self) -> float:
        """Return the time: the recorded time of all calls that have come back, and what was waited beyond."""
        return self._now

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Let the clock go on; return whether the run is interrupted."""
        self._now += seconds
        return interruption.is_set()

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Return what this call returned when recorded, or raise what the call raised. Raises: NotRecorded."""
        if self._answered == self._interrupted:
            self._interruption.set()
        try:
            return self._read(op, wait) if op in _NOTHING else self._call(op, sent)
        except errors.NotRecorded as error:
            if self._answered < self._interrupted or self._interrupted < 0:
                raise
            raise errors.Interrupted("the recorded run was interrupted") from error

    def ask(self, sent: Any, do: Callable[[], str | None]) -> str | None:
        """Return what the person answered when recorded, None where nobody was asked.

        An older trace holds no answers: there the person of today is asked.
        """
        if not self._begins:
            return do()
        with suppress(errors.NotRecorded, errors.Interrupted):
            return str(answer) if (answer := self.call("ask", sent, do)) is not None else None
        return None

    def _call(self, op: str, sent: Any) -> Any:
        numbers = self._calls[_key(op, sent)]
        if not numbers:
            self._asked = None if op in _QUESTIONS else self._asked
            raise errors.NotRecorded(Said("not_in_trace", what=self._source, question=_shown(op, sent)))
        ahead = bisect_left(numbers, self._position)
        number = numbers.pop(ahead if ahead < len(numbers) else 0)
        self._position = number + 1
        self._asked = number if op in _QUESTIONS else self._asked
        return self._outcome(number)

    def _read(self, op: str, wait: float | None) -> Any:
        numbers = self._reads[self._asked] if self._asked is not None else []
        for index, number in enumerate(numbers):
            if self._entries[number]["op"] == op:
                return self._outcome(numbers.pop(index))
        if self._asked is None:
            raise errors.NotRecorded(Said("question_not_in_trace", what=self._source, call=op))
        return self._nothing_more(op, self._asked, wait)

    def _nothing_more(self, op: str, question: int, wait: float | None) -> Any:
        """Return nothing where the recorded run went on to another call; else raise NotRecorded."""
        later = range(question + 1, len(self._entries))
        after = next((number for number in later if self._entries[number]["op"] not in _NOTHING), None)
        if after is None:
            raise errors.NotRecorded(Said("trace_ends", what=self._source, call=op))
        self._now += self._took(after) if wait is None else wait
        return _NOTHING[op]

    def _outcome(self, number: int) -> Any:
        entry = self._entries[number]
        self._now += self._took(number)
        self._answered = number + 1
        if self._during and self._answered == self._interrupted:
            self._interruption.set()
        if "error" not in entry:
            return entry.get("got")
        kind = getattr(errors, str(entry["error"]), None)
        known = isinstance(kind, type) and issubclass(kind, errors.PosdiagError)
        raise (kind if known and kind else errors.ConfigError)(_told(entry.get("detail")))

    def _took(self, number: int) -> float:
        """Return the recorded seconds from the call before to the end of this call."""
        return max(0.0, float(self._entries[number]["t"] - self._entries[number - 1]["t"])) if number else 0.0


def _told(detail: Any) -> Told:
    """Return what was said of a recorded error; a trace that was edited may hold anything."""
    with suppress(KeyError, TypeError, AttributeError):
        return from_data(detail)
    return str(detail or "")


def _whole(line: bytes) -> list[bytes]:
    """Return the last line of a trace; none where the line has no end, for its program was killed."""
    with suppress(ValueError, RecursionError):
        json.loads(line)
        return [line]
    return []


def opened(at: str) -> list[str]:
    """Return the address itself; of trace:PATH those that were opened while the trace was recorded.

    A trace that cannot be read has none; that is told when the trace is replayed.
    """
    if not at.startswith("trace:"):
        return [at]
    with suppress(errors.ConfigError, *_NO_LINE):
        lines = files.content(Path(at.removeprefix("trace:")), _MOST).decode().splitlines()
        entries = [json.loads(line) for line in lines if '"open"' in line]
        return [str(entry["sent"]) for entry in entries if entry["op"] == "open"]
    return []


def is_sealed(content: bytes, last: int) -> bool:
    """Return whether a trace ends in the seal of all that stands above; `last`: bytes of the last line."""
    return content[-last:] == seal(hashlib.sha256(content[:-last]).hexdigest())


def _key(op: str, sent: Any) -> str:
    """Return what matches a call with its record; an opening matches whatever its address was."""
    return op if op == "open" else f"{op} {json.dumps(sent, sort_keys=True)}"


def _shown(op: str, sent: Any) -> str:
    text = "" if sent is None or op == "open" else str(sent)
    return f"{op} {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}".strip()
