"""What a keyboard wedge types, from key codes back to text (linux/input-event-codes.h).

A reader types scan codes of the layout that the reader is set to; a host with another layout gets other characters
(`layouts`). In ALT mode each character is its decimal
code on the keypad while ALT is down (MagTek 99875206, property 0F).
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.magstripe.pure.layouts import LAYOUTS, Layout

_LEFT_SHIFT, _RIGHT_SHIFT, _LEFT_ALT, _RIGHT_ALT = 42, 54, 56, 100
_CAPS_LOCK = 58
_WITHOUT_CHARACTER = {_LEFT_SHIFT, _RIGHT_SHIFT, _RIGHT_ALT}
_SHIFTS = {_LEFT_SHIFT, _RIGHT_SHIFT}
_KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_ENTERS = {28: "\r", 96: "\r", 15: "\t"}


class KeyDecoder:
    """The keys of one swipe, and what they mean under a layout."""

    def __init__(self) -> None:
        self._struck: list[
            tuple[int, bool, bool]
        ] = []  # key code, shifted, locked; or a character as a negative number
        self._down: set[int] = set()
        self._decimal: str | None = None
        self._locked = False
        self.entered = False

    def feed(self, code: int, value: int) -> None:
        """Take one EV_KEY event: 1 down, 0 up, 2 autorepeat, which no swipe means."""
        if value == 0:
            self._down.discard(code)
            if code == _LEFT_ALT and self._decimal:
                self._struck.append((-(int(self._decimal) & 0xFF), False, False))
            if code == _LEFT_ALT:
                self._decimal = None
        elif value == 1:
            self._down.add(code)
            self._press(code)

    def _press(self, code: int) -> None:
        if code == _LEFT_ALT:
            self._decimal = ""
        elif self._decimal is not None and code in _KEYPAD:
            self._decimal += _KEYPAD[code]
        elif code == _CAPS_LOCK:
            self._locked = not self._locked
        elif code not in _WITHOUT_CHARACTER:
            self.entered = code in _ENTERS
            self._struck.append((code, bool(self._down & _SHIFTS), self._locked))

    def text(self, layout: str) -> str:
        """Return what was typed, without keys that mean nothing."""
        return "".join(_characters(self._struck, LAYOUTS[layout]))

    def __len__(self) -> int:
        return len(self._struck)


def _characters(struck: Iterable[tuple[int, bool, bool]], layout: Layout) -> Iterable[str]:
    for code, shifted, locked in struck:
        if code < 0:
            yield chr(-code)
        elif code in _ENTERS:
            yield _ENTERS[code]
        elif code in _KEYPAD:
            yield _KEYPAD[code]
        elif code in layout:
            character = layout[code][shifted]
            yield character.swapcase() if locked and len(character.swapcase()) == 1 else character
