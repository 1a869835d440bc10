"""Whether the network announces a proxy by a name, as browsers look for one (WPAD).

The name is `wpad` in a domain of this network, and nowhere above it: who looks further up asks strangers
(draft-ietf-wrec-wpad-01, section 4.4; CERT/CC TA16-144A). The page is a program (proxy auto-config) that names proxies
as "PROXY host:port"; it is not run, and the first proxy that it names counts.
"""

from __future__ import annotations

import re
import select
import socket
import time
from typing import Any

from drivers.network.probes import names, tcp, web
from drivers.network.pure import local

Row = dict[str, Any]
_PATH = "/wpad.dat"
_PROXY = re.compile(rb"""["'; ](?:PROXY|HTTP) ([A-Za-z0-9.-]{1,253}):([0-9]{1,5})\b""")
_MOST = 1 << 16  # bytes of a page


def announced(task: Row, timeout: float) -> Row | None:
    """Return the proxy that the network announces, and its status for a connection to the acquirer; None without.

    `by`: the name of the announcing host; `proxy`: host and port; `status`: None where the proxy says nothing.
    """
    for domain in task["search"]:
        name = f"wpad.{domain}"
        for address in _addresses(task, name):
            if found := first_proxy(_page(address, name, task["interface"], timeout)):
                host, port = found
                return {"by": name, "proxy": f"{host}:{port}", "status": _status(task, host, port, timeout)}
    return None


def first_proxy(page: bytes) -> tuple[str, int] | None:
    """Return host and port of the first proxy that a page of proxy auto-config names."""
    found = _PROXY.search(page)
    return (found[1].decode(), int(found[2])) if found and 0 < int(found[2]) < 1 << 16 else None


def _addresses(task: Row, name: str) -> list[str]:
    asked = (names.ask(server, name, "A", task["interface"], 1.0) for server in task["servers"][:1])
    return next((row["addresses"][:1] for row in asked), [])


def _status(task: Row, host: str, port: int, timeout: float) -> int | None:
    addresses = [host] if local.is_ip(host) else _addresses(task, host)
    for address in addresses:
        goal, to = task["server"]
        row, one = web.through_proxy(address, port, goal, to, task["interface"], timeout)
        if one:
            one.close()
        status: int | None = row.get("status")
        return status
    return None


def _page(address: str, host: str, interface: str, timeout: float) -> bytes:
    _, one = tcp.connect(address, 80, interface, timeout)
    if not one:
        return b""
    with one:
        return _read(one, f"GET {_PATH} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: posdiag\r\n\r\n".encode(), timeout)


def _read(one: socket.socket, asked: bytes, timeout: float) -> bytes:
    """Return what comes until the end of the page, or of the time."""
    end, data = time.monotonic() + timeout, b""
    try:
        one.send(asked)
        while len(data) < _MOST and (left := end - time.monotonic()) > 0:
            got = one.recv(_MOST) if select.select([one], [], [], left)[0] else b""
            if not got:
                break
            data += got
    except OSError:
        pass
    head, _, body = data.partition(b"\r\n\r\n")
    return body if b" 200 " in head.partition(b"\r\n")[0] + b" " else b""
