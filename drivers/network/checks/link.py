"""The link: by cable, with what the card knows of it; by air, with why the terminal was not let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons as common
from diag.contract.check import (
    Fact,
    Finding,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Skipped,
    Yields,
    check,
)
from diag.contract.said import Said
from drivers.network import reasons
from drivers.network.checks.behind import behind, breaks, broken
from drivers.network.pure import ethtool
from drivers.network.verdicts import wifi

if TYPE_CHECKING:
    from drivers.network.driver import Network

_DAMAGE = {"open": "pair_open", "short": "pair_short", "crossed": "pair_crossed"}
_OFF_AIR = ("down", "lowerlayerdown", "dormant")  # dormant: keys are not agreed on yet


class Link:
    """What is at the other end of the cable, or of the air."""

    def __init__(self, driver: Network) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERNAL,
        finds=(
            "NET-CABLE",
            "NET-CABLE-POOR",
            "NET-WIFI-ABSENT",
            "NET-WIFI-PASSWORD",
            "NET-WIFI-WEAK",
            "NET-WIFI-DENIED",
        ),
        hints=("NET-UPLINK",),
        needs=("adapter",),
        deadline=60,
    )
    def link(self) -> Yields:
        """See that there is a link, by cable or by air, and how fast it is; if not, why."""
        if skipped := behind(self.learned):
            yield skipped
            return
        link = self.learned.link
        yield Measurement("carrier", link["carrier"])
        if link["speed"] is not None:
            yield Measurement("speed", link["speed"], "Mbit/s")
        if link["duplex"]:
            yield Measurement("duplex", link["duplex"])
        yield from self._by_air() if link["wireless"] else self._by_cable()

    def _by_air(self) -> Yields:
        link = self.learned.link
        if not link["carrier"] or link["state"] in _OFF_AIR:
            seen = self.session.wifi(self.learned, "absence")
            if not seen["station"] or link["state"] == "dormant":
                if not seen["told"]:
                    yield Fact("wants-rights", Said("wifi_wants_rights"))
                yield from broken(self.learned, wifi.of_absence(seen))
                return
        yield NotExamined(("NET-WIFI-DENIED",))  # an access point may keep its stations apart: the router shows that
        station = self.session.wifi(self.learned, "station")["station"]
        self.learned.station = station or {}
        if station and station["level"] is not None:
            limit = self.settings.limits.level_dbm
            yield Measurement("level", station["level"], "dBm", Limits(min=limit))
            if said := wifi.of_level(station, limit):
                yield Finding("NET-WIFI-WEAK", said)

    def _by_cable(self) -> Yields:
        link = self.learned.link
        if (not link["carrier"] or link["state"] in ("down", "lowerlayerdown")) and link["cellular"]:
            yield breaks(self.learned, "NET-UPLINK", Said("no_mobile_line", name=link["name"]))
        elif not link["carrier"] or link["state"] in ("down", "lowerlayerdown"):
            why = self.session.phy(self.learned)["why"]
            words = {"no-cable": "card_sees_no_cable", "cable-issue": "card_sees_bad_cable", "overheat": "card_too_hot"}
            yield breaks(self.learned, "NET-CABLE", Said(words.get(why, "no_carrier"), name=link["name"]))
        elif link["duplex"] == "half":
            yield Finding("NET-CABLE-POOR", Said("half_duplex", speed=link["speed"] or 0))
        elif (
            link["speed"] in (10, 100) and (both := self.session.phy(self.learned)["common_speed"] or 0) > link["speed"]
        ):
            yield Finding("NET-CABLE-POOR", Said("slower_than_both", speed=link["speed"], both=both))
        else:
            self.learned.link_is_good = True

    @check(Level.EXTERNAL, finds=("NET-CABLE",), hints=("NET-CABLE-POOR",), needs=("link",), essential=False, seconds=5)
    def cable_test(self) -> Yields:
        """Let the card measure its cable where the link is broken or poor; the link drops meanwhile."""
        link = self.learned.link
        if link["wireless"] or link["cellular"] or link["loopback"] or self.learned.link_is_good:
            yield Skipped(common.NOT_APPLICABLE, Said("link_is_good") if not link["wireless"] else "")
            return
        tested = self.session.cable_test(self.learned)
        if tested["outcome"] == "rights":
            yield Skipped(reasons.RIGHTS, Said("cable_test_wants_rights"))
        elif tested["outcome"] != "done":
            yield NotAnswered(common.NO_VALUE, Said("card_tests_no_cable"))
        for row in tested["pairs"]:
            yield Measurement(f"{row['pair']}.pair", row["result"])
        for row in ethtool.damaged(tested["pairs"])[:1]:
            metres = f"{row['cm'] / 100:.1f}" if row["cm"] is not None else "?"
            how = Said(_DAMAGE[row["result"]])
            yield Finding("NET-CABLE", Said("pair_damaged", pair=row["pair"], how=how, metres=metres))
