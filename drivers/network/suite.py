"""No adapter, and name servers that say nothing or do not run. Other worlds need namespaces: see the tests."""

from __future__ import annotations

from diag.contract.peers import Nowhere, Peer, Trial

_HERE = Nowhere("net:")
_LOCAL = {"interface": "lo", "host": "acquirer.invalid", "private": True, "timeout_s": 1.0, "proxy": "none"}

TRIALS = (
    Trial(
        peers={"absent": Peer(_HERE, {"NET-ADAPTER"}, reasons={"adapter": "gone"})},
        settings={"": {"interface": "nonesuch0"}},
        longest=5,
    ),
    Trial(
        # nobody is at this end of the loopback network; the kernel refuses for it
        peers={"silent": Peer(_HERE, {"NET-DNS"}), "garbage": Peer(_HERE, {"NET-DNS"})},
        settings={"": {**_LOCAL, "dns": ["127.8.8.8"]}},
        longest=15,
    ),
)
