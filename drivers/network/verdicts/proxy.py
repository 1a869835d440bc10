"""What became of the connection through a proxy."""

from __future__ import annotations

from diag.contract.said import Said
from drivers.network.learned import Learned
from drivers.network.verdicts.server import OPEN
from drivers.network.verdicts.verdict import Verdict

#: RFC 9110 section 15.6: the proxy did not reach the acquirer; tinyproxy says so with 500 (its src/reqs.c)
_GATEWAY = (500, 502, 503, 504)


def of_announced(learned: Learned) -> Verdict | None:
    """Judge a path that is closed, where the network announces a proxy that leads on: the terminal goes past it."""
    found = learned.announced_proxy
    if found is None or learned.opened:
        return None
    key = "announced_proxy" if found["status"] == 200 else "announced_proxy_locked"
    return Verdict("NET-PROXY", Said(key, where=found["proxy"], by=found["by"]))


def of_proxy(learned: Learned, proxy: tuple[str, int]) -> Verdict | None:
    """Judge the proxy by the first connection to it; an answer of a gateway's leaves the acquirer open."""
    rows = learned.attempts
    if not rows or learned.opened:
        return None
    row, where = rows[0], f"{proxy[0]}:{proxy[1]}"
    if row["outcome"] != "open":
        return Verdict("NET-PROXY", Said("proxy_dead", where=where))
    status = row.get("status")
    if status == 407:
        return Verdict("NET-PROXY", Said("proxy_wants_password", where=where))
    if status in _GATEWAY:
        return Verdict("NET-HOST-DOWN", Said("proxy_found_nobody", where=where, status=status), ("NET-PROXY", *OPEN))
    if status is None:
        return Verdict("NET-PROXY", Said("proxy_is_none", where=where))
    return Verdict("NET-PROXY", Said("proxy_refuses", where=where, status=status))
