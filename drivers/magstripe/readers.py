"""Ways to a reader: keyboard wedge, HID reports, serial text, encoder. Each says what its kind can tell."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from diag.contract.errors import ConfigError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import Address, SerialLine
from diag.contract.links.hidraw import HidrawLink
from diag.contract.links.input import InputLink
from diag.contract.links.stream import Stream
from drivers.magstripe.collecting import Answer, Fact, Keys, Reports, Text
from drivers.magstripe.pure import idtech, magtek, msr605
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Keeper, Swipe, swipe_of

T = TypeVar("T")

_BEFORE = 3  # bytes that may come before an answer
_QUIET = 0.05  # s without bytes after which a line is empty
_UNASKED = 20  # swipes that nobody asked for, one after the other
_ENDLESS = "it sends without a pause"


class Reader(Protocol):
    """An opened reader."""

    #: whether it tells of a track that it could not read, or leaves it out
    tells_errors: bool
    #: the tracks that it has heads for
    tracks: tuple[int, ...]
    #: whether it would show at opening that it lives, so that nothing from a swipe is the head's fault
    alive: bool
    #: questions that were asked again, for something else had come
    repeated: int

    def identify(self) -> dict[str, str]:
        """What it says of itself. Raises DeviceSilent or DeviceGarbled where it has to answer and does not."""

    def prepare(self, keeper: Keeper) -> None:
        """Just before the person is asked: drop what came unasked, and have the reader wait for a card."""

    def swipe(self, keeper: Keeper, timeout: float) -> Swipe | None:
        """The next swipe; None when none came in time."""

    def close(self) -> None:
        """Give it back. A second call does nothing."""


def open_reader(address: Address, settings: MagstripeSettings) -> Reader:
    """Open the reader that the settings describe. Raises DeviceGone and the host errors."""
    if settings.way == "keys":
        return Wedge(address.open_input(settings.timeout_s), settings)
    if settings.way == "reports":
        return Hid(address.open_hidraw(settings.timeout_s), settings)
    line = SerialLine(settings.baud, settings.bytesize, settings.parity, settings.stopbits)
    stream = address.open_stream(settings.timeout_s, line)
    return Encoder(stream, settings) if settings.way == "msr605" else Serial(stream, settings)


class Wedge:
    """A keyboard. The kernel has enumerated it, so its electronics live."""

    alive = True
    repeated = 0
    tracks: tuple[int, ...] = (1, 2, 3)

    def __init__(self, link: InputLink, settings: MagstripeSettings) -> None:
        self._link = link
        self._settings = settings
        self.tells_errors = settings.tells_errors

    def identify(self) -> dict[str, str]:
        """Its name and ids."""
        return self._link.identity

    def prepare(self, keeper: Keeper) -> None:
        """Drop what was typed unasked. Raises DeviceGarbled when that has no end."""
        _drop(lambda: self.swipe(keeper, 0))

    def swipe(self, keeper: Keeper, timeout: float) -> Swipe | None:
        """What is typed until a pause."""
        collector = Keys(keeper, self._settings.pause_s, self._settings.examined, self._settings.layout)
        return _swipe(self._link.receive(collector, timeout))

    def close(self) -> None:
        """Let it type for everybody again."""
        self._link.close()


class Hid:
    """A reader with reports of its maker's."""

    alive = True
    repeated = 0
    tells_errors = True
    tracks: tuple[int, ...] = (1, 2, 3)

    def __init__(self, link: HidrawLink, settings: MagstripeSettings) -> None:
        self._link = link
        self._settings = settings

    def identify(self) -> dict[str, str]:
        """Its ids, and a MagTek reader's firmware; one that stalls the question has not failed."""
        said = dict(self._link.identity)
        if self._settings.answers and magtek.fits(self._link.sizes.input):
            answer = self._link.ask(magtek.SOFTWARE_ID)
            try:
                said["firmware"] = magtek.software_id(answer) if answer else ""
            except ValueError as error:
                raise DeviceGarbled(str(error)) from error
        return said

    def prepare(self, keeper: Keeper) -> None:
        """Drop reports of swipes that nobody asked for. Raises DeviceGarbled when that has no end."""
        _drop(lambda: self.swipe(keeper, 0))

    def swipe(self, keeper: Keeper, timeout: float) -> Swipe | None:
        """The next report."""
        return _swipe(self._link.receive(Reports(keeper, self._settings.pause_s), timeout))

    def close(self) -> None:
        """Give the node back."""
        self._link.close()


def _drop(swipe: Callable[[], Swipe | None]) -> None:
    """Take what is there without looking at it, up to a limit: a key may be stuck."""
    for _ in range(_UNASKED):
        if swipe() is None:
            return
    raise DeviceGarbled(_ENDLESS)


class _OnStream:
    """What readers on a serial line or a socket have in common."""

    def __init__(self, stream: Stream, settings: MagstripeSettings) -> None:
        self._stream = stream
        self._settings = settings
        self.alive = False
        self.repeated = 0
        self.tells_errors = settings.tells_errors
        self.tracks: tuple[int, ...] = (1, 2, 3)

    def prepare(self, keeper: Keeper) -> None:
        """Drop what was sent unasked."""
        self._empty()

    def close(self) -> None:
        """Give the port back."""
        self._stream.close()

    def _ask(self, command: bytes, whole: Callable[[bytes], T | None]) -> T:
        """A command's answer; asked again when something else came, which may have been a swipe.

        Raises DeviceSilent, DeviceGarbled; what came is never shown.
        """
        try:
            return self._ask_once(command, whole)
        except DeviceGarbled:
            self.repeated += 1
            return self._ask_once(command, whole)

    def _ask_once(self, command: bytes, whole: Callable[[bytes], T | None]) -> T:
        self._empty()
        self._stream.write(command, self._settings.timeout_s)

        def behind_echo(data: bytes) -> T | None:
            """A half-duplex adapter gives the command back first."""
            return None if command.startswith(data) else whole(data.removeprefix(command))

        got = self._stream.receive(Fact(behind_echo, self._settings.timeout_s), self._settings.timeout_s)
        if got is None:
            raise DeviceSilent(f"no answer to {command.hex(' ').upper()} in {self._settings.timeout_s:g} s")
        if "fact" not in got:
            raise DeviceGarbled(f"{got.get('length', 0)} bytes that do not answer {command.hex(' ').upper()}")
        self.alive = True
        fact: T = got["fact"]
        return fact

    def _empty(self) -> None:
        """Drop what is still on its way: an answer that came too late, a swipe that nobody asked for."""
        end = time.monotonic() + self._settings.timeout_s
        while self._stream.receive(Fact(_anything, _QUIET), _QUIET) is not None:
            if time.monotonic() >= end:
                raise DeviceGarbled(_ENDLESS)


def _anything(data: bytes) -> int | None:
    return len(data) or None


class Serial(_OnStream):
    """A reader that sends text when a card is swiped; one of ID TECH's also says who it is."""

    def identify(self) -> dict[str, str]:
        """ID TECH's version, where the profile says that it answers."""
        if self._settings.answers and self._settings.way == "idtech":
            return {"firmware": self._version()}
        if self._settings.sign_on_s:
            got = self._stream.receive(Fact(_sign_on, _QUIET), self._settings.sign_on_s)
            self.alive = bool(got and "fact" in got)
            return {"firmware": got["fact"]} if got and "fact" in got else {}
        return {}

    def _version(self) -> str:
        """Which command is known differs by family; a refusal is an answer. Raises DeviceSilent, DeviceGarbled."""
        try:
            text = self._ask(idtech.VERSION, idtech.version)
        except DeviceSilent:
            text = ""
        return text or self._ask(idtech.FIRMWARE, idtech.version)

    def swipe(self, keeper: Keeper, timeout: float) -> Swipe | None:
        """What is sent until a pause."""
        return _swipe(self._stream.receive(Text(keeper, self._settings.pause_s, self._settings.examined), timeout))


_ISO, _RAW = (msr605.READ_ISO, msr605.decode_iso), (msr605.READ_RAW, msr605.decode_raw)


class Encoder(_OnStream):
    """MSR206, MSR605 and their kin: reads on command."""

    def __init__(self, stream: Stream, settings: MagstripeSettings) -> None:
        super().__init__(stream, settings)
        self.tells_errors = True
        self.tracks = (1, 2, 3)

    def identify(self) -> dict[str, str]:
        """Reset (which never answers), communication test, model and firmware."""
        self._stream.write(msr605.RESET, self._settings.timeout_s)
        self._ask(msr605.COMMUNICATION, _exactly(msr605.COMMUNICATES, msr605.COMMUNICATES[1:]))
        said = {}
        with suppress(DeviceSilent, DeviceGarbled):  # clones leave these out; the communication test has passed
            model = self._ask(msr605.MODEL, _model)
            self.tracks = msr605.TRACKS[model]
            said["model"] = f"{chr(model)} (tracks {' '.join(map(str, self.tracks))})"
        with suppress(DeviceSilent, DeviceGarbled):
            said["firmware"] = self._ask(msr605.FIRMWARE, _firmware)
        return said

    def ram_test(self) -> bool:
        """The encoder's own test of its memory. Raises as `identify`."""
        return self._ask(msr605.RAM, _exactly(msr605.PASSED, msr605.FAILED)) == msr605.PASSED.hex()

    def prepare_sensor(self) -> None:
        """Have the card sensor wait for a card."""
        self._empty()
        self._stream.write(msr605.SENSOR, self._settings.timeout_s)

    def senses_card(self, timeout: float) -> bool | None:
        """Whether it notices a card that is swiped in time; None from a model that has no such test."""
        got = self._stream.receive(Fact(_exactly(msr605.PASSED, msr605.FAILED), _QUIET), timeout)
        self._stream.write(msr605.RESET, self._settings.timeout_s)
        if got is None:
            return False
        return True if got.get("fact") == msr605.PASSED.hex() else None

    def prepare(self, keeper: Keeper) -> None:
        """Start a read: of raw bits where the profile wants them, else an ISO read."""
        self._empty()
        command, _ = _RAW if self._settings.raw else _ISO
        self._stream.write(command, self._settings.timeout_s)

    def swipe(self, keeper: Keeper, timeout: float) -> Swipe | None:
        """The answer to the read; it is cancelled when no card comes."""
        command, decode = _RAW if self._settings.raw else _ISO
        collector = Answer(keeper, self._settings.pause_s, command, decode, msr605.status_means)
        got = self._stream.receive(collector, timeout)
        if got is None:
            self._stream.write(msr605.RESET, self._settings.timeout_s)
        return _swipe(got)

    def close(self) -> None:
        """Leave no read waiting for a card."""
        with suppress(DeviceGone, DeviceSilent):
            self._stream.write(msr605.RESET, self._settings.timeout_s)
        super().close()


def _sign_on(data: bytes) -> str | None:
    """MagTek's firmware id, a part number and a revision; anything else may be a swipe."""
    found = re.fullmatch(rb"[\r\n]*(\d{8}[A-Z]\d{2})[\r\n]+", data)
    return found[1].decode("ascii") if found else None


def _exactly(*answers: bytes) -> Callable[[bytes], str | None]:
    """Takes one of these answers, in hex; the escape of one is lost on some adapters."""

    def whole(data: bytes) -> str | None:
        for answer in answers:
            if answer in data[: len(answer) + _BEFORE] or data == answer[1:]:
                return answer.hex()
        if len(data) > _BEFORE + 1:
            raise ValueError
        return None

    return whole


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


def _swipe(kept: dict[str, Any] | None) -> Swipe | None:
    if kept is None:
        return None
    try:
        return swipe_of(kept)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a replay gives what somebody has edited
        raise ConfigError("the trace holds a swipe that no reader gives") from error
