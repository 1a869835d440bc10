"""Bad trees of power supplies, and none."""

from __future__ import annotations

from diag.contract.peers import Folder, Nowhere, Peer, Trial

_NOISE = {
    "BAT0/type": "Battery",
    "BAT0/status": "\x00\x1b[31m",
    "BAT0/capacity": "1536",
    "BAT0/voltage_now": "x",
    "BAT0/health": "?",
    "BAT0/present": "",
    "AC/type": "Mains",
    "AC/online": "maybe",
}

TRIALS = (
    Trial(
        peers={
            "garbage": Peer(Folder(_NOISE), {"PWR-GAUGE"}),
            "empty": Peer(Folder({}), set()),
        },
        settings={"": {"battery": "required", "adapter": "required"}},
        longest=20,
    ),
    Trial(
        peers={
            "absent": Peer(Nowhere("sysfs:/nonexistent/power_supply"), {"HOST-SERVICE"}),
            "denied": Peer(Folder({}, locked=True), {"HOST-PERMISSION"}),
            # an attribute whose reading hangs in the kernel costs its deadline
            "silent": Peer(Folder({"BAT0/status": None}), set(), reasons={"supplies": "silent"}, shortest=4),
        },
        longest=20,
    ),
)
