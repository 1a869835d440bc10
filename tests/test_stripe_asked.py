"""Card readers in mobile printers, which wait for a card when told to, and for one only.

Monarch 9430RX manual, p. 4-2 and 4-3; Extech MSP-II and MPP-II manuals, p. 29 to 31; S4500THS manual, p. 4.
"""

from __future__ import annotations

import os
import re
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import Done, Served
from tests.stripes import Hands, follow, measured, profile

CARDS = {
    1: ("B4111111111111111^TEST/CARD^29121010000000000", "4111111111111111=29121010000000000"),
    2: ("B5500005555555559^TEST/CARD^29121010000000000", "5500005555555559=29121010000000000"),
    3: ("B4012888888881881^TEST/CARD^29121010000000000", "4012888888881881=29121010000000000"),
}
TRACKS = {"1": (1,), "2": (2,), "3": (3,), "4": (1, 2), "5": (2, 3), "6": (1, 2, 3)}


class Printer:
    """A printer's port: `listen` takes commands, `swipe` sends what a card gives while the reader waits for one."""

    def __init__(self, port: int, letter: str, tracks: tuple[int, ...] = (1, 2), bad: tuple[int, ...] = ()) -> None:
        self.commands: list[bytes] = []
        self.seconds = 0
        self._port, self._letter, self._has, self._bad = port, letter.encode(), tracks, bad
        self._asked: tuple[int, ...] = ()
        self._got = b""
        self._told = threading.Condition()

    def listen(self) -> None:
        self._got += os.read(self._port, 100)
        pattern = b"\x1b(?:" + self._letter + rb"(\d\d)([1-6])\r|(C))"
        while found := re.match(pattern, self._got):
            self._got = self._got[found.end() :]
            with self._told:
                self.commands.append(found[0])
                self._obey(found)
                self._told.notify_all()

    def _obey(self, found: re.Match[bytes]) -> None:
        if found[3]:
            self._asked = ()
            os.write(self._port, b"%E,09,Cancel Request\r\n\x15")
            return
        self.seconds, asked = int(found[1]), TRACKS[found[2].decode()]
        self._asked = asked if set(asked) <= set(self._has) else ()
        if not self._asked:
            os.write(self._port, b"%E,08,Unsupported Track selected\r\n\x15")

    def swipe(self, card: int) -> None:
        with self._told:
            self._told.wait_for(lambda: bool(self._asked), timeout=2)
            lines = [
                f"{'%;+'[track - 1]}/{track}/{'E,01,Parity Error' if track in self._bad else CARDS[card][track - 1]}?"
                for track in self._asked
            ]
            self._asked = ()
        if lines:  # a reader that waits for nothing sees no card
            os.write(self._port, "\r\n".join([*lines, "\x15"]).encode())


class Person(Hands):
    """Swipes when told to, but not the `missed` time."""

    def __init__(self, printer: Printer, missed: int) -> None:
        self._printer, self._missed, self._swipes = printer, missed, 0

    def swipe(self, card: int) -> None:
        self._swipes += 1
        if self._swipes != self._missed:
            self._printer.swipe(card)


@contextmanager
def attached(letter: str, missed: int = 0, **of_printer: Any) -> Iterator[tuple[Served, Printer]]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    printer, ended = Printer(ours, letter, **of_printer), threading.Event()

    def serve() -> None:
        while not ended.is_set():
            if select.select([ours], [], [], 0.05)[0]:
                printer.listen()

    thread = threading.Thread(target=serve)
    thread.start()
    person = Person(printer, missed)
    process: Any = SimpleNamespace(stdin=person, stdout=person)
    try:
        yield Served(os.ttyname(theirs), {}, process), printer
    finally:
        ended.set()
        thread.join()
        os.close(ours)
        os.close(theirs)


def examined(tmp_path: Path, reader: Served, answers: str = "", **settings: object) -> Done:
    return follow(reader, profile(tmp_path, "text", **settings), tmp_path, answers=answers)


@pytest.mark.parametrize("letter", ["M", "m"])
@pytest.mark.parametrize(("bad", "causes"), [((), []), ((2,), ["MSR-TRACK2"])])
def test_a_reader_that_waits_on_command(tmp_path: Path, letter: str, bad: tuple[int, ...], causes: list[str]) -> None:
    with attached(letter, bad=bad) as (reader, printer):
        done = examined(tmp_path, reader, read_command=letter)
    assert (done.causes, done.status) == (causes, 1 if causes else 0)
    assert measured(done)["card_1_track1"]
    assert all(command.startswith(f"\x1b{letter}".encode()) for command in printer.commands)
    assert printer.seconds > 0.4  # longer than a person has for a swipe here: the printer does not give up first


def test_a_reader_that_nobody_tells_to_wait_is_silent(tmp_path: Path) -> None:
    with attached("M") as (reader, printer):
        done = examined(tmp_path, reader)
    assert (done.causes[:1], printer.commands) == (["MSR-MUTE"], [])


def test_a_wait_that_no_card_ended_is_cancelled_before_the_next(tmp_path: Path) -> None:
    with attached("M", missed=1) as (reader, printer):
        done = examined(tmp_path, reader, "magstripe.was_it_swiped=no\n", read_command="M")
    assert (done.causes, done.status) == ([], 0)
    assert [command[1:2] for command in printer.commands][:3] == [b"M", b"C", b"M"]


def test_a_refusal_is_no_dead_head(tmp_path: Path) -> None:
    """Error 08: the printer's reader has no head for that track; no card was read."""
    with attached("M", tracks=(2,)) as (reader, _):
        done = examined(tmp_path, reader, read_command="M")
    assert (done.causes, done.status) == ([], 3)
    assert "08" in done.out


@pytest.mark.parametrize(("tracks", "choice"), [([1, 2], b"4"), ([2, 3], b"5"), ([2], b"2"), ([1, 2, 3], b"6")])
def test_the_examined_tracks_are_asked_for(tmp_path: Path, tracks: list[int], choice: bytes) -> None:
    with attached("M", tracks=()) as (reader, printer):
        examined(tmp_path, reader, read_command="M", tracks=tracks)
    assert printer.commands[0] == b"\x1bM06" + choice + b"\r"
