"""The strongest step with a person: another network, which leaves terminal and acquirer as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.network.pure import local
from drivers.network.settings import has_host

if TYPE_CHECKING:
    from drivers.network.driver import Network

#: faults that another network tells from faults of the acquirer
SPLIT = (
    "NET-FIREWALL",
    "NET-HOST-PORT",
    "NET-HOST-DOWN",
    "NET-HOST-ADDRESS",
    "NET-HOST-MUTE",
    "NET-HOST-CLOSES",
    "NET-UPLINK",
)


class Swaps:
    """The hotspot of a telephone exchanges cable, router, line, name servers and firewall at once."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("NET-FIREWALL", "NET-HOST-DOWN"),
        hints=("NET-HOST-PORT",),
        needs=("connection",),
        essential=False,
        applies=has_host,
        seconds=60,
        deadline=60,
        takes="tool",
    )
    def other_network(self) -> Yields:
        """Try the acquirer once more over the hotspot of a telephone."""
        if self.learned.broken not in SPLIT:
            yield Skipped(reasons.NOT_APPLICABLE, Said("nothing_to_split"))
            return
        answer = yield Prompt("hotspot", ("done", "cannot"))
        if answer != "done":
            yield NotAnswered(reasons.NOT_DONE) if answer else Skipped(reasons.NO_PERSON)
            return
        look = self.session.look()
        link = local.chosen(look["links"], look["routes"], "")
        if (
            link is None
            or not link["carrier"]
            or (link["index"] == self.learned.link["index"] and _same(look, self.learned.look))
        ):
            yield NotAnswered(reasons.NOT_DONE, Said("same_network"))
            return
        self.learned.look, self.learned.link, before = look, link, self.learned.broken
        self.learned.name_servers = look["name_servers"]
        self.learned.path, self.learned.second, self.learned.broken = {}, {}, ""
        self.learned.path = self.session.round(self.learned)
        if self.learned.opened:
            yield Fact("works-elsewhere", Said("opens_elsewhere"))
            yield Finding("NET-FIREWALL", Said("opens_elsewhere"))
        else:
            yield Fact("fails-elsewhere", Said("fails_elsewhere", fault=before))
            yield Finding("NET-HOST-DOWN", Said("fails_elsewhere", fault=before))


def _same(now: dict[str, object], before: dict[str, object]) -> bool:
    """Return whether the routes are those of before: then nothing was exchanged."""
    return now["routes"] == before["routes"] and now["addresses"] == before["addresses"]
