"""The second round: what splits the causes of a failure, all at once. Only a path that failed gets here."""

from __future__ import annotations

import secrets
from typing import Any

from diag.contract.errors import Interrupted
from diag.contract.interruption import Interruption
from drivers.network.probes import certificates, echo, names, tcp, tls, web, wpad
from drivers.network.probes.jobs import Jobs
from drivers.network.probes.round import is_answer
from drivers.network.pure import local

Row = dict[str, Any]
_OTHER_PORTS = (443, 80, 22)  # what servers serve besides
_FAR = 3.0  # s for the second round
_PATIENT = 5.0  # s for hosts beside, before the line is called down
_QUIET = 3.2  # s
_AHEAD = 0.2  # s by which the acquirer is asked before the hosts beside
_MORE_PINGS = 40
_CONNECTIONS = 10
_RETRANSMITTED = 0.8  # s; the first packet of a connection is sent again after 1 s
_USUAL = (
    *(f"192.168.{third}.1" for third in (0, 1, 2, 3, 8, 10, 31, 43, 50, 88, 100, 178)),
    *("192.168.1.254", "10.0.0.1", "10.0.1.1", "10.1.1.1", "172.16.0.1"),
)
_TTLS = (255, 254, 128, 127, 65, 64, 63, 62, 61)


def of_server(task: Row, address: str, interruption: Interruption) -> Row:
    """Look further where the acquirer's port did not open."""
    jobs, interface = Jobs(interruption), task["interface"]
    port = task["target"][1]
    jobs.start("hops", echo.hops, address, interface, 1.5)
    for other in _OTHER_PORTS:
        if other != port:
            jobs.start(f"port {other}", tcp.probe, address, other, interface, _FAR)
    jobs.start("page", web.get, address, 80, task["server"][0], "/", interface, _FAR)
    jobs.start("near", _nearest, address, port, interface)
    jobs.start("announced", wpad.announced, task, _FAR / 3)
    jobs.wait(jobs.started(""), _FAR + 0.5)
    return {
        "hops": jobs.got("hops") or [],
        "ports": [row for name in jobs.started("port ") if (row := jobs.got(name))],
        "page": jobs.got("page"),
        "refused_from": jobs.got("near"),
        "announced": jobs.got("announced"),
    }


def of_beside(task: Row, address: str, interruption: Interruption) -> Row:
    """Ask the acquirer, then hosts with a known address, once more, with more patience, until the first answers."""
    jobs = Jobs(interruption)
    if address:
        _start_alone(jobs, task, address, interruption)
        jobs.wait(["alone"], _AHEAD)
    asked = {}
    for number, (scheme, host, port, _) in enumerate(task["control"]):
        if scheme in ("tcp", "dns") and local.is_ip(host):
            asked[f"{number:02}"] = (scheme, host, port)
    for name, (scheme, host, port) in asked.items():
        if scheme == "tcp":
            jobs.start(name, tcp.probe, host, port, task["interface"], _PATIENT)
        else:
            jobs.start(name, names.ask, host, task["name"] or "example.com", "A", task["interface"], _PATIENT)
    jobs.wait(jobs.started(""), _PATIENT + 0.5, lambda: any(is_answer(jobs.got(name)) for name in asked))
    rows = [
        {"kind": scheme, "host": host, "port": port, "got": jobs.got(name)}
        for name, (scheme, host, port) in asked.items()
    ]
    return {"controls": [row for row in rows if is_answer(row["got"])], "attempt": jobs.got("alone")}


def of_alone(task: Row, address: str, interruption: Interruption) -> Row:
    """Try the acquirer once more when nothing else is on its way."""
    jobs = Jobs(interruption)
    _start_alone(jobs, task, address, interruption)
    jobs.wait(["alone"], _PATIENT + 0.5)
    return {"attempt": jobs.got("alone")}


def _start_alone(jobs: Jobs, task: Row, address: str, interruption: Interruption) -> None:
    """Connect to the acquirer once routers have told all that they had to tell of earlier packets. Raises Interrupted.

    Linux tells a host only six times at once, then once a second, that somebody is not there (icmp(7),
    icmp_ratelimit), and only after three tries of 1 s to find the neighbour (arp(7)); the other probes use that up.
    """
    if interruption.wait(_QUIET):
        raise Interrupted("interrupted while the network was asked")
    jobs.start("alone", tcp.probe, address, task["target"][1], task["interface"], _PATIENT)


def of_elsewhere(task: Row, address: str, interruption: Interruption) -> Row:
    """Try the acquirer's port at an address that only other name servers tell."""
    return {"opens": tcp.probe(address, task["target"][1], task["interface"], _FAR)["outcome"] == "open"}


def of_pings(task: Row, address: str, interruption: Interruption) -> Row:
    """Ping a host at a slower pace."""
    return echo.pings(address, task["interface"], _MORE_PINGS, 1.0, 0.02)


def of_connections(task: Row, address: str, interruption: Interruption) -> Row:
    """Open and close some connections to the acquirer; one that loses a packet takes 1 s longer (RFC 6298)."""
    jobs = Jobs(interruption)
    for number in range(_CONNECTIONS):
        jobs.start(f"{number:02}", tcp.probe, address, task["target"][1], task["interface"], _FAR)
    jobs.wait(jobs.started(""), _FAR + 0.5)
    rows = [row for each in jobs.started("") if (row := jobs.got(each)) and row["outcome"] == "open"]
    quickest = min((row["seconds"] for row in rows), default=0.0)
    late = [row for row in rows if row["seconds"] - quickest > _RETRANSMITTED]
    return {"all_at_once": len(rows) == _CONNECTIONS and not late, "opened": len(rows)}


def of_routers(task: Row, address: str, interruption: Interruption) -> Row:
    """Look for routers at the addresses that most routers have, where the terminal's own does not answer."""
    return {"routers": echo.stations(_usual_routers(task), task["interface"])}


def _usual_routers(task: Row) -> list[str]:
    """Return the addresses that routers are delivered with, and the first and last of the own networks."""
    own = [each for each in task["own"] if ":" not in each]
    near = [f"{each.rpartition('.')[0]}.{last}" for each in own for last in (1, 254)]
    return [each for each in dict.fromkeys([*near, *_USUAL]) if each not in (*own, *task["gateways"])]


def of_name_server(task: Row, server: str, interruption: Interruption) -> Row:
    """See how far packets to a name server get, where it does not answer."""
    jobs = Jobs(interruption)
    jobs.start("hops", echo.hops, server, task["interface"], 1.5)
    jobs.start("ping", echo.answers, server, task["interface"], 1.5)
    jobs.wait(jobs.started(""), 2.0)
    return {"hops": jobs.got("hops") or [], "ping": jobs.got("ping")}


def of_name(task: Row, server: str, interruption: Interruption) -> Row:
    """Ask a name server for the acquirer's name once more."""
    return names.ask(server, task["name"], "A", task["interface"], _PATIENT)


def of_tls(task: Row, address: str, interruption: Interruption) -> Row:
    """Look further where the handshake failed: the certificate, a minted one, small segments, no name."""
    jobs, interface, port, name = Jobs(interruption), task["interface"], task["target"][1], task["tls_name"]
    nobody = f"{secrets.token_hex(6)}.invalid"
    if not task["proxy"]:
        jobs.start("shown", tls.connect_and_show, address, port, name, interface, _FAR)
        jobs.start("nobody", tls.connect_and_show, address, port, nobody, interface, _FAR)
        jobs.start("nameless", tls.connect_and_show, address, port, "", interface, _FAR)
        jobs.start("small", _small, task, address, port)
        jobs.start("page", web.get, address, port, name, "/", interface, _FAR)
    for number, (scheme, host, to, _) in enumerate(task["control"]):
        if scheme == "tcp" and to == 443:
            jobs.start(f"control {number}", _of_control, task, host, to)
    jobs.wait([name for name in jobs.started("") if not name.startswith("control ")], _FAR + 0.5)
    jobs.wait(jobs.started("control "), 0.5)
    nobodys = jobs.got("nobody") or {}
    return {
        "shown": jobs.got("shown") or {},
        "nameless": jobs.got("nameless") or {},
        "minted": nobody in (nobodys.get("certificate") or {}).get("names", []),
        "small": jobs.got("small") or {},
        "page": jobs.got("page"),
        "organisations": certificates.organisations(task["ca"]) if task["ca"] else [],
        "controls": [row for each in jobs.started("control ") if (row := jobs.got(each))],
    }


def _small(task: Row, address: str, port: int) -> Row:
    """Shake hands over a connection with small segments, which pass where large packets are lost."""
    row, one = tcp.connect(address, port, task["interface"], _FAR, small=True)
    return tls.shown(one, task["tls_name"], _FAR) if one else {"outcome": row["outcome"]}


def _of_control(task: Row, host: str, port: int) -> Row:
    """Return the certificate of a host beside the acquirer's."""
    interface = task["interface"]
    address = host
    if not local.is_ip(host):
        found = [names.ask(server, host, "A", interface, 1.0)["addresses"] for server in task["servers"][:1]]
        address = next((each for addresses in found for each in addresses), "")
    return tls.connect_and_show(address, port, host, interface, _FAR - 1) if address else {}


def _nearest(address: str, port: int, interface: str) -> int:
    """Return the greatest least TTL with which a refusal is still heard; 0 where none is heard.

    64, 128 and 255 are what stations begin with (the last is a router's): such a refusal has passed no router.
    """
    jobs = Jobs(Interruption())
    for least in _TTLS:
        jobs.start(f"{least:03}", tcp.connect, address, port, interface, 1.5, False, least)
    jobs.wait(jobs.started(""), 1.6)
    heard = [least for least in _TTLS if (got := jobs.got(f"{least:03}")) and got[0]["outcome"] == "refused"]
    return max(heard, default=0)
