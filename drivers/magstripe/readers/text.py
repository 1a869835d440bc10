"""A reader on a serial line that sends text or frames when a card is swiped."""

from __future__ import annotations

import re
from contextlib import suppress

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.stream import Stream
from drivers.magstripe.pure import idtech, numbered
from drivers.magstripe.readers.collectors import TextCollector
from drivers.magstripe.readers.commands import Commands
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor, SwipeResult, received

_REFUSALS = 4  # in a row, and nothing between them, that chance does not bring
_SPARE = 5.0  # s that a printer waits longer for the card than this computer does


class TextReader:
    """One serial reader. A reader of ID TECH's also says who it is."""

    tracks: tuple[int, ...] = (1, 2, 3)
    keyboard_mode = False

    def __init__(self, stream: Stream, settings: MagstripeSettings) -> None:
        self._commands = Commands(stream, settings.timeout_s)
        self._settings = settings
        self._signed_on = False
        self._waits_for_card = False
        self.tells_errors = settings.tells_errors

    @property
    def proven_alive(self) -> bool:
        """Whether the reader has answered a command, or signed on."""
        return self._commands.answered or self._signed_on

    @property
    def repeated(self) -> int:
        """The number of questions that were asked again, for something else had come."""
        return self._commands.repeated

    def identify(self) -> dict[str, str]:
        """Return ID TECH's version, or the firmware of a sign-on, where the profile says that the reader tells it."""
        if self._settings.has_commands:
            return {"firmware": self._ask_version()}
        if self._settings.sign_on_s:
            firmware = self._await_sign_on()
            self._signed_on = firmware is not None
            return {"firmware": firmware or ""}
        return {}

    def prepare(self, redactor: Redactor) -> None:
        """Drop what was sent unasked, and have a reader wait for a card that does so on command.

        Raises: DeviceGarbled where the reader sends without a pause.
        """
        if self._waits_for_card:
            self._commands.send(numbered.CANCEL)
        self._commands.await_quiet()
        if letter := self._settings.read_command:
            seconds = self._settings.swipe_s + _SPARE
            self._commands.send(numbered.wait_for_card(letter, self._settings.examined_tracks, seconds))

    def read_swipe(self, redactor: Redactor, timeout: float) -> SwipeResult | None:
        """Return what is sent until a pause."""
        collector = TextCollector(redactor, self._settings.pause_s, self._settings.examined_tracks)
        swipe = received(self._commands.stream.receive(collector, timeout))
        self._waits_for_card = swipe is None and bool(self._settings.read_command)
        return swipe

    def close(self) -> None:
        """Give the port back."""
        self._commands.stream.close()

    def _ask_version(self) -> str:
        """Return the version; which command is known differs by family, and a refusal is an answer.

        Raises: DeviceSilent, DeviceGarbled.
        """
        text = ""
        with suppress(DeviceSilent):
            text = self._commands.ask(idtech.VERSION, idtech.version)
        text = text or self._commands.ask(idtech.FIRMWARE, idtech.version)
        if not text:  # a refusal is one byte, which noise holds too
            self._commands.prove(idtech.FIRMWARE, idtech.version, _REFUSALS)
        return text

    def _await_sign_on(self) -> str | None:
        """Return the firmware id that is sent after switching on; None where no sign-on, or something else, comes."""
        with suppress(DeviceGarbled):
            return self._commands.listen(_sign_on, self._settings.sign_on_s)
        return None


def _sign_on(data: bytes) -> str | None:
    """Return MagTek's firmware id, a part number and a revision; anything else may be a swipe."""
    found = re.fullmatch(rb"[\r\n]*(\d{8}[A-Z]\d{2})[\r\n]+", data)
    return found[1].decode("ascii") if found else None
