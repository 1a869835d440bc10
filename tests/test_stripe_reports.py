"""Readers on a line as people have reported them, by the real command: the healthy, and what only looks like a head.

Each is a few lines here: a person at a TCP socket, who swipes when told to. Frames with a check byte: TYSSO MSE-630T
manual (p. 17), the serial protocol of MRS100 readers. JIS: MagTek USB KB IntelliHead manual (p. 32). Masked tracks with
encrypted fields behind them: MagTek 99875388. Licences: AAMVA DL/ID card design standard.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import xor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from tests.conftest import Done, Served
from tests.stripes import QUICK, Hands, follow, profile

ACCOUNTS = ("4111111111111111", "5500005555555559", "4012888888881881")  # the card industry's own for tests
MEMBERS = ("6000111122223333", "6000111122224445", "6000111122226661")  # of no bank: their last digit checks nothing
JIS = "\x7fA12345678901 0000000000 000000000000000000000000000000000000\x7f"
Said = str | bytes | list[bytes]


def first(card: int) -> str:
    return f"B{ACCOUNTS[card]}^TEST/CARD{'ABC'[card]}^2912101{card}230000000000"


def second(card: int) -> str:
    return f"{ACCOUNTS[card]}=2912101{card}230000000000"


def tracks(card: int) -> str:
    return f"%{first(card)}?;{second(card)}?"


def checked(text: str, *, all_of_it: bool = False) -> bytes:
    data = b"\x02" + text.encode("latin-1") + b"\x03"
    return data + bytes((reduce(xor, data if all_of_it else data[1:]),))


def mrs100(card: int) -> bytes:
    text = f"3Y{tracks(card)}"
    return checked(chr(len(text)) + text)


def masked(card: int, swipe: int) -> str:
    account = f"{ACCOUNTS[card][:4]}{8 * '0'}{ACCOUNTS[card][-4:]}"
    clear = f"%B{account}^TEST/CARD^29120000000000000?;{account}=2912000000000000?"
    return f"{clear}|0600|{20 * 'A3F1'}{swipe:02X}|{20 * '5C90'}||61403000|{28 * '9D'}|B0{swipe:014X}|0000\r"


def licence(card: int) -> str:
    return (
        f"%FLDELRAY BEACH^DOE$JOHN{'ABC'[card]}^4818 S FEDERAL BLVD^?;6360100462172082{card:03}=2101198299090=?"
        "+10334490000  D               160MBRO?\r"
    )


class Report(NamedTuple):
    """What a reader sends for a swipe of a card, by its number among the swipes; and what is to be said of that."""

    swipe: Callable[[int, int], Said]
    causes: tuple[str, ...] = ()
    says: str = ""
    tracks: tuple[int, ...] | None = None


REPORTS = {
    "text": Report(lambda card, _: tracks(card) + "\r"),
    "a check byte behind the text": Report(lambda card, _: checked(tracks(card))),
    "a check byte over all of it": Report(lambda card, _: checked(tracks(card), all_of_it=True)),
    "a length before it too": Report(lambda card, _: mrs100(card)),
    "a check byte that is wrong": Report(
        lambda card, _: mrs100(card)[:-1] + b"\x01", ("MSR-LINE",), "bytes that no track has"
    ),
    "one track after the other": Report(
        lambda card, _: [f"%{first(card)}?".encode(), b"", f";{second(card)}?\r".encode()]
    ),
    "a few characters before each swipe": Report(lambda card, _: f"CARD>{tracks(card)}\r\n"),
    "the time behind each swipe": Report(lambda card, swipe: f"{tracks(card)}\r\n2026-11-30 06:{swipe:02}:00 IN\r\n"),
    "licences": Report(lambda card, _: licence(card), tracks=(1, 2, 3)),
    "masked tracks, and what is encrypted": Report(masked),
    "a stripe on the front too": Report(lambda card, _: f"{tracks(card)}{JIS}\r"),
    "cards of no bank": Report(lambda card, _: f"%B{MEMBERS[card]}^GIFT/CARD^2912000?;{MEMBERS[card]}=2912000?\r"),
    "each swipe twice": Report(lambda card, _: 2 * f"{tracks(card)}\r"),
    "check digits of the stripe handed on": Report(lambda card, _: f"%{first(card)}?/;{second(card)}?8\r"),
    "track 2 first": Report(lambda card, _: f";{second(card)}?%{first(card)}?\r"),
    "not a single digit": Report(
        lambda card, _: re.sub(r"\d", "", tracks(card)) + "\r", ("MSR-SETTING",), "without a single digit"
    ),
    "other sentinels": Report(
        lambda card, _: f"[{first(card)}]{{{second(card)}}}\r", ("MSR-SETTING",), "without sentinels"
    ),
    "only the account number": Report(lambda card, _: f"{ACCOUNTS[card]}\r", ("MSR-GARBLED",), "holds no track"),
    "hexadecimal digits": Report(lambda card, _: tracks(card).encode().hex().upper() + "\r", ("MSR-GARBLED",)),
    "words for a failure": Report(lambda *_: "NO READ\r\n", ("MSR-GARBLED",)),
    "a stripe on the front only": Report(lambda card, _: JIS.replace("A1", f"A{card}") + "\r", ("MSR-GARBLED",)),
}


class Person(Hands):
    """Swipes when told to."""

    def __init__(self, wires: list[socket.socket], report: Report) -> None:
        self._wires, self._report, self._swipes = wires, report, 0

    def swipe(self, card: int) -> None:
        said = self._report.swipe(card - 1, self._swipes)
        self._swipes += 1
        for piece in said if isinstance(said, list) else [said]:
            self._wires[-1].sendall(piece.encode("latin-1") if isinstance(piece, str) else piece)
            if not piece:  # the reader's own pause is what is tested
                time.sleep(1.5 * float(str(QUICK["pause_s"])))


@contextmanager
def attached(report: Report) -> Iterator[Served]:
    """A reader behind a serial server, and somebody in front of it."""
    wires: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(target=lambda: wires.append(port.accept()[0]))
        thread.start()
        person = Person(wires, report)
        process: Any = SimpleNamespace(stdin=person, stdout=person)
        yield Served(f"socket://127.0.0.1:{port.getsockname()[1]}", {}, process)
        thread.join()
        for wire in wires:
            wire.close()


def examined(tmp_path: Path, report: Report, answers: str = "") -> Done:
    settings = {"tracks": list(report.tracks)} if report.tracks else {}
    with attached(report) as reader:
        return follow(reader, profile(tmp_path, "text", **settings), tmp_path, answers=answers)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report(tmp_path: Path, name: str) -> None:
    report = REPORTS[name]
    done = examined(tmp_path, report)
    assert (done.causes, done.status) == (list(report.causes), 1 if report.causes else 0)
    assert report.says in done.out
    assert not any(number in done.out + done.err for number in (*ACCOUNTS, *MEMBERS))


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_track_that_a_reader_may_leave_out_is_not_condemned(tmp_path: Path, word: str) -> None:
    """Readers have a setting for the tracks that they send, which looks like the head of a track that is dead."""
    answers = (
        f"magstripe.was_it_swiped=yes\nmagstripe.have_they_track1={word}\nmagstripe.have_they_track1_again={word}\n"
    )
    done = examined(tmp_path, Report(lambda card, _: f";{second(card)}?\r"), answers)
    told = done.record["diagnosis"]
    certain = {cause["fault"]: cause["certainty"] for cause in (*told["causes"], *told["open"])}
    assert done.causes == (["MSR-TRACK1"] if word == "yes" else [])
    assert certain.get("MSR-TRACK1", 0.0) <= 0.8
    assert (certain.get("MSR-SETTING", 0.0) > 0.05) is (word == "yes")
