"""Bad stripe readers, odd ones that are well, and swipes at the wrong moment."""

from __future__ import annotations

from collections.abc import Callable

from diag.contract import peers
from diag.contract.check import Level
from diag.contract.peers import (
    NO_PORT,
    NOBODY,
    TIMEOUT,
    Babbler,
    Behaviour,
    Nowhere,
    Peer,
    Talker,
    Trial,
    always,
    in_turn,
    late,
)

_TEST_NUMBER = "4111"  # the first digits of the test card's number
_SWIPE = b";4111111111111111=3012?\r"
_VERSION = b"\x06\x02MSR\x03\x4d"  # ID TECH: ACK, then a frame with its check sum


def _half_an_answer() -> Behaviour:
    return lambda data: b"\x06\x02ID T" if data[:1] == b"\x02" else b"\x1b"


def _encoder(**more: bytes) -> Callable[[bytes], bytes]:
    """Answers by the command's code in hex; nothing to what is not named."""
    answers = {"x65": b"\x1by", "x74": b"\x1b3S", "x76": b"\x1bREVU2.31", "x87": b"\x1b0", **more}
    return lambda data: b"".join(answers.get(f"x{code:02x}", b"") for code in data[1::2])


def _half_duplex() -> Behaviour:
    return lambda data: data + _encoder()(data)


def _other_version_command() -> Behaviour:
    return lambda data: _VERSION if data[1:3] == b"\x52\x22" else b""


def _well(place: Talker) -> Peer:
    return Peer(place, set(), passes=("present",))


_BAD = {
    "silent": Peer(peers.SILENT, {"MSR-MUTE"}),
    "garbage": Peer(peers.GARBAGE, {"MSR-GARBLED"}),
    "half an answer": Peer(Talker(_half_an_answer), {"MSR-GARBLED"}),
    "echo only": Peer(peers.ECHO, {"MSR-GARBLED"}),
    "flow control only": Peer(peers.FLOW_CONTROL, {"MSR-GARBLED"}),
    "a swipe in place of an answer": Peer(Talker(always(_SWIPE)), {"MSR-GARBLED"}),
    "hangs up at once": Peer(peers.HANGS_UP, {"MSR-ABSENT"}),
    "too late": Peer(Talker(late(b"\x16", 10 * TIMEOUT)), {"MSR-MUTE"}),
    "absent": Peer(NO_PORT, {"MSR-ABSENT"}),
    "denied": NOBODY,
}

_IDTECH = {"sends": "idtech", "timeout_s": TIMEOUT}
_MSR605 = {"sends": "msr605", "timeout_s": TIMEOUT}
_TEXT = {"sends": "text", "timeout_s": TIMEOUT}

TRIALS = (
    Trial(
        peers=_BAD,
        settings={"idtech": _IDTECH, "msr605": _MSR605},
        levels=(Level.INTERNAL, Level.INTERACTIVE),
        longest=10 * TIMEOUT,
        secret=_TEST_NUMBER,
    ),
    Trial(
        peers={
            "an encoder": _well(Talker(_encoder)),
            "a clone that knows the communication test only": _well(
                Talker(lambda: _encoder(x74=b"", x76=b"", x87=b""))
            ),
            "escapes lost": _well(Talker(lambda: _encoder(x65=b"y", x87=b"0"))),
            "a byte before each answer": _well(Talker(lambda: _encoder(x65=b"\0\x1by", x87=b"\0\x1b0"))),
            "a half-duplex line": _well(Talker(_half_duplex)),
            "unplugged in the middle": Peer(Talker(in_turn(b"\x1by", then=None)), {"MSR-ABSENT"}),
            "the answer by chance": Peer(Talker(in_turn(b"", b"\x1by", then=b"\x1b\r")), {"MSR-GARBLED"}),
        },
        settings={"msr605": _MSR605},
        links=("pty",),
        longest=20 * TIMEOUT,
    ),
    Trial(
        peers={
            "the other version command": _well(Talker(_other_version_command)),
            "refused": _well(Talker(always(b"\x15"))),
            # a swipe that comes in place of an answer is dropped, and the question put once more
            "a swipe in the middle of a question": _well(
                Talker(in_turn(b";4111111111111111=30121010000?\r", then=_VERSION))
            ),
        },
        settings={"idtech": _IDTECH},
        links=("pty",),
        longest=20 * TIMEOUT,
        secret=_TEST_NUMBER,
    ),
    Trial(
        peers={
            "babbler": Peer(Babbler(b"\x12"), {"MSR-GARBLED"}),
            "babbler of beginnings of swipes": Peer(Babbler(b"%B4111111111111111^A/B^3012?"), {"MSR-GARBLED"}),
            "babbler of all bytes": Peer(Babbler(bytes(range(256))), {"MSR-GARBLED"}),
        },
        settings={"idtech": _IDTECH, "msr605": _MSR605, "text": _TEXT},
        levels=(Level.INTERACTIVE,),
        longest=20 * TIMEOUT,
    ),
    Trial(
        peers={
            "no keyboard": Peer(Nowhere("input:ffff:ffff"), {"MSR-ABSENT"}),
            "no keyboard of that name": Peer(Nowhere("input:name=no such reader"), {"MSR-ABSENT"}),
            "no reports": Peer(Nowhere("hidraw:ffff:ffff"), {"MSR-ABSENT"}),
        },
        settings={"": {"timeout_s": TIMEOUT}},
        longest=10 * TIMEOUT,
    ),
)
