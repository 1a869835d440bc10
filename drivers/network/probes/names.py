"""Name servers, each asked by itself, with its own deadline; `getaddrinfo` would hide most of what they say."""

from __future__ import annotations

import secrets
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from drivers.network.probes import sockets, tcp

Row = dict[str, Any]
Ask = Callable[[str, str, str, str, float], Row]
_PORT = 53
_SHARES = (0.25, 0.6, 1.0)  # of the deadline, at which a question over UDP has waited for its answer; then the next


def ask(server: str, name: str, kind: str, interface: str, timeout: float) -> Row:
    """Ask over UDP, three times where nothing comes, and return what the server says.

    `says`: the rcode, or silent, refused, unreachable, garbled.
    """
    import dns.exception
    import dns.flags
    import dns.message

    began = time.monotonic()
    query = dns.message.make_query(name, kind)
    row: Row = {"says": "silent", "addresses": []}
    try:
        with sockets.made(server, socket.SOCK_DGRAM, interface) as one:
            sockets.want_errors(one, server)
            one.connect(sockets.place(server, _PORT, interface))
            for end in (began + timeout * share for share in _SHARES):
                one.send(query.to_wire())
                if answer := _answer(one, query, end):
                    row = _said(answer)
                    if answer.flags & dns.flags.TC:  # RFC 7766 section 5: the whole answer comes over TCP
                        return over_tcp(server, name, kind, interface, timeout)
                    break
    except ConnectionRefusedError:
        row = {"says": "refused", "addresses": []}
    except OSError:
        row = {"says": "unreachable", "addresses": []}
    except dns.exception.DNSException:
        row = {"says": "garbled", "addresses": []}
    return {**row, "seconds": round(time.monotonic() - began, 4)}


def first(asked: Ask, server: str, names: Sequence[str], kind: str, interface: str, timeout: float) -> Row:
    """Ask for one name after the other until the server knows an address, or does not say that there is none."""
    row: Row = {}
    for name in names:
        row = asked(server, name, kind, interface, timeout)
        if row["addresses"] or row["says"] not in ("NXDOMAIN", "NOERROR"):
            break
    return row


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


def over_tcp(server: str, name: str, kind: str, interface: str, timeout: float) -> Row:
    """Ask the same over TCP."""
    import dns.exception
    import dns.message
    import dns.query

    row, one = tcp.connect(server, _PORT, interface, timeout)
    if not one:
        says = row["outcome"] if row["outcome"] in ("refused", "silent") else "unreachable"
        return {"says": says, "addresses": [], "seconds": row["seconds"]}
    with one:
        try:
            answer = dns.query.tcp(dns.message.make_query(name, kind), server, timeout=timeout, sock=one)
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return {"says": "silent", "addresses": [], "seconds": timeout}
    return {**_said(answer), "seconds": row["seconds"]}


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
