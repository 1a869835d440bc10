"""Readers by name that say the same in words of their own: a healthy one and a bad one of each, by the real command.

MagTek: 99875094 rev. 16 (port-powered), the manuals of IntelliHead with RS-232 (p. 6) and of the Port Powered Insertion
Reader (p. 14 and 15). Extech: S4500THS manual (p. 4 and 5), MSP-II manual (p. 30 and 31). Encoders: MSR605 and MSR206
programmer's manuals, and dialects of their clones that open drivers take.
"""

from __future__ import annotations

import os
import random
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diag.sim.magstripe.stripe import CARDS, Card, bits, damage
from drivers.magstripe.pure import numbered
from drivers.magstripe.pure.readings import read_line
from drivers.magstripe.pure.track import TrackError
from tests.conftest import Served
from tests.stripes import Hands, follow, measured, profile

_ENCODER = {b"\x1be": b"\x1by", b"\x1bt": b"\x1b3S", b"\x1bv": b"\x1bREVU2.31", b"\x1b\x87": b"\x1b0"}


@dataclass(frozen=True)
class Dialect:
    """What a reader says of a card, and of one whose tracks in `bad` do not decode; `wakes`: what it says at first."""

    swipe: Callable[[Card, tuple[int, ...]], bytes]
    reader: str = "text"
    wakes: bytes = b""


def _magtek(card: Card, bad: tuple[int, ...]) -> bytes:
    return "".join(f"{'%;'[track - 1]}E?" if track in bad else card.text(track) for track in (1, 2)).encode() + b"\r"


def _intellihead(card: Card, bad: tuple[int, ...]) -> bytes:
    """Say nothing of a track without a start sentinel or five good characters."""
    return "".join(card.text(track) for track in (1, 2) if track not in bad).encode() + b"\r"


def _inserted(card: Card, bad: tuple[int, ...]) -> bytes:
    """Tell the sensor when the card comes, and the tracks when the card goes."""
    return b"\x02\x1b1\r\x03" + b"\x02\x1b" + _magtek(card, bad)[:-1] + b"0\r\x03"


def _extech(card: Card, bad: tuple[int, ...]) -> bytes:
    said = [
        f"{'%;'[track - 1]}/{track}/{'E,01,Parity Error' if track in bad else card.tracks[track]}?" for track in (1, 2)
    ]
    return "\r\n".join([*said, "\x15"]).encode()


def _extech_plain(card: Card, bad: tuple[int, ...]) -> bytes:
    said = ["\x1bE,02,Checksum Error" if track in bad else f"/{track}/{card.tracks[track]}" for track in (1, 2)]
    return "\r\n".join([*said, ""]).encode()


def _iso(empty: bytes, unreadable: bytes, *, third: bytes = b"", shared: bool = False) -> Any:
    def swipe(card: Card, bad: tuple[int, ...]) -> bytes:
        body = b""
        for track in (1, 2):
            text = unreadable if track in bad else card.text(track).encode()
            body += bytes((0x1B, track)) + (text[:-1] if shared and track == 2 and track not in bad else text)
        return b"\x1bs" + body + (third + empty if third else b"") + b"?\x1c\x1b" + (b"1" if bad else b"0")

    return swipe


def _lowest_first(card: Card, bad: tuple[int, ...]) -> bytes:
    body, draw = b"", random.Random(repr(card))  # noqa: S311 -- a simulation
    for track in (1, 2):
        whole = bits(track, card.tracks[track])
        whole = damage(whole, draw) if track in bad else whole
        data = bytes(int(whole[at : at + 8][::-1], 2) for at in range(0, len(whole), 8))
        body += bytes((0x1B, track, len(data))) + data
    return b"\x1bs" + body + b"\x1b\x03\0?\x1c\x1b0"


DIALECTS = {
    "MagTek port-powered": Dialect(_magtek, "magtek", b"21042806D01\r"),
    "MagTek IntelliHead": Dialect(_intellihead, "silent-errors"),
    "MagTek insertion reader": Dialect(_inserted),
    "Extech S4500THS": Dialect(_extech),
    "Extech MSP-II": Dialect(_extech_plain),
    "an encoder without track 3": Dialect(_iso(b"", b"\x1b*"), "encoder-iso"),
    "an encoder that shares the last end sentinel": Dialect(_iso(b"", b"\x1b*", shared=True), "encoder-iso"),
    "an encoder with E and +": Dialect(_iso(b"+", b"E", third=b"\x1b\x03"), "encoder-iso"),
    "an encoder with *": Dialect(_iso(b"\x1b+", b"*", third=b"\x1b\x03"), "encoder-iso"),
    "raw bits, the lowest first": Dialect(_lowest_first, "encoder"),
}


#: the person here swipes one way only, which raw bits tell
SETTINGS: dict[str, object] = {"tracks": [1, 2], "both_directions": False}


class Person(Hands):
    """Swipes cards when told to."""

    def __init__(self, port: int, dialect: Dialect, bad: tuple[int, ...]) -> None:
        self._port, self._dialect, self._bad = port, dialect, bad

    def swipe(self, card: int) -> None:
        os.write(self._port, self._dialect.swipe(CARDS[card], self._bad))


@contextmanager
def attached(dialect: Dialect, bad: tuple[int, ...]) -> Iterator[Served]:
    """A reader on a port, and somebody in front of it."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    ended = threading.Event()

    def serve() -> None:
        woken = False
        while not ended.is_set():
            if not woken and dialect.wakes:
                woken = bool(os.write(ours, dialect.wakes))
            if select.select([ours], [], [], 0.05)[0]:
                data = os.read(ours, 100)
                for at in range(0, len(data), 2):
                    os.write(ours, _ENCODER.get(data[at : at + 2], b"") if dialect.reader.startswith("enc") else b"")

    thread = threading.Thread(target=serve)
    thread.start()
    person = Person(ours, dialect, bad)
    process: Any = SimpleNamespace(stdin=person, stdout=person)
    try:
        yield Served(os.ttyname(theirs), {}, process)
    finally:
        ended.set()
        thread.join()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_healthy_reader_of_each_dialect(tmp_path: Path, name: str) -> None:
    dialect = DIALECTS[name]
    with attached(dialect, ()) as reader:
        done = follow(reader, profile(tmp_path, dialect.reader, **SETTINGS), tmp_path)
    assert (done.status, done.causes) == (0, [])
    assert measured(done)["card_1_track1"] == measured(done)["card_1_track2"]


@pytest.mark.parametrize("bad", [1, 2])
@pytest.mark.parametrize("name", DIALECTS)
def test_a_bad_track_of_each_dialect(tmp_path: Path, name: str, bad: int) -> None:
    dialect = DIALECTS[name]
    with attached(dialect, (bad,)) as reader:
        done = follow(reader, profile(tmp_path, dialect.reader, **SETTINGS), tmp_path)
    assert (done.status, done.causes) == (1, [f"MSR-TRACK{bad}"])


EXTECH: dict[bytes, dict[int, set[TrackError]]] = {
    _extech_plain(CARDS[1], (1,)): {1: {TrackError.UNREADABLE}, 2: set()},
    b"%/1/?\r\n" + _extech(CARDS[1], ()).split(b"\r\n")[1] + b"\r\n\x15": {1: {TrackError.NO_DATA}, 2: set()},
    b"\x1bE,01,Parity Error\r\n": {number: {TrackError.UNREADABLE} for number in (1, 2, 3)},
    b"%E,05,Time-out Expired\r\n\x15": {},  # nobody has swiped
    b"\x1bE,09,Cancel Request\r\n": {},
}


@pytest.mark.parametrize("said", EXTECH)
def test_errors_of_a_reader_in_a_printer(said: bytes) -> None:
    found = read_line(said)
    assert {track.number: set(track.errors) for track in found.tracks} == EXTECH[said]
    assert (found.setting, found.line, found.stray) == ("", "", 0)


@pytest.mark.parametrize("said", ["", "1/2/3", ";E?", "%E?;E?\r", "E,1", "/4/12\r", f"{CARDS[1].text(1)}/2/12"])
def test_other_texts_have_no_numbers(said: str) -> None:
    assert numbered.parse(said) is None


def test_endless_lines_take_no_endless_time() -> None:
    assert numbered.parse("/1/" + "\x15/1/" * 1000 + "\r\nX") is None
