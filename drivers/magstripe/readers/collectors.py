"""Collectors: they make a redacted swipe of what a reader sends, inside the link (`diag.contract.links.receiving`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diag.contract.links.input import InputEvent
from drivers.magstripe.pure import idtech, magtek, msr605, numbered
from drivers.magstripe.pure.keys import KeyDecoder
from drivers.magstripe.pure.readings import read_keys, read_line
from drivers.magstripe.pure.text import DecodedSwipe, parse
from drivers.magstripe.swipe import Redactor

_EV_KEY, _EV_SYN, _SYN_DROPPED = 1, 0, 3
_FLOW_CONTROL = b"\0\x06\x11\x13"  # acknowledgement and flow control before a frame
_LONGEST = 4096  # bytes or keys of one swipe; what sends more does not speak of tracks
_AFTER_TERMINATOR = 0.4  # of the pause, once a terminator has come and all examined tracks are there
_REST_OF_TRACKS = 3  # times the pause, while a track is there and another is not: some readers wait between tracks
_LEAST = 3  # characters; fewer that are no track are noise, or a card sensor's byte, and no swipe


class _SwipeTimer:
    """When the data of one swipe came, and how long the pause is that ends the swipe."""

    def __init__(self, redactor: Redactor, pause: float, expected: tuple[int, ...] = ()) -> None:
        self.complete = self.partial = False
        self._redactor = redactor
        self._pause = pause
        self._expected = set(expected)
        self._first: float | None = None
        self._last = 0.0

    @property
    def pause(self) -> float:
        """The seconds of silence that end the swipe: fewer once it is complete, more while tracks are missing."""
        return self._pause * (_AFTER_TERMINATOR if self.complete else _REST_OF_TRACKS if self.partial else 1)

    def holds_expected(self, text: str) -> bool:
        """Return whether all expected tracks are in the text."""
        return self._expected <= {track.number for track in parse(text).tracks}

    def lacks_expected(self, text: str) -> bool:
        """Return whether some of the expected tracks are in the text, and others are not."""
        there = {track.number for track in parse(text).tracks}
        return bool(there & self._expected) and not self._expected <= there

    def came(self, at: float) -> None:
        """Note that data came at this time."""
        self._first = at if self._first is None else self._first
        self._last = at

    def redact(self, swipe: DecodedSwipe, **more: Any) -> dict[str, Any]:
        """Return what may be known of a swipe, and how long its data took to come."""
        seconds = self._last - (self._last if self._first is None else self._first)
        return self._redactor.redact(swipe, seconds=round(seconds, 4), **more)


class WedgeCollector:
    """Collects the keys of a wedge. Where another layout than the profile's gives tracks, that layout is set."""

    def __init__(self, redactor: Redactor, pause: float, expected: tuple[int, ...], layout: str) -> None:
        self._timer = _SwipeTimer(redactor, pause, expected)
        self._layout = layout
        self._keys = KeyDecoder()
        self._dropped = False

    @property
    def pause(self) -> float:
        """The seconds without a key that end a swipe."""
        return self._timer.pause

    def feed(self, piece: list[InputEvent]) -> None:
        """Take events as they come."""
        for event in piece:
            if event.type == _EV_KEY and len(self._keys) < _LONGEST:
                self._timer.came(event.time)
                self._keys.feed(event.code, event.value)
            self._dropped = self._dropped or (event.type, event.code) == (_EV_SYN, _SYN_DROPPED)
        text = self._keys.text(self._layout)
        self._timer.complete = self._keys.entered and self._timer.holds_expected(text)
        self._timer.partial = not self._timer.complete and self._timer.lacks_expected(text)

    def end(self) -> dict[str, Any] | None:
        """Return the swipe; None where nothing was typed: a shift key alone, or releases only."""
        swipe = read_keys(self._keys, self._layout)
        if not swipe.tracks and len(self._keys) < _LEAST:
            return None
        return self._timer.redact(swipe, lost=self._dropped)


class TextCollector:
    """Collects what a serial reader sends: text with sentinels, or ID TECH's frames."""

    def __init__(self, redactor: Redactor, pause: float, expected: tuple[int, ...]) -> None:
        self._timer = _SwipeTimer(redactor, pause, expected)
        self._data = b""

    @property
    def pause(self) -> float:
        """The seconds without a byte that end a swipe."""
        return self._timer.pause

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Take bytes as they come; a frame ends where its length says."""
        self._timer.came(time.monotonic())
        self._data = (self._data + piece).lstrip(_FLOW_CONTROL)[:_LONGEST]
        size = idtech.frame_size(self._data)
        if size is not None and len(self._data) >= size:
            try:
                swipe = idtech.decode_frame(self._data)
            except ValueError:
                return None  # the pause ends what is no whole frame
            return self._timer.redact(replace(swipe, glued=self._data[size : size + 1] == self._data[:1]))
        ended = piece[-1:] in (b"\r", b"\n", b"\x03")
        text = self._data.decode("latin-1")
        self._timer.complete = ended and self._timer.holds_expected(text)
        self._timer.partial = not self._timer.complete and self._timer.lacks_expected(text)
        return None

    def end(self) -> dict[str, Any] | None:
        """Return the tracks in the text or frame; None for noise."""
        if error := numbered.refusal(self._data.decode("latin-1")):
            return self._timer.redact(DecodedSwipe(), status=f"refused {error}")
        swipe = read_line(self._data)
        if not swipe.tracks and swipe.stray < _LEAST:
            return None
        return self._timer.redact(swipe)


class ReportCollector:
    """Collects one HID report: MagTek's by their lengths, or ID TECH's."""

    def __init__(self, redactor: Redactor, pause: float) -> None:
        self._timer = _SwipeTimer(redactor, pause)
        self.pause = pause

    def feed(self, piece: bytes) -> dict[str, Any]:
        """Return the swipe of a report, which comes whole."""
        self._timer.came(time.monotonic())
        try:
            swipe, movement = decode_report(piece)
        except ValueError:
            return self._timer.redact(DecodedSwipe(stray=len(piece)))
        return self._timer.redact(swipe, movement=movement)

    def end(self) -> None:
        """End without a swipe: `feed` has returned each."""


def decode_report(report: bytes) -> tuple[DecodedSwipe, dict[str, bool]]:
    """Return the tracks in a report of any known layout, and what the reader says of the movement.

    Raises: ValueError where no layout fits.
    """
    if magtek.fits(len(report)):
        return magtek.decode(report)
    if report[:1] == bytes((idtech.STX,)):
        return idtech.decode_frame(report), {}
    return idtech.decode_report(report), {}


class EncoderCollector:
    """Collects an encoder's answer to a read command.

    `decode` gives None while the answer is not whole, and raises ValueError for garbage.
    """

    def __init__(
        self,
        redactor: Redactor,
        pause: float,
        command: bytes,
        decode: Callable[[bytes], tuple[DecodedSwipe, int] | None],
    ) -> None:
        self._timer = _SwipeTimer(redactor, pause)
        self._command = command  # a half-duplex adapter gives the command back first
        self._decode = decode
        self._data = b""
        self.pause = pause

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Take bytes as they come, and return the swipe once the answer is whole."""
        self._timer.came(time.monotonic())
        self._data = (self._data + piece)[:_LONGEST]
        try:
            found = self._decode(self._data.removeprefix(self._command))
        except ValueError:
            return None  # more of it may come: the pause ends it
        return self._redact(*found) if found else None

    def end(self) -> dict[str, Any] | None:
        """Return what there is of an answer that is not whole; None for an echo or noise."""
        rest = self._data.removeprefix(self._command)
        if found := msr605.decode_error(rest):
            return self._redact(*found)
        if msr605.is_refusal(rest):
            return self._timer.redact(DecodedSwipe(), status=f"refused {rest.hex(' ').upper()}")
        return self._timer.redact(DecodedSwipe(stray=len(rest))) if len(rest) >= _LEAST else None

    def _redact(self, swipe: DecodedSwipe, status: int) -> dict[str, Any]:
        return self._timer.redact(swipe, status=msr605.status_word(status))
