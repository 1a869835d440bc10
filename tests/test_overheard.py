"""A stripe reader on another device's port: nothing of a card is written, and the device is named as what it sounds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.links import Address
from diag.contract.overheard import Ear, shape
from diag.suite import live_peers
from tests.conftest import Command, Done

NUMBER = "4111111111111111"
TRACKS = f"%B{NUMBER}^TEST/CARD^29121010000000000000?;{NUMBER}=29121010000000000000?\r".encode()
FORMS: dict[str, bytes] = {
    "text": TRACKS,
    "track 2": f";{NUMBER}=29121010000000000000?\r".encode(),
    "no sentinels": f"{NUMBER}=29121010000000000000\r\n".encode(),
    "in groups": b"4111 1111 1111 1111\r\n",
    "over several lines": b"4111\r\n1111\r\n1111\r\n1111\r\n",
    "over several lines, twice": b"4111\r\n1111\r\n1111\r\n1111\r\n" * 2,
    "with a parity bit": bytes(byte | 0x80 for byte in TRACKS),
    "in hex": TRACKS.hex().upper().encode() + b"\r",
    "packed, the beginning lost": bytes.fromhex(f"{NUMBER}D29121010000000000000F"),
    "packed behind its tag": bytes.fromhex(f"5A08{NUMBER}5713{NUMBER}D29121010000000000000F"),
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
        assert stream.receive(Everything(), 5.0) == {"kept": ["(4 digits)"] * 4}
        stream.close()


ROOMS = {
    "printer": ("generic/escpos-thermal", "printer"),
    "Star printer": ("generic/star", "printer"),
    "modem": ("generic/cellular-modem", "modem"),
    "dial-up modem": ("generic/dialup-modem", "modem"),
    "supply": ("generic/bench-supply", "bench_supply"),
}


@pytest.mark.parametrize("form", ["text", "over several lines", "in hex", "packed behind its tag"])
@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_written_in_another_room(posdiag: Command, tmp_path: Path, room: str, form: str) -> None:
    """The device answers each question with a swipe."""
    profile, part = ROOMS[room]
    with live_peers.on_pty(lambda data: FORMS[form]) as at:
        done = posdiag("run", profile, "--set", f"{part}.at={at}", "--json", "--trace", str(tmp_path / "trace.jsonl"))
    assert_nothing_is_written(done, tmp_path)
    assert "sounds like a stripe reader" in done.out


@pytest.mark.parametrize("form", ["text", "in groups", "in hex", "packed behind its tag"])
@pytest.mark.parametrize("room", ["power", "network", "stripe reader"])
def test_nothing_is_written_where_a_server_or_a_reader_is_expected(
    posdiag: Command, tmp_path: Path, room: str, form: str
) -> None:
    """A stripe reader behind a serial server, in the place of a UPS's server or the acquirer, or as it should be."""
    with live_peers.on_tcp(lambda data: FORMS[form]) as at:
        host, port = at.removeprefix("socket://").split(":")
        profile, settings = {
            "power": ("generic/linux-power", [f"power.at=nut:till@{host}:{port}"]),
            "network": ("generic/network", [f"network.host={host}", f"network.port={port}", "network.tls=true"]),
            "stripe reader": ("generic/msr605", [f"magstripe.at={at}"]),
        }[room]
        words = [word for setting in settings for word in ("--set", setting)]
        done = posdiag("run", profile, *words, "--json", "--trace", str(tmp_path / "trace.jsonl"))
    assert_nothing_is_written(done, tmp_path)


def assert_nothing_is_written(done: Done, folder: Path) -> None:
    """Search record, journal, trace and screen, also joined; the device talked, which is no defect of posdiag."""
    assert done.status != 70
    trace = folder / "trace.jsonl"
    written = [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    read = b"".join(bytes.fromhex(line["got"]) for line in lines if line["op"] == "read" and line.get("got"))
    for text in [*written, done.out, done.err, read.decode("latin-1"), read.hex()]:
        assert NUMBER not in re.sub(r"\W", "", text)
        assert NUMBER.encode().hex() not in text
        assert "TEST/CARD" not in text
