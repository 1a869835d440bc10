"""A terminal's network path: adapter, link, address, router, line, names, acquirer, TLS, clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGone
from diag.contract.links import Address
from drivers.network.checks.beyond import Beyond
from drivers.network.checks.closing import LookBack
from drivers.network.checks.link import Link
from drivers.network.checks.near import Near
from drivers.network.checks.own import Adapter, OwnPart
from drivers.network.checks.quality import Quality
from drivers.network.checks.server import Server
from drivers.network.checks.swaps import Swaps
from drivers.network.learned import Learned
from drivers.network.session import Session
from drivers.network.settings import NetworkSettings, has_host

_OF_A_HOST = (
    *("NET-HOST-NAME", "NET-HOST-ADDRESS", "NET-HOST-PORT", "NET-HOST-DOWN", "NET-HOST-CLOSES", "NET-FIREWALL"),
    *("NET-PROXY", "NET-NO-IPV4", "NET-IPV6"),
)
_OF_TLS = (
    *("NET-TLS-CERT", "NET-TLS-NAME", "NET-TLS-ISSUER", "NET-TLS-INSPECTED", "NET-TLS-SETTING", "NET-MTU"),
    "NET-HOST-MUTE",
)


class Network(Driver):
    """The path of the computer that posdiag runs on, which stands in for a terminal only in its place."""

    kind = "network"
    Settings = NetworkSettings
    groups = (Adapter, Link, OwnPart, Near, Beyond, Server, Quality, Swaps, LookBack)
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {DeviceGone: "NET-ADAPTER"}
    settings: NetworkSettings

    def __init__(self, settings: NetworkSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(settings, address)
        self.learned = Learned()

    @classmethod
    def impossible(cls, settings: NetworkSettings) -> tuple[str, ...]:
        """Return the faults of a server that the profile does not name, and of TLS where none is spoken."""
        host = () if has_host(settings) else _OF_A_HOST
        tls = () if has_host(settings) and settings.speaks_tls else _OF_TLS
        portal = ("NET-PORTAL",) if settings.private else ()
        dhcp = ("NET-DHCP", "NET-DHCP-ROGUE") if settings.expect != "dhcp" else ()
        return (*host, *tls, *portal, *dhcp)
