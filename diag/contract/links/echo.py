"""A filter for our own bytes in what comes back: half-duplex adapters and loopback plugs return every byte sent."""

from __future__ import annotations

from collections import deque

_FLOW_CONTROL = (0x11, 0x13)
_LATE = 8  # messages whose echo may still be on its way


class EchoFilter:
    """Drops what repeats a message byte for byte; anything else passes. `seen`: an echo has come."""

    def __init__(self) -> None:
        self.seen = False
        self._awaited: deque[bytes] = deque(maxlen=_LATE)
        self._held = bytearray()

    def sent(self, data: bytes) -> None:
        """Note a message that went out and may come back."""
        if len(self._awaited) == _LATE:  # the oldest message is dropped, and what was held back for its echo
            self._held.clear()
        if not self.seen and not self._held:
            self._awaited.clear()  # this line does not seem to echo: do not wait for old messages
        self._awaited.append(data)

    def feed(self, data: bytes) -> bytes:
        """Return the received bytes that are no echo; the beginning of a possible echo is held back."""
        passed = bytearray()
        for byte in data:
            if byte in _FLOW_CONTROL or not self._awaited:
                passed.append(byte)
            elif byte == self._awaited[0][len(self._held)]:
                self._held.append(byte)
                self._drop_whole()
            else:
                passed += self.rest()
                passed.append(byte)
        return bytes(passed)

    def rest(self) -> bytes:
        """Return the bytes that were held back and turned out to be no echo."""
        held = bytes(self._held)
        self._held.clear()
        if held:
            self._awaited.popleft()
        return held

    def _drop_whole(self) -> None:
        if len(self._held) == len(self._awaited[0]):
            self.seen = True
            self._held.clear()
            self._awaited.popleft()
