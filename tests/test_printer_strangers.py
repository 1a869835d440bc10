"""What a stranger on the printer's port says is told by its shape: nobody's digits come into a record."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.knowledge.wording import wording
from diag.suite import live_peers
from diag.suite.examine import Events, examine, findings, keeps_the_contract
from drivers.printer import strange

pytestmark = pytest.mark.xdist_group("timing")

NUMBER = "4111111111111111"
TRACKS = f"%B{NUMBER}^DOE/JANE^2512101?;{NUMBER}=2512101?\r\n".encode()


def leaked(events: Events, secret: str) -> set[str]:
    """Return the pieces of four characters of a secret that stand in any event, as text or in hexadecimal."""
    told = " ".join(json.dumps(event) for event in events).replace("%", "")
    pieces = {secret[place : place + 4] for place in range(len(secret) - 3)}
    return {piece for piece in pieces if piece in told or piece.encode().hex(" ") in told.lower()}


def greets(text: bytes) -> Callable[[bytes], bytes]:
    """Return the behaviour of a device that says one thing again and again, whatever it is asked."""
    return lambda data: text


@pytest.mark.parametrize("dialect", ["escpos", "star"])
@pytest.mark.parametrize("link", [live_peers.on_tcp, live_peers.on_pty], ids=["tcp", "pty"])
@pytest.mark.parametrize(
    "text",
    [
        TRACKS,
        f"\x02{NUMBER}\x03".encode(),
        f"{NUMBER}\r".encode(),
        b"^DOE/JANE^" * 3,
        b"\xe1\xe2" + TRACKS[:30] + b"\xff" * 40,
    ],
    ids=["tracks", "framed number", "bar code", "a name", "among noise"],
)
def test_a_stripe_reader_on_the_printer_s_port(
    dialect: str, link: Callable[..., live_peers._Opened], text: bytes
) -> None:
    with link(greets(text)) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, dialect=dialect)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
    assert not leaked(events, NUMBER)
    assert not leaked(events, "DOE/JANE")


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (b"Printer is in use by 10.0.0.7\r\n", '"Printer is in use by 10.0.0.7\\r\\n"'),
        (b"HTTP/1.1 400 Bad Request\r\n", 'a web server: "HTTP/1.1 400 Bad Request\\r\\n"'),
        (b"$GPGGA,123519,4807.038,N*47\r\n", "a satellite receiver: 29 bytes, 100 % of them printable"),
        (TRACKS, f"{len(TRACKS)} bytes, 100 % of them printable"),
        (bytes(range(0x80, 0xB0)), "48 bytes, 0 % of them printable"),
        (b"\x80\xa5\xc3", "80 a5 c3"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "a TLS server: 7 bytes, 14 % of them printable"),
    ],
)
def test_what_is_shown(came: bytes, told: str) -> None:
    assert wording(strange.shown(came), kind="printer") == told


@pytest.mark.parametrize(
    "text",
    [
        b'@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY="Ready"\r\nONLINE=TRUE\r\n\x0c',
        b"\xff\xfd\x18\xff\xfd\x20\r\nSerialServer login: ",
        b"220 mail ESMTP Postfix (Debian/GNU)\r\n",
        b"VFD220E V1.05 READY\r\n",
        b"$GPRMC,081836,A,3751.65,S,14507.36,E,000.0,360.0,130998,011.3,E*62\r\n",
    ],
    ids=["PJL", "telnet", "mail server", "customer display", "satellite receiver"],
)
@pytest.mark.parametrize("answers", ["status", "auto", "unknown"])
def test_text_is_no_status(text: bytes, answers: str) -> None:
    """Letters and line ends have the bits of automatic status: no paper, cover or board is read out of a greeting.

    Whoever greets is no one-way printer either.
    """
    said = [text]
    with live_peers.on_tcp(lambda data: said.pop() if said else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}


@pytest.mark.parametrize("greeting", [b"OK+CONN\r\n", b"*HELLO*", b"CONNECT,0006664FA1B2,0\r\n", b"+CONNECTED\r\n"])
def test_a_radio_module_that_says_it_is_connected(greeting: bytes) -> None:
    """That is no word of what is behind it: the printer there may be one-way, and that is no fault."""
    said = [greeting]
    with live_peers.on_tcp(lambda data: said.pop() if said else b"") as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == set()


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"\r\nSyntax error\r\nOk\r\n"],
    ids=["web server", "Fingerprint"],
)
def test_what_waits_for_the_end_of_a_line(said: bytes) -> None:
    """Silent to every question, it answers the page: no one-way printer.

    Intermec's label printers answer each line with Ok or an error (Fingerprint 6.13 Programmer's Guide p. 72).
    """

    def behave(data: bytes) -> bytes | None:
        return said if b"\n" in data else b""

    with live_peers.on_tcp(behave) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, answers="unknown")
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-GARBLED"}
