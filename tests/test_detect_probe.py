"""`posdiag detect --probe`: what is behind a serial port, by the drivers' own first questions."""

from __future__ import annotations

import os
import pty
import re
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from diag.bench import detect_probe
from diag.bench.detect import Listed, Node
from diag.bench.detect_part import Attached
from diag.bench.detect_profiles import Profiles
from diag.contract.links.holders import holders
from diag.suite import live_peers
from tests.conftest import Simulator
from tests.test_overheard import ANSWERS, PARTS

MAY_BE = ("generic/escpos-thermal", "generic/cellular-modem", "generic/dialup-modem", "generic/msr-serial")
PROFILES = Profiles()


def port(node: str, *, users: tuple[str, ...] = (), in_use: str = "") -> Listed:
    """Return an unknown serial port."""
    thing = Attached(
        "serial", "FT232R", (node,), "0403:6001", addresses={"stream": node}, generic=MAY_BE, certainty="possible",
        in_use=in_use,
    )  # fmt: skip
    return Listed(thing, (Node(node, True, users),), tuple(PROFILES.fits(thing)))


def asked(one: Listed) -> Listed:
    told: list[str] = []
    (answered,) = detect_probe.ask_ports([one], PROFILES, told.append)
    assert told == ([one.thing.nodes[0]] if answered is not one else [])
    return answered


@contextmanager
def listener() -> Iterator[tuple[str, bytearray]]:
    """A port behind which something takes everything and says nothing."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    heard = bytearray()

    def take() -> None:
        while True:
            try:
                heard.extend(os.read(master, 4096))
            except OSError:
                return

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    name = os.ttyname(slave)
    yield name, heard
    os.close(slave)
    thread.join(5)
    os.close(master)


@pytest.mark.parametrize(
    ("kind", "words", "answer", "profile", "settings"),
    [
        ("printer", (), "TM-T90", "epson/tm-t90", ()),
        ("printer", ("dialect=star",), None, "generic/escpos-thermal", ("printer.dialect=star",)),
        ("modem", ("family=quectel", "model=EC25"), "EC25", "quectel/ec25", ()),
        ("modem", ("technology=dialup", "family=conexant", "model=CX93001"), "CX930", "generic/dialup-modem", ()),
    ],
    ids=["escpos", "star", "cellular", "dial-up"],
)
def test_what_answers_is_named(
    simulator: Simulator, kind: str, words: tuple[str, ...], answer: str | None, profile: str, settings: tuple[str, ...]
) -> None:
    served = simulator(kind, *(part for word in words for part in ("--set", word)))
    one = asked(port(served.at))
    assert one.answer
    assert answer is None or answer in one.answer
    assert one.fits[0].profile == profile
    assert set(settings) <= set(one.fits[0].settings)
    assert one.fits[0].certainty == "likely"
    assert one.known
    assert holders(served.at) == []


@pytest.mark.parametrize("form", ["text", "over several lines", "in hex", "7 bytes at a time"])
def test_a_swipe_in_place_of_an_answer_is_not_shown(form: str) -> None:
    with live_peers.on_pty(ANSWERS[form]()) as at:
        told = repr(asked(port(at)))
    joined = re.sub(r"[\W_]", "", told)
    assert not [part for part in PARTS if part in joined or part.encode().hex() in joined]


def test_nothing_is_dialled_printed_or_changed_for_good() -> None:
    with listener() as (name, heard):
        one = asked(port(name))
    assert one.answer == ""
    assert not one.known
    assert b"\x10\x04\x01" in heard
    assert b"AT\r" in heard
    for command in (b"ATD", b"ATA", b"ATH", b"+++", b"ATZ", b"AT&F", b"+CFUN=", b"\x1bp", b"\x1d(A"):
        assert command not in heard


def test_a_port_that_somebody_needs_is_not_asked() -> None:
    with listener() as (name, heard):
        for one in (port(name, users=("cat (pid 1)",)), port(name, in_use="console")):
            assert asked(one) is one
        assert not heard


def test_a_port_that_vanishes_meanwhile_breaks_nothing() -> None:
    assert asked(port("/dev/ttyUSB-gone")).answer == ""
