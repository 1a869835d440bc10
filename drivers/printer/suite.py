"""Bad printers, and other devices on a printer's port."""

from __future__ import annotations

from diag.contract import peers
from diag.contract.check import Level
from diag.contract.peers import NO_PORT, NOBODY, TIMEOUT, Babbler, Peer, Talker, Trial, always, in_turn, late

# answers to DLE EOT 1 to 4 of a printer that is well (Epson's ESC/POS reference)
_WELL = (b"\x16", b"\x16", b"\x12", b"\x12")
# a Star automatic status block (Star Line Mode command specifications)
_STAR_BLOCK = bytes.fromhex("23 06 00 00 00 00 00 00 00")
_LONGEST = 15 * TIMEOUT + 1.2  # s: at other rates a glance in the other language too, whatever the timeout

_ESCPOS = {
    "silent": Peer(peers.SILENT, {"PRN-MUTE"}),
    "garbage": Peer(peers.GARBAGE, {"PRN-GARBLED"}),
    # the beginning of a block, and never its end
    "half an answer": Peer(Talker(always(b"\x5fEPS")), {"PRN-GARBLED"}),
    "echo only": Peer(peers.ECHO, {"PRN-GARBLED"}),
    "flow control only": Peer(peers.FLOW_CONTROL, {"PRN-MUTE"}),
    "babbler": Peer(Babbler(bytes(range(256))), {"PRN-GARBLED"}),
    "too late": Peer(Talker(late(b"\x16", 5 * TIMEOUT, times=1)), {"PRN-MUTE"}),
    # as good as mute; where it is heard after all, it says the same to everything
    "a slow parrot": Peer(Talker(late(b"\x16", 5 * TIMEOUT)), {"PRN-MUTE", "PRN-GARBLED"}, any_of=True),
    "a parrot": Peer(Talker(always(b"\x16")), {"PRN-GARBLED"}),
    "absent": Peer(NO_PORT, {"PRN-ABSENT"}),
    "denied": NOBODY,
}

_STAR = {
    "silent": Peer(peers.SILENT, {"PRN-MUTE"}),
    "garbage": Peer(peers.GARBAGE, {"PRN-GARBLED"}),
    "half an answer": Peer(Talker(always(_STAR_BLOCK[:4])), {"PRN-GARBLED"}),
    "echo only": Peer(peers.ECHO, {"PRN-GARBLED"}),
    "flow control only": Peer(peers.FLOW_CONTROL, {"PRN-MUTE"}),
    "an ESC/POS printer": Peer(Talker(lambda: lambda data: b"\x16" * data.count(b"\x04")), {"PRN-GARBLED"}),
}


def _hangs_up(link: str, fault: str) -> tuple[Trial, Trial]:
    """Return peers that go away on one link: whoever cuts a TCP connection is there, an unplugged cable is not."""
    at_once = {"hangs up at once": Peer(peers.HANGS_UP, {fault})}
    later = {
        "unplugged after one answer": Peer(Talker(in_turn(*_WELL[:1], then=None)), {fault}),
        "unplugged in the middle": Peer(Talker(in_turn(*_WELL[:3], then=None)), {fault}),
    }
    escpos, star = {"timeout_s": TIMEOUT}, {"timeout_s": TIMEOUT, "dialect": "star"}
    return (
        Trial(peers={**at_once, **later}, settings={"escpos": escpos}, links=(link,), longest=_LONGEST),
        Trial(peers=at_once, settings={"star": star}, links=(link,), longest=_LONGEST),
    )


TRIALS = (
    Trial(peers=_ESCPOS, settings={"escpos": {"timeout_s": TIMEOUT}}, longest=_LONGEST),
    *_hangs_up("tcp", "PRN-PORT"),
    *_hangs_up("pty", "PRN-ABSENT"),
    Trial(peers=_STAR, settings={"star": {"timeout_s": TIMEOUT, "dialect": "star"}}, longest=_LONGEST),
    # what is found depends on how the printer tells its status: nothing but what its checks declare
    Trial(
        peers={
            "silent": Peer(peers.SILENT, None),
            "garbage": Peer(peers.GARBAGE, None),
            "echo only": Peer(peers.ECHO, None),
            "hangs up at once": Peer(peers.HANGS_UP, None),
        },
        settings={
            "escpos": {"timeout_s": TIMEOUT},
            "star": {"timeout_s": TIMEOUT, "dialect": "star"},
            "one-way": {"timeout_s": TIMEOUT, "answers": "none"},
            "impact": {"timeout_s": TIMEOUT, "technology": "impact"},
        },
        levels=(Level.EXTERNAL, Level.INTERACTIVE),
        links=("tcp",),
        longest=_LONGEST,
    ),
)
