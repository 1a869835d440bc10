"""The path in one line, with a mark at the break: terminal ─ cable ─ router ─ DNS ✗."""

from __future__ import annotations

from diag.contract.said import Said
from drivers.network.learned import Learned

_CABLE, _ROUTER, _LINE, _DNS, _SERVER, _TLS = range(6)
_WIFI = ("NET-WIFI-ABSENT", "NET-WIFI-PASSWORD", "NET-WIFI-WEAK", "NET-WIFI-DENIED")
#: by air, by a modem -> the first link
_FIRST = {(True, False): "link_wifi", (False, True): "link_mobile"}
#: fault -> the link of the path that it breaks
_BREAKS = {
    **dict.fromkeys(("NET-ADAPTER", "NET-OFF", "NET-CABLE", *_WIFI), _CABLE),
    **dict.fromkeys(("NET-DHCP", "NET-ADDRESS", "NET-NO-ROUTE", "NET-ROUTER"), _ROUTER),
    **dict.fromkeys(("NET-UPLINK", "NET-PORTAL", "NET-NO-IPV4", "NET-PROXY", "NET-LATENCY", "NET-LOSS"), _LINE),
    **dict.fromkeys(("NET-DNS-UNSET", "NET-DNS", "NET-DNS-WRONG", "NET-DNS-HIJACK", "NET-HOST-NAME"), _DNS),
    **dict.fromkeys(
        (
            "NET-FIREWALL",
            "NET-HOST-ADDRESS",
            "NET-HOST-PORT",
            "NET-HOST-DOWN",
            "NET-HOST-CLOSES",
            "NET-HOST-MUTE",
            "NET-MTU",
        ),
        _SERVER,
    ),
}


def of(learned: Learned) -> Said:
    """Return the path up to the break; whole where nothing broke it."""
    at = _BREAKS.get(learned.broken, _TLS) if learned.broken else _TLS + 1
    links = [
        Said(_FIRST.get((learned.link["wireless"], learned.link["cellular"]), "link_cable")),
        Said("link_router"),
        Said("link_internet"),
        Said("link_dns"),
        Said("link_server"),
        *([Said("link_tls")] if learned.path.get("tls") or at == _TLS else []),
    ]
    drawn = Said("link_terminal")
    for number, link in enumerate(links[: at + 1]):
        drawn = (
            Said("path_broken", before=drawn, link=link) if number == at else Said("path_on", before=drawn, link=link)
        )
    return drawn if learned.broken else Said("path_whole", before=drawn)
