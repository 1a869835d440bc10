"""An encoder of the MSR206 and MSR605 family: reads on command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from diag.contract.errors import DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links.stream import Stream
from drivers.magstripe.pure import msr605
from drivers.magstripe.readers.collectors import EncoderCollector
from drivers.magstripe.readers.commands import Commands
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor, SwipeResult, received

_BEFORE = 3  # bytes that may come before an answer
_ANSWERS = 6  # to the communication test, of two bytes or one, until chance is no explanation


class Encoder:
    """One encoder, of which reading and self-tests are used."""

    tells_errors = True
    keyboard_mode = False

    def __init__(self, stream: Stream, settings: MagstripeSettings) -> None:
        self._commands = Commands(stream, settings.timeout_s)
        self._settings = settings
        self.tracks: tuple[int, ...] = (1, 2, 3)

    @property
    def proven_alive(self) -> bool:
        """Whether the encoder has answered a command."""
        return self._commands.answered

    @property
    def repeated(self) -> int:
        """The number of questions that were asked again, for something else had come."""
        return self._commands.repeated

    def identify(self) -> dict[str, str]:
        """Reset the encoder, test the communication, and return model and firmware.

        A reset is never answered. Raises: DeviceSilent, DeviceGarbled.
        """
        self._commands.send(msr605.RESET)
        self._commands.prove(msr605.COMMUNICATION, _communicates, _ANSWERS)
        said = {}
        with suppress(DeviceSilent, DeviceGarbled):  # clones leave these out; the communication test has passed
            model = self._commands.ask(msr605.MODEL, _model)
            self.tracks = msr605.TRACKS[model]
            said["model"] = f"{chr(model)} (tracks {' '.join(map(str, self.tracks))})"
        with suppress(DeviceSilent, DeviceGarbled):
            said["firmware"] = self._commands.ask(msr605.FIRMWARE, _firmware)
        return said

    def ram_test(self) -> bool:
        """Return whether the encoder's test of its memory passes. Raises: DeviceSilent, DeviceGarbled."""
        return self._commands.ask(msr605.RAM, _exactly(msr605.PASSED, msr605.FAILED)) == msr605.PASSED.hex()

    def prepare_sensor(self) -> None:
        """Have the card sensor wait for a card."""
        self._commands.await_quiet()
        self._commands.send(msr605.SENSOR)

    def senses_card(self, timeout: float) -> bool | None:
        """Return whether the sensor notices a card within `timeout`; None from a model that has no such test."""
        answer: str | None
        try:
            answer = self._commands.listen(_exactly(msr605.PASSED, msr605.FAILED), timeout)
        except DeviceGarbled:
            answer = ""
        self._commands.send(msr605.RESET)
        return {None: False, msr605.PASSED.hex(): True}.get(answer)

    def prepare(self, redactor: Redactor) -> None:
        """Start a read: of raw bits where the profile wants them, else an ISO read."""
        self._commands.await_quiet()
        # past the line's echo filter: the collector of the swipe takes out the echo
        self._commands.stream.write(self._read_command, self._settings.timeout_s)

    def read_swipe(self, redactor: Redactor, timeout: float) -> SwipeResult | None:
        """Return the answer to the read; the read is cancelled where no card comes."""
        decode = msr605.decode_raw if self._settings.raw else msr605.decode_iso
        collector = EncoderCollector(redactor, self._settings.pause_s, self._read_command, decode)
        redacted = self._commands.stream.receive(collector, timeout)
        if redacted is None:
            self._commands.send(msr605.RESET)
        return received(redacted)

    def close(self) -> None:
        """Leave no read waiting for a card, and give the port back."""
        with suppress(DeviceGone, DeviceSilent):
            self._commands.send(msr605.RESET)
        self._commands.stream.close()

    @property
    def _read_command(self) -> bytes:
        return msr605.READ_RAW if self._settings.raw else msr605.READ_ISO


def _exactly(*answers: bytes) -> Callable[[bytes], str | None]:
    """Return a function that finds one of these answers, in hex; some adapters lose an answer's escape."""

    def whole(data: bytes) -> str | None:
        for answer in answers:
            if answer in data[: len(answer) + _BEFORE] or data == answer[1:]:
                return answer.hex()
        if len(data) > _BEFORE + 1:
            raise ValueError
        return None

    return whole


def _communicates(data: bytes) -> str | None:
    """Return the answer of the communication test, in hex, where nothing follows it; some adapters lose its escape."""
    if len(data) > len(msr605.COMMUNICATES) + _BEFORE:
        raise ValueError
    return data.hex() if data.endswith(msr605.COMMUNICATES[1:]) else None


def _model(data: bytes) -> int | None:
    if len(data) < 3:
        return None
    if data[:1] != msr605.ESC or data[2:3] != b"S" or data[1] not in msr605.TRACKS:
        raise ValueError
    return data[1]


def _firmware(data: bytes) -> str | None:
    if len(data) < msr605.FIRMWARE_LENGTH:
        return None
    text = data[1 : msr605.FIRMWARE_LENGTH].decode("ascii", "replace")
    if data[:1] != msr605.ESC or not text.isascii() or not text.isprintable():
        raise ValueError
    return text.strip()
