"""Bad instruments: what they do says nothing about the terminal."""

from __future__ import annotations

from diag.contract import peers
from diag.contract.peers import NO_PORT, NOBODY, TIMEOUT, Babbler, Peer, Place, Talker, Trial, always, in_turn, late


def _unknown(place: Place) -> Peer:
    return Peer(place, set(), open=("idle",))


TRIALS = (
    Trial(
        peers={
            "silent": _unknown(peers.SILENT),
            "garbage": _unknown(peers.GARBAGE),
            "half an answer": _unknown(Talker(always(b"\x5fEPS"))),
            "echo only": _unknown(peers.ECHO),
            "flow control only": _unknown(peers.FLOW_CONTROL),
            "no numbers": _unknown(Talker(always(b"ERR\r\n"))),
            "empty lines": _unknown(Talker(always(b"\r\n"))),
            "babbler": _unknown(Babbler(b"+1.0E+0\n")),
            "hangs up at once": _unknown(peers.HANGS_UP),
            "unplugged in the middle": _unknown(Talker(in_turn(b"\x16", b"\x16", then=None))),
            "too late": _unknown(Talker(late(b"\x16", 2 * TIMEOUT))),
            "absent": _unknown(NO_PORT),
            "denied": NOBODY,
        },
        settings={"": {"timeout_s": TIMEOUT}},
        longest=15 * TIMEOUT,
    ),
)
