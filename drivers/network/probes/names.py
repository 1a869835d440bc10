"""Name servers, each asked by itself, with its own deadline; `getaddrinfo` would hide most of what they say."""

from __future__ import annotations

import secrets
import select
import socket
import time
from contextlib import suppress
from typing import Any

from drivers.network.probes import sockets, tcp

Row = dict[str, Any]
_PORT = 53
_SHARE = 0.45  # of the deadline for the first of two questions over UDP


def ask(server: str, name: str, kind: str, interface: str, timeout: float) -> Row:
    """Ask over UDP, a second time where nothing comes, and return what the server says.

    `says`: the rcode, or silent, refused, unreachable, garbled.
    """
    began = time.monotonic()
    row: Row = {"says": "silent", "addresses": []}
    for share in (_SHARE, 1 - _SHARE):
        row = _asked(server, name, kind, interface, timeout * share)
        if row["says"] != "silent":
            break
    return {**row, "seconds": round(time.monotonic() - began, 4)}


def _asked(server: str, name: str, kind: str, interface: str, timeout: float) -> Row:
    import dns.exception
    import dns.message

    query = dns.message.make_query(name, kind)
    try:
        with sockets.made(server, socket.SOCK_DGRAM, interface) as one:
            sockets.want_errors(one, server)
            one.connect(sockets.place(server, _PORT, interface))
            one.send(query.to_wire())
            answer = _answer(one, query, time.monotonic() + timeout)
    except ConnectionRefusedError:
        return {"says": "refused", "addresses": []}
    except OSError:
        return {"says": "unreachable", "addresses": []}
    except dns.exception.DNSException:
        return {"says": "garbled", "addresses": []}
    return _said(answer) if answer else {"says": "silent", "addresses": []}


def _answer(one: socket.socket, query: Any, end: float) -> Any:
    """Wait for the answer to a question; another number, or garbage, is not the answer. Raises OSError."""
    import dns.exception
    import dns.message

    while (left := end - time.monotonic()) > 0 and select.select([one], [], [], left)[0]:
        data = one.recv(4096)
        with suppress(dns.exception.DNSException, ValueError, IndexError):
            answer = dns.message.from_wire(data, ignore_trailing=True)
            if query.is_response(answer):
                return answer
    return None


def over_tcp(server: str, name: str, interface: str, timeout: float) -> Row:
    """Ask the same over TCP."""
    import dns.exception
    import dns.message
    import dns.query

    row, one = tcp.connect(server, _PORT, interface, timeout)
    if not one:
        return {"says": row["outcome"], "addresses": []}
    with one:
        try:
            answer = dns.query.tcp(dns.message.make_query(name, "A"), server, timeout=timeout, sock=one)
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return {"says": "silent", "addresses": []}
    return _said(answer)


def random_names() -> list[str]:
    """Return names that nobody has: below `.invalid` (RFC 6761 section 6.4), and below an ordinary ending."""
    return [f"{secrets.token_hex(6)}.invalid", f"{secrets.token_hex(8)}.com"]


def _said(answer: Any) -> Row:
    import dns.rcode
    import dns.rdatatype

    found = []
    for group in answer.answer:
        if group.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            found += [record.address for record in group]
    return {"says": dns.rcode.to_text(answer.rcode()), "addresses": sorted(set(found))[:8]}
