"""What the card itself knows of its cable; few cards on small boards know much."""

from __future__ import annotations

import errno
import time
from contextlib import suppress
from typing import Any

from drivers.network.probes.generic_netlink import Family
from drivers.network.pure import ethtool

Row = dict[str, Any]
_TEST_S = 10.0  # a test of four pairs takes some seconds


def look(index: int) -> Row:
    """Return why there is no link, and the speed that both ends offer, as far as the card tells."""
    row: Row = {"why": "", "common_speed": None}
    with suppress(OSError), Family(ethtool.FAMILY) as family:
        card = ethtool.of_card(index)
        with suppress(OSError):
            row["why"] = next(iter(map(ethtool.why_no_link, family.ask(ethtool.LINKSTATE_GET, card))), "")
        with suppress(OSError):
            row["common_speed"] = next(iter(map(ethtool.common_speed, family.ask(ethtool.LINKMODES_GET, card))), None)
    return row


def cable_test(index: int) -> Row:
    """Let the card send pulses down the cable; the link drops meanwhile. `outcome`: done, rights, unable or silent."""
    try:
        with Family(ethtool.FAMILY) as family:
            family.listen(ethtool.GROUP)
            family.ask(ethtool.CABLE_TEST_ACT, ethtool.of_card(index))
            end = time.monotonic() + _TEST_S
            while (left := end - time.monotonic()) > 0:
                for body in family.events(left):
                    if (rows := ethtool.pairs(body, index)) is not None:
                        return {"outcome": "done", "pairs": rows}
            return {"outcome": "silent", "pairs": []}
    except OSError as error:
        denied = error.errno in (errno.EPERM, errno.EACCES)
        return {"outcome": "rights" if denied else "unable", "pairs": []}
