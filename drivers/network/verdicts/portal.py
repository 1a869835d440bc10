"""A login page in the place of a page that everybody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diag.contract.said import Said
from drivers.network.verdicts.verdict import Verdict

Row = Mapping[str, Any]
_LOGIN = 511  # RFC 6585 section 6: network authentication required
_NO_CONTENT = 204


def of_pages(controls: Sequence[Row], asked: Sequence[Sequence[Any]]) -> Verdict | None:
    """Judge the pages. `asked`: scheme, host, port and path of each control, in the same order."""
    for row, (_, host, _, path) in zip(controls, asked, strict=True):
        if row["kind"] == "http" and row["got"] and (said := _in_its_place(row["got"], host, path)):
            return Verdict("NET-PORTAL", said)
    return None


def _in_its_place(page: Row, host: str, path: str) -> Said | None:
    """Return what came in the place of a page; None where the page came, or nothing."""
    status, leads_to = page.get("status"), str(page.get("leads_to", ""))
    if status is None or status == _NO_CONTENT:
        return None
    if status == _LOGIN:
        return Said("login_wanted", host=host)
    if 300 <= status < 400 and leads_to and leads_to.partition(":")[0] != host:
        return Said("led_elsewhere", host=host, elsewhere=leads_to)
    if status == 200 and "204" in path and page.get("length"):
        return Said("other_page", host=host)
    return None
