"""Collectors: they make a kept swipe of what a reader sends, inside the link (`diag.contract.links.receiving`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from diag.contract.links.input import InputEvent
from drivers.magstripe.pure import idtech, magtek, msr605
from drivers.magstripe.pure.keys import LAYOUTS, Typist
from drivers.magstripe.pure.text import Reading, parse, parse_in_order
from drivers.magstripe.swipe import Keeper

T = TypeVar("T")

_EV_KEY, _EV_SYN, _SYN_DROPPED = 1, 0, 3
_FLOW = b"\0\x06\x11\x13"  # acknowledgement and flow control before a frame
_LONGEST = 4096  # bytes of one swipe; what sends more does not speak of tracks
_AFTER_TERMINATOR = 0.4  # of the pause, once a terminator has come and all tracks that are examined are there
_SIGNIFICANT = 3  # characters; fewer that are no track are noise, or a card sensor's byte, and no swipe


class _Timed:
    """Notes when the data came, and how long the pause is that ends them."""

    def __init__(self, keeper: Keeper, pause: float, expected: tuple[int, ...] = ()) -> None:
        self._keeper = keeper
        self._pause = pause
        self._expected = set(expected)
        self._first: float | None = None
        self._last = 0.0
        self._ended = False

    @property
    def pause(self) -> float:
        """Shorter after a terminator."""
        return self._pause * (_AFTER_TERMINATOR if self._ended else 1)

    def _all_there(self, text: str) -> bool:
        return self._expected <= {one.number for one in parse(text).tracks}

    def _came(self, at: float) -> None:
        self._first = at if self._first is None else self._first
        self._last = at

    def _keep(self, reading: Reading, **more: Any) -> dict[str, Any]:
        seconds = self._last - (self._last if self._first is None else self._first)
        return self._keeper.keep(reading, seconds=round(seconds, 4), **more)


class Keys(_Timed):
    """A keyboard wedge. Where another layout than the profile's gives tracks, the reader is set to that one."""

    def __init__(self, keeper: Keeper, pause: float, expected: tuple[int, ...], layout: str) -> None:
        super().__init__(keeper, pause, expected)
        self._layout = layout
        self._typist = Typist()
        self._dropped = False

    def feed(self, piece: list[InputEvent]) -> None:
        """Events as they come."""
        for event in piece:
            if event.type == _EV_KEY:
                self._came(event.time)
                self._typist.key(event.code, event.value)
            self._dropped = self._dropped or (event.type, event.code) == (_EV_SYN, _SYN_DROPPED)
        self._ended = self._typist.entered and self._all_there(self._typist.text(self._layout))

    def end(self) -> dict[str, Any] | None:
        """The swipe, or None where nothing was typed: a shift key alone, or releases only."""
        reading, setting = self._read()
        if not reading.tracks and len(self._typist) < _SIGNIFICANT:
            return None
        if setting:
            reading = Reading(reading.tracks, setting, reading.glued, reading.stray)
        return self._keep(reading, lost=self._dropped)

    def _read(self) -> tuple[Reading, str]:
        expected = parse(self._typist.text(self._layout))
        if expected.good and not expected.setting:
            return expected, ""
        for other in LAYOUTS:
            found = parse(self._typist.text(other))
            if found.good and not found.setting:
                return found, f"layout-{other}"
        return expected, ""


class Text(_Timed):
    """A serial reader: sentinel text, or ID TECH's frames in between."""

    def __init__(self, keeper: Keeper, pause: float, expected: tuple[int, ...]) -> None:
        super().__init__(keeper, pause, expected)
        self._data = b""

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Bytes as they come; a frame ends where its length says."""
        self._came(time.monotonic())
        self._data = (self._data + piece).lstrip(_FLOW)[:_LONGEST]
        size = idtech.frame_size(self._data)
        if size is not None and len(self._data) >= size:
            try:
                return self._keep(idtech.decode_frame(self._data))
            except ValueError:
                return None
        ended = piece[-1:] in (b"\r", b"\n", b"\x03")
        self._ended = ended and self._all_there(self._data.decode("latin-1"))
        return None

    def end(self) -> dict[str, Any] | None:
        """The tracks in the text; where every byte has its highest bit to spare, the line has seven and a parity."""
        text = self._data.decode("latin-1")
        if self._data[:1] == b"\x02" and any(byte > 0x7F for byte in self._data):  # a frame that is not whole
            return self._keep(Reading(stray=len(self._data)))
        framed = text[:1] == "\x02" and "\x10" in text  # UIC: STX, tracks with DLE between them, ETX
        reading = parse_in_order(text.strip("\x02\x03\r\n").split("\x10")) if framed else parse(text)
        seven = parse(bytes(byte & 0x7F for byte in self._data).decode("latin-1"))
        if seven.good > reading.good and any(byte > 0x7F for byte in self._data):
            reading = Reading(seven.tracks, "parity", seven.glued, seven.stray)
        if not reading.tracks and reading.stray < _SIGNIFICANT:
            return None
        return self._keep(reading)


class Reports(_Timed):
    """HID reports: MagTek's lengths, or else ID TECH's layouts."""

    def feed(self, piece: bytes) -> dict[str, Any]:
        """A report is a swipe."""
        self._came(time.monotonic())
        try:
            reading, movement = decode_report(piece)
        except ValueError:
            return self._keep(Reading(stray=len(piece)))
        return self._keep(reading, movement=movement)

    def end(self) -> None:
        """A report comes whole."""


def decode_report(report: bytes) -> tuple[Reading, dict[str, bool]]:
    """The tracks in a report of any of the known layouts. Raises ValueError for none of them."""
    if magtek.fits(len(report)):
        return magtek.decode(report)
    if report[:1] == bytes((idtech.STX,)):
        return idtech.decode_frame(report), {}
    return idtech.decode_report(report), {}


class Answer(_Timed):
    """An encoder's answer to a read command, by `decode`: None while it is not whole, ValueError for garbage."""

    def __init__(
        self,
        keeper: Keeper,
        pause: float,
        command: bytes,
        decode: Callable[[bytes], tuple[Reading, int] | None],
        word: Callable[[int], str],
    ) -> None:
        super().__init__(keeper, pause)
        self._command = command  # a half-duplex adapter gives it back first
        self._decode = decode
        self._word = word
        self._data = b""

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Bytes as they come."""
        self._came(time.monotonic())
        self._data = (self._data + piece)[:_LONGEST]
        try:
            found = self._decode(self._data.removeprefix(self._command))
        except ValueError:
            return None  # more of it may come: the pause ends it
        return self._keep(found[0], status=self._word(found[1])) if found else None

    def end(self) -> dict[str, Any] | None:
        """Not whole, or no answer at all; an echo and noise are none."""
        left = self._data.removeprefix(self._command)
        if found := msr605.decode_error(left):
            return self._keep(found[0], status=self._word(found[1]))
        return self._keep(Reading(stray=len(left))) if len(left) >= _SIGNIFICANT else None


class Fact:
    """An answer to a command that concerns no card: bytes up to a length, or up to what `whole` finds.

    What came instead, which may be a swipe, is told by its length only.
    """

    def __init__(self, whole: Callable[[bytes], T | None], pause: float) -> None:
        self._whole = whole
        self._data = b""
        self.pause = pause

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Bytes as they come."""
        self._data = (self._data + piece)[:_LONGEST]
        try:
            found = self._whole(self._data)
        except ValueError:
            return None
        return None if found is None else {"fact": found}

    def end(self) -> dict[str, Any]:
        """No such answer."""
        return {"length": len(self._data)}
