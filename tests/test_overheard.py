"""A stripe reader on another device's port: nothing of a card is written, and the device is named as what it sounds."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.links import Address
from diag.contract.overheard import Ear, shape
from diag.contract.peers import Behaviour, always
from diag.suite import live_peers
from tests.conftest import Command, Done, Simulator
from tests.forkserver import ROOT

NUMBER = "378282246310005"  # American Express's published test number: each of its parts is known again
TRACKS = f"%B{NUMBER}^TEST/CARD^29121010000000000000?;{NUMBER}=29121010000000000000?\r".encode()
FORMS: dict[str, bytes] = {
    "text": TRACKS,
    "track 2": f";{NUMBER}=29121010000000000000?\r".encode(),
    "no sentinels": f"{NUMBER}=29121010000000000000\r\n".encode(),
    "in groups": b"3782 822463 10005\r\n",
    "over several lines": b"3782\r\n822463\r\n10005\r\n",
    "over several lines, twice": b"3782\r\n822463\r\n10005\r\n" * 2,
    "with a parity bit": bytes(byte | 0x80 for byte in TRACKS),
    "in hex": TRACKS.hex().upper().encode() + b"\r",
    "packed, the beginning lost": bytes.fromhex(f"{NUMBER}D29121010000000000000"),
    "packed behind its tag": bytes.fromhex(f"5A08{NUMBER}F5712{NUMBER}D29121010000000000000"),
}
#: what healthy devices say, several answers in a row
HARMLESS: dict[str, bytes] = {
    "a printer's status": b"\x12\x16\x12\x12" * 40,
    "a modem's numbers": b"\r\n352099001761481\r\n\r\nOK\r\n\r\n460001234567890\r\n+CCID: 89860012345678901234\r\n",
    "a supply's values": b"1.20040\r\n5.00000\r\n0.50000\r\n12.0000\r\n" * 8,
    "a printer's serial number": b"_J4Q1234567890\0_TM-T88V\0_4.50 ESC/POS\0",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 7, 400])
def test_card_data_is_heard_in_pieces(form: str, size: int) -> None:
    ear, data = Ear(), b"\x12" + FORMS[form]
    heard = [ear.take(data[at : at + size]) for at in range(0, len(data), size)]
    assert heard[-1]


@pytest.mark.parametrize("device", HARMLESS)
def test_other_devices_are_not_taken_for_stripe_readers(device: str) -> None:
    ear = Ear()
    assert not any(ear.take(HARMLESS[device][at : at + 7]) for at in range(0, len(HARMLESS[device]), 7))


@pytest.mark.parametrize("size", [1, 7, 400])
def test_serial_numbers_of_instruments_are_no_card_numbers(size: int) -> None:
    """A serial number may have a card number's prefix and check digit, as this one has."""
    ear, data = Ear(), b"1.2\nITECH,IT6322,4012888888881881,1.11-1.08\r\n" + b"1.20040\r\n" * 80
    assert not any(ear.take(data[at : at + size]) for at in range(0, len(data), size))


def test_a_card_number_beside_its_expiry_is_no_serial_number() -> None:
    assert Ear().take(b"TESTER,VISA,4012888888881881,2912\r\n")


@given(st.binary(max_size=40))
def test_any_bytes_are_taken(data: bytes) -> None:
    Ear().take(data)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 7, 400])
def test_at_most_three_digits_are_let_go_before_card_data_is_heard(form: str, size: int) -> None:
    ear, let_go = Ear(), b""
    data = b"\x12" + FORMS[form]
    for at in range(0, len(data), size):
        ear.take(data[at : at + size])
        if ear.heard:
            break
        if ear.harmless:
            let_go = data[: at + size]
    assert len([byte for byte in let_go if chr(byte & 0x7F).isdecimal()]) <= 3
    assert b"\x5a" not in let_go


@pytest.mark.parametrize(
    ("data", "cut_off"),
    [
        (b"\x12;378282\x122463100", True),
        (b"%B37828224\r\n", True),
        (b"\x12;378282", False),  # no more than may be shown
        (b"OK;\r\n+CSQ: 20,99\r\n", False),
        (b"\r\n352099001761481\r\n", False),
    ],
)
def test_a_track_that_is_cut_off(data: bytes, cut_off: bool) -> None:
    ear = Ear()
    ear.take(data)
    assert (ear.cut_off, ear.heard) == (cut_off, False)


def test_a_printer_s_status_waits_for_nothing() -> None:
    ear = Ear()
    ear.take(HARMLESS["a printer's status"])
    assert ear.harmless


def test_shapes() -> None:
    said = {
        "detail": 'no answer, but "411111111111"; 02 df ee 30',
        "fault": "PRN-GARBLED",
        "value": "TEST/CARD",
        "n": 3,
    }
    assert shape(said) == {
        "detail": "no answer, but (12 characters); (4 bytes)",
        "fault": "PRN-GARBLED",
        "value": "(9 characters)",
        "n": 3,
    }


class Everything:
    """A collector that keeps whatever comes."""

    pause = 0.2

    def __init__(self) -> None:
        self.lines: list[str] = []

    def feed(self, piece: bytes) -> None:
        self.lines += piece.decode("latin-1").split()

    def end(self) -> dict[str, list[str]]:
        return {"kept": self.lines}


def test_a_collector_that_keeps_too_much_gets_shapes() -> None:
    with live_peers.on_pty(lambda data: FORMS["over several lines"]) as at:
        stream = Address(at, "modem").open_stream(5.0)
        stream.write(b"AT\r", 5.0)
        assert stream.receive(Everything(), 5.0) == {"kept": ["(4 digits)", "(6 digits)", "(5 digits)"]}
        stream.close()


def in_pieces(data: bytes, size: int) -> Callable[[], Behaviour]:
    """Make a behaviour that answers each question with the next so many bytes, over and over."""

    def make() -> Behaviour:
        pieces = itertools.cycle([data[at : at + size] for at in range(0, len(data), size)])
        return lambda _: next(pieces)

    return make


# what the device answers to each question
ANSWERS: dict[str, Callable[[], Behaviour]] = {
    "text": always(FORMS["text"]),
    "over several lines": always(FORMS["over several lines"]),
    "in groups": always(FORMS["in groups"]),
    "with a parity bit": always(FORMS["with a parity bit"]),
    "in hex": always(FORMS["in hex"]),
    "packed behind its tag": always(FORMS["packed behind its tag"]),
    "7 bytes at a time": in_pieces(FORMS["track 2"], 7),
    "7 bytes of hex at a time": in_pieces(FORMS["in hex"], 7),
    "a line at a time": in_pieces(b"378282\r\n246310\r\n005\r\n", 8),
}
# where a stripe reader hangs in another device's place -> kind of port, profile, settings
STREAMS: dict[str, tuple[str, str, str]] = {
    "printer": ("serial", "generic/escpos-thermal", "printer.at={at}"),
    "printer on the network": ("tcp", "generic/escpos-thermal", "printer.at={at}"),
    "Star printer": ("serial", "generic/star", "printer.at={at}"),
    "modem": ("serial", "generic/cellular-modem", "modem.at={at}"),
    "dial-up modem": ("serial", "generic/dialup-modem", "modem.at={at}"),
    "supply": ("serial", "generic/bench-supply", "bench_supply.at={at}"),
    "supply on the network": ("tcp", "generic/bench-supply", "bench_supply.at={at}"),
}
# servers of which one answer is read, and readers that are asked what they are
OTHERS: dict[str, tuple[str, str, str]] = {
    "UPS": ("tcp", "generic/linux-power", "power.at=nut:till@{host}:{port}"),
    "acquirer": ("tcp", "generic/network", "network.host={host} network.port={port} network.tls=true"),
    "encoder": ("tcp", "generic/msr605", "magstripe.at={at}"),
    "reader with frames": ("serial", "idtech/securemag-rs232", "magstripe.at={at}"),
    "reader of text": ("serial", "generic/msr-serial", "magstripe.at={at}"),
}


@pytest.mark.parametrize("form", ANSWERS)
@pytest.mark.parametrize("room", [*STREAMS, *OTHERS])
def test_nothing_is_written_in_any_room(posdiag: Command, tmp_path: Path, room: str, form: str) -> None:
    """The device answers each question with a swipe, or with the next part of one."""
    link, profile, settings = {**STREAMS, **OTHERS}[room]
    with (live_peers.on_tcp if link == "tcp" else live_peers.on_pty)(ANSWERS[form]()) as at:
        host, _, port = at.removeprefix("socket://").partition(":")
        given = settings.format(at=at, host=host, port=port).split()
        words = [word for setting in given for word in ("--set", setting)]
        done = posdiag("run", profile, *words, "--json", "--trace", str(tmp_path / "trace.jsonl"))
    assert_nothing_is_written(done, tmp_path)
    if room in STREAMS and "at a time" not in form:  # of some rooms' few questions a whole swipe is no answer
        assert "sounds like a stripe reader" in done.out


# how many bytes each answer of a device on USB has, and of which form
USB_ANSWERS = {"text": 400, "over several lines": 8, "in hex": 7, "packed behind its tag": 400, "track 2": 7}


@pytest.mark.parametrize("form", USB_ANSWERS)
def test_nothing_is_written_of_a_reader_on_usb(environment: dict[str, str], tmp_path: Path, form: str) -> None:
    """A stripe reader with a printer's bulk endpoints: `usb:` is the one kind of link that no socket stands in for."""
    pytest.importorskip("usb.core")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.usb_stripe", str(USB_ANSWERS[form]), FORMS[form].hex(), "run",
         "generic/escpos-thermal", "--set", "printer.at=usb:04b8:0202", "--set", "printer.timeout_s=0.3", "--json",
         "--trace", str(tmp_path / "trace.jsonl")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, check=False, timeout=60,
    )  # fmt: skip
    done = Done(ran.returncode, ran.stdout, ran.stderr)
    assert "Traceback" not in done.err
    assert_nothing_is_written(done, tmp_path)
    assert "sounds like a stripe reader" in done.out


# what a card says in place of each answer; a security module is asked nothing
CARD_ANSWERS = {
    "text": FORMS["text"],
    "over several lines": FORMS["over several lines"],
    "in hex": FORMS["track 2"].hex().encode(),
    "packed": bytes.fromhex(f"{NUMBER}D29121010000000000000"),
    "packed behind its tag": FORMS["packed behind its tag"],
    "of a record": bytes.fromhex(f"701E5A08{NUMBER}F5712{NUMBER}D29121010000000000000"),
    "of a name": bytes.fromhex("6F1D8407A0000000031010A5125010") + b"378282246310005 ",
}


@pytest.mark.parametrize(
    ("slot", "form"),
    [*(("contact", form) for form in CARD_ANSWERS), ("contactless", "text"), ("contactless", "packed behind its tag")],
)
def test_nothing_is_written_of_what_a_card_says(
    posdiag: Command, simulator: Simulator, tmp_path: Path, slot: str, form: str
) -> None:
    """Each command to the card is answered with account data, and a status word that says that all is well."""
    answer = (CARD_ANSWERS[form] + b"\x90\0").hex()
    words = [f"slot={slot}", "garble_every=1", "garble_after=0", f"garble_with={answer}"]
    served = simulator("card_reader", *(word for setting in words for word in ("--set", setting)))
    given = ["--set", f"card_reader.at={served.at}", "--set", f"card_reader.slot={slot}"]
    done = posdiag("run", "generic/pcsc", *given, "--json", "--trace", str(tmp_path / "trace.jsonl"), env=served.env)
    assert '"transmit"' in (tmp_path / "trace.jsonl").read_text()
    assert_nothing_is_written(done, tmp_path)


#: seven digits in a row: the first six and the last four may be shown (PCI DSS 4.0, 3.4.1), and no others
PARTS = [NUMBER[at : at + 7] for at in range(len(NUMBER) - 6)]
#: the id that a run gets of its time and of chance: one in some thousands holds such a part
RUN_ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{6}")


def assert_nothing_is_written(done: Done, folder: Path) -> None:
    """Search record, journal, trace and screen, also joined; the device talked, which is no defect of posdiag."""
    assert done.status != 70
    trace = folder / "trace.jsonl"
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    read = b"".join(bytes.fromhex(line["got"]) for line in lines if line["op"] == "read" and line.get("got"))
    written = [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    texts = [*written, done.out, done.err, read.decode("latin-1"), read.hex()]
    for text in [*texts, *(said for line in texts for said in _said_in(line))]:
        joined = re.sub(r"[\W_]", "", RUN_ID.sub("", text))
        for digits in (NUMBER, *PARTS) if text not in texts else (NUMBER,):
            assert digits not in joined
            assert digits.encode().hex() not in joined.lower()
        assert "TEST/CARD" not in text


def _said_in(text: str) -> Iterator[str]:
    """Yield the texts of a file of JSON, line by line or whole: numbers are posdiag's own times and counts."""
    for part in (text, *text.splitlines()):
        try:
            value = json.loads(part)
        except ValueError:
            continue
        yield from _texts_of(value)


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts_of(inner)
