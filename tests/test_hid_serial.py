"""An MSR605X: the serial protocol of its family in HID reports, behind a node that the test pretends to the kernel."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.errors import DeviceSilent
from diag.contract.links import Address
from diag.contract.links.hid_serial import SIZE, payload, reports
from drivers.magstripe.pure.track import TrackError
from drivers.magstripe.readers import Encoder, open_reader
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Redactor

NODE = "/dev/hidraw99"
_SET_FEATURE = 0xC0414806  # HIDIOCSFEATURE(65)
SETTINGS = MagstripeSettings(at=NODE, sends="msr605", raw=False, timeout_s=0.3)
TRACK_2 = b";4111111111111111=30121010000000000000?"
READ = b"\x1bs\x1b\x01\x1b*\x1b\x02" + TRACK_2 + b"\x1b\x03\x1b+?\x1c\x1b0"
ANSWERS = {b"\x1be": b"\x1by", b"\x1bt": b"\x1b3S", b"\x1bv": b"\x1bREVH7.31", b"\x1b\x87": b"\x1b0", b"\x1br": READ}


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[bytes, bytes]], list[bytes]]]:
    """A HID device at `NODE` that answers messages; gives the messages that came."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    real_open, real_ioctl = os.open, fcntl.ioctl
    answers: dict[bytes, bytes] = {}
    came: list[bytes] = []
    parts: list[bytes] = []

    def opened(path: Any, *rest: Any, **more: Any) -> int:
        return os.dup(theirs.fileno()) if str(path) == NODE else real_open(path, *rest, **more)

    def ioctl(fd: Any, request: int, arg: Any = 0, *rest: Any) -> Any:
        if request & 0xFFFFFFFF != _SET_FEATURE:
            return real_ioctl(fd, request, arg, *rest)
        report = bytes(arg)
        if report[:1] != b"\0" or len(report) != 1 + SIZE or b"stall" in answers:
            raise OSError(errno.EPIPE, os.strerror(errno.EPIPE))
        parts.append(payload(report[1:]))
        if report[1] & 0x40:
            came.append(b"".join(parts))
            parts.clear()
            for answer in reports(answers.get(came[-1], b"")):
                ours.send(answer)
        return 0

    def serve(with_answers: dict[bytes, bytes]) -> list[bytes]:
        answers.update(with_answers)
        return came

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    yield serve
    ours.close()
    theirs.close()


@given(st.binary(min_size=1, max_size=300))
def test_messages_come_back(message: bytes) -> None:
    carried = list(reports(message))
    assert all(len(report) == SIZE for report in carried)
    assert b"".join(map(payload, carried)) == message
    assert [report[0] >> 6 for report in carried[1:-1]] == [0] * len(carried[1:-1])
    assert carried[0][0] & 0x80
    assert carried[-1][0] & 0x40


def test_an_encoder_in_reports(device: Callable[[dict[bytes, bytes]], list[bytes]]) -> None:
    came = device(ANSWERS)
    reader = open_reader(Address(NODE, "magstripe"), SETTINGS)
    assert isinstance(reader, Encoder)
    assert reader.identify() == {"model": "3 (tracks 1 2 3)", "firmware": "REVH7.31"}
    assert reader.ram_test()
    redactor = Redactor(b"key", b"", show_last_four=False)
    reader.prepare(redactor)
    swipe = reader.read_swipe(redactor, 0.5)
    assert swipe is not None
    assert {number: set(track.errors) for number, track in swipe.tracks.items()} == {
        1: {TrackError.UNREADABLE}, 2: set(), 3: {TrackError.NO_DATA},
    }  # fmt: skip
    reader.close()
    assert came[0] == came[-1] == b"\x1ba"  # reset before, and no read left waiting


@pytest.mark.parametrize("answers", [{}, {b"stall": b""}], ids=["mute", "refuses"])
def test_a_device_that_does_not_speak(
    device: Callable[[dict[bytes, bytes]], list[bytes]], answers: dict[bytes, bytes]
) -> None:
    device(answers)
    reader = open_reader(Address(NODE, "magstripe"), SETTINGS)
    with pytest.raises(DeviceSilent):
        reader.identify()
    reader.close()
