"""Plain HTTP: whether a page that everybody knows comes as it is, or a login page in its place; and proxies."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from drivers.network.probes import tcp

Row = dict[str, Any]
_MOST = 8192  # bytes of an answer that are looked at


def get(address: str, port: int, host: str, path: str, interface: str, timeout: float) -> Row:
    """Ask for a page, and return its status, the host that it leads to, its date and the beginning of its text."""
    row, one = tcp.connect(address, port, interface, timeout)
    if not one:
        return {"outcome": row["outcome"]}
    with one:
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: posdiag\r\nConnection: close\r\n\r\n"
        return {"outcome": "open", "at": time.time(), **parsed(_exchange(one, asked, timeout))}


def through_proxy(
    address: str, port: int, host: str, to: int, interface: str, timeout: float
) -> tuple[Row, socket.socket | None]:
    """Ask a proxy for a connection to the acquirer (RFC 9110 section 9.3.6); return the status, and the connection."""
    row, one = tcp.connect(address, port, interface, timeout)
    if not one:
        return row, None
    name = f"[{host}]" if ":" in host else host
    asked = f"CONNECT {name}:{to} HTTP/1.1\r\nHost: {name}:{to}\r\nUser-Agent: posdiag\r\n\r\n"
    answer = parsed(_exchange(one, asked, timeout, only_head=True))
    if answer.get("status") == 200:
        return {**row, "status": 200}, one
    one.close()
    return {**row, "status": answer.get("status")}, None


def parsed(data: bytes) -> Row:
    """Return status, `leads_to` (the host of a redirection), `date` and `text` of an answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return {"status": None, "leads_to": "", "date": "", "text": ""}
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    leads_to = fields.get("location", "").partition("://")[2].split("/")[0].rpartition("@")[2]
    return {
        "status": int(words[1]), "leads_to": leads_to[:80], "date": fields.get("date", "")[:40],
        "text": body[:80].decode("utf-8", "replace"), "length": len(body),
    }  # fmt: skip


def _exchange(one: socket.socket, asked: str, timeout: float, *, only_head: bool = False) -> bytes:
    end, data = time.monotonic() + timeout, b""
    try:
        one.send(asked.encode("ascii", "replace"))
        while len(data) < _MOST and (left := end - time.monotonic()) > 0:
            if only_head and b"\r\n\r\n" in data:
                break
            if not select.select([one], [], [], left)[0]:
                break
            got = one.recv(1 if only_head else _MOST)
            if not got:
                break
            data += got
            if b"\r\n\r\n" in data and not only_head:  # the beginning of the text is enough
                break
    except OSError:
        pass
    return data
