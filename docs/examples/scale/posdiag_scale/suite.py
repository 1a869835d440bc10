"""Bad scales, for the driver contract suite."""

from __future__ import annotations

from diag.contract import peers
from diag.contract.peers import NO_PORT, NOBODY, TIMEOUT, Babbler, Peer, Talker, Trial, always, in_turn, late

_NUMBER = b'I4 A "B021002593"\r\n'

TRIALS = (
    Trial(
        peers={
            "silent": Peer(peers.SILENT, {"SCL-MUTE"}),
            "garbage": Peer(peers.GARBAGE, {"SCL-GARBLED"}),
            "half an answer": Peer(Talker(always(_NUMBER[:10])), {"SCL-GARBLED"}),
            "echo only": Peer(peers.ECHO, {"SCL-GARBLED"}),
            "flow control only": Peer(peers.FLOW_CONTROL, {"SCL-GARBLED"}),
            "another protocol": Peer(Talker(always(b"ES\r\n")), {"SCL-GARBLED"}),
            "babbler": Peer(Babbler(b"S S     0.5003 kg\r\n"), {"SCL-GARBLED"}),
            "unplugged in the middle": Peer(
                Talker(in_turn(_NUMBER, b"I2 A", then=None)), {"SCL-GARBLED", "SCL-ABSENT"}, passes=("connection",)
            ),
            "mute in the middle": Peer(Talker(in_turn(_NUMBER, then=b"")), {"SCL-MUTE"}, passes=("connection",)),
            "too late": Peer(Talker(late(_NUMBER, 3 * TIMEOUT)), {"SCL-MUTE"}),
            "absent": Peer(NO_PORT, {"SCL-ABSENT"}),
            "denied": NOBODY,
        },
        settings={"": {"timeout_s": TIMEOUT, "settle_s": 2 * TIMEOUT}},
        longest=15 * TIMEOUT,
    ),
)
