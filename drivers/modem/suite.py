"""Bad modems, other ports of a modem, and modems that vanish."""

from __future__ import annotations

from diag.contract import peers
from diag.contract.check import Level
from diag.contract.peers import (
    NO_PORT,
    NOBODY,
    TIMEOUT,
    Babbler,
    Behaviour,
    Peer,
    Talker,
    Trial,
    always,
    in_turn,
    late,
)

_AT_OK = b"AT\r\r\nOK\r\n"


def _login_prompt() -> Behaviour:
    return lambda data: data + b"\r\nPassword: "


def _gone_at(command: bytes) -> Talker:
    """Answers OK, and ERROR to a mistake, until a command that begins so; then somebody pulls the plug."""

    def behave(data: bytes) -> bytes | None:
        result = b"ERROR" if data.startswith(b"AT+NOSUCH") else b"OK"
        return None if data.startswith(command) else data + b"\r\n" + result + b"\r\n"

    return Talker(lambda: behave)


_BAD = {
    "silent": Peer(peers.SILENT, {"MDM-MUTE"}),
    "garbage": Peer(peers.GARBAGE, {"MDM-GARBLED"}),
    "half an answer": Peer(Talker(always(b"\r\n+CM")), {"MDM-GARBLED"}),
    "echo only": Peer(peers.ECHO, {"MDM-GARBLED"}),
    "flow control only": Peer(peers.FLOW_CONTROL, {"MDM-MUTE"}),
    "positions": Peer(Talker(always(b"$GPRMC,092725.00,A,4717.1,N*5B\r\n")), {"MDM-PORT"}),
    "a login prompt": Peer(Talker(_login_prompt), {"MDM-PORT"}),
    "PPP": Peer(Talker(always(b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7e")), {"MDM-PORT"}),
    "hangs up at once": Peer(peers.HANGS_UP, {"MDM-ABSENT"}),
    "unplugged in the middle": Peer(Talker(in_turn(_AT_OK, b"\r\n+C", then=None)), {"MDM-ABSENT"}),
    "mute in the middle": Peer(Talker(in_turn(_AT_OK, then=b"")), {"MDM-MUTE"}),
    "too late": Peer(Talker(late(b"\x16", 10 * TIMEOUT)), {"MDM-MUTE"}),
    "absent": Peer(NO_PORT, {"MDM-ABSENT"}),
    "denied": NOBODY,
}

_OTHER_DEVICE = {"MDM-GARBLED", "MDM-PORT"}

TRIALS = (
    Trial(
        # noise of the letters of OK, whose lines are long enough for a name
        peers={
            "OK and more of it": Peer(Talker(always(b"\r\nOKKOK\r\n\r\nOK\r\n")), set(), reasons={"present": "garbled"})
        },
        settings={"dialup": {"technology": "dialup", "timeout_s": TIMEOUT, "boot_s": 0}},
        longest=15,
    ),
    Trial(
        peers=_BAD,
        settings={name: {"technology": name, "timeout_s": TIMEOUT, "boot_s": 0} for name in ("cellular", "dialup")},
        levels=(Level.EXTERNAL,),
        longest=15,
    ),
    Trial(
        peers={
            "unplugged while it seizes the line": Peer(_gone_at(b"ATDTW"), {"MDM-ABSENT"}),
            "unplugged while it dials": Peer(_gone_at(b"ATDT9"), {"MDM-ABSENT"}),
            "unplugged while it hangs up": Peer(_gone_at(b"ATH"), {"MDM-ABSENT"}),
        },
        settings={"dialup": {"technology": "dialup", "test_number": "95555", "timeout_s": TIMEOUT}},
        levels=(Level.EXTERNAL,),
        links=("pty",),
        longest=15,
    ),
    Trial(
        peers={
            "babbler": Peer(Babbler(b"RING\r\n"), _OTHER_DEVICE, any_of=True),
            "babbler of high bytes": Peer(Babbler(b"\x80\xff"), _OTHER_DEVICE, any_of=True),
            "babbler of all bytes": Peer(Babbler(bytes(range(256))), _OTHER_DEVICE, any_of=True),
        },
        settings={"": {"timeout_s": TIMEOUT}},
        longest=20,
    ),
)
