"""PC/SC services that are bad or not there: what is wrong with them says nothing about the reader."""

from __future__ import annotations

from diag.contract.peers import GARBAGE, HANGS_UP, TIMEOUT, Peer, Service, Trial, always

_SOCKET = "PCSCLITE_CSOCK_NAME"  # pcsc-lite's client looks there (winscard_msg.c)


TRIALS = (
    Trial(
        peers={
            "silent": Peer(Service("pcsc:*", _SOCKET, always(b"")), {"HOST-SERVICE"}),
            "garbage": Peer(Service("pcsc:*", _SOCKET, GARBAGE.behave), {"HOST-SERVICE"}),
            "hangs up at once": Peer(Service("pcsc:*", _SOCKET, HANGS_UP.behave), {"HOST-SERVICE"}),
            "absent": Peer(Service("pcsc:*", _SOCKET, None), {"HOST-SERVICE"}),
        },
        settings={"": {"timeout_s": TIMEOUT, "return_s": TIMEOUT}},
        longest=20,
    ),
)
