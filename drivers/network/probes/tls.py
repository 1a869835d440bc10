"""TLS: what becomes of the handshake and of the moment after it, and which certificate is shown."""

from __future__ import annotations

import fcntl
import select
import socket
import ssl
import sys
import termios
import time
from typing import Any

from drivers.network.probes import tcp

Row = dict[str, Any]
#: all that OpenSSL offers of itself (openssl-ciphers(1)), at the level of Python's own choice; that leaves out servers
#: which exchange keys by RSA alone, as old acquirers do, and terminals reach them
_CIPHERS = "DEFAULT:@SECLEVEL=2"
_ARRIVES = 3.0  # s in which what was sent last is acknowledged, where it is sent again after 0.2, 0.4 and 0.8 s
_LOOK_AGAIN = 0.02  # s
_ALERT_WAIT = 0.25  # s beside two round trips in which TLS 1.3 tells that a client certificate is missing


class Server:
    """The acquirer's side of TLS: its name, and what the terminal trusts and shows."""

    def __init__(self, name: str, ca: str, client_certificate: str) -> None:
        self.name = name
        self.context = _context(ca, client_certificate)

    def shake(self, one: socket.socket, timeout: float, round_trip: float) -> Row:
        """Shake hands over an open connection, wait for one byte at most, and close; return what became of that."""
        began = time.monotonic()
        one.setblocking(False)
        end = began + timeout
        try:
            wrapped = self.context.wrap_socket(
                one, server_hostname=self.name or None, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
        except (ssl.SSLError, OSError, ValueError) as error:
            one.close()
            return {"outcome": _outcome(error), **_words(error), "seconds": 0.0}
        with wrapped:
            row = _stepped(wrapped, wrapped.do_handshake, end)
            row["seconds"] = round(time.monotonic() - began, 4)
            row["first_byte"] = round((row.pop("heard_at", None) or began) - began, 4)
            if row["outcome"] == "ok":
                row["version"] = wrapped.version()
                row["not_after"] = dict(wrapped.getpeercert() or {}).get("notAfter", "")
                # the quicker of two round trips: a connection also waits for ARP, or for its first packet sent again
                wait = 2 * min(round_trip, row["first_byte"]) + _ALERT_WAIT
                row["after"] = _stepped(wrapped, lambda: wrapped.recv(1), time.monotonic() + wait)
                if row["after"]["outcome"] == "silent" and not _arrived(wrapped, time.monotonic() + _ARRIVES):
                    row["outcome"] = "silent"
            return row


def shown(one: socket.socket, name: str, timeout: float) -> Row:
    """Return the certificate that a server shows for a name, trusted or not; nothing is sent behind the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(_CIPHERS)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    one.setblocking(False)
    try:
        wrapped = context.wrap_socket(one, server_hostname=name or None, do_handshake_on_connect=False)
    except (ssl.SSLError, OSError, ValueError) as error:
        one.close()
        return {"outcome": _outcome(error)}
    with wrapped:
        row = _stepped(wrapped, wrapped.do_handshake, time.monotonic() + timeout)
        if row["outcome"] == "ok":
            from drivers.network.probes import certificates

            row["certificate"] = certificates.facts(wrapped.getpeercert(binary_form=True) or b"", _chain(wrapped))
        return row


def _context(ca: str, client_certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca or None)
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    context.set_ciphers(_CIPHERS)
    if client_certificate:
        context.load_cert_chain(client_certificate)
    return context


def _stepped(wrapped: ssl.SSLSocket, do: Any, end: float) -> Row:
    """Go on with a call that wants to read or write, until the deadline. `heard_at`: when something came first."""
    heard_at = None
    while True:
        try:
            got = do()
        except ssl.SSLWantReadError:
            ready = select.select([wrapped], [], [], max(0.0, end - time.monotonic()))[0]
            heard_at = heard_at or (time.monotonic() if ready else None)
        except ssl.SSLWantWriteError:
            ready = select.select([], [wrapped], [], max(0.0, end - time.monotonic()))[1]
        except (ssl.SSLError, OSError, ValueError) as error:
            return {"outcome": _outcome(error), **_words(error), "heard_at": heard_at}
        else:
            return {"outcome": "closed" if got == b"" else "ok", "heard_at": heard_at}
        if not ready:
            return {"outcome": "silent", "heard_at": heard_at}


def _arrived(one: socket.socket, end: float) -> bool:
    """Wait until the other end has acknowledged all that was sent (tcp(7), SIOCOUTQ); return whether it has.

    With TLS 1.3 a client's certificate is the last to be sent: a handshake is good here, though the way loses it.
    """
    while int.from_bytes(fcntl.ioctl(one, termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_AGAIN)
    return True


def _outcome(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return "refused-certificate"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "closed"
        case ConnectionResetError() | BrokenPipeError():
            return "reset"
        case ssl.SSLError():
            if "WRONG_VERSION_NUMBER" in str(error.reason) or "HTTP_REQUEST" in str(error.reason):
                return "not-tls"
            return "alert" if "ALERT" in str(error.reason) or "UNRECOGNIZED" in str(error.reason) else "error"
        case TimeoutError():
            return "silent"
    return "failed"


def _words(error: Exception) -> Row:
    """Return OpenSSL's name of an error, and its number for a certificate that is not trusted."""
    return {"reason": str(getattr(error, "reason", "") or "")[:60], "code": getattr(error, "verify_code", None)}


def _chain(wrapped: ssl.SSLSocket) -> int:
    """Return how many certificates the server has sent; 0 where this Python does not tell."""
    inner = getattr(wrapped, "_sslobj", None)
    ask = getattr(inner, "get_unverified_chain", None)
    return len(ask() or ()) if ask else 0


def connect_and_show(address: str, port: int, name: str, interface: str, timeout: float) -> Row:
    """Connect anew, and return the certificate that is shown for a name."""
    row, one = tcp.connect(address, port, interface, timeout)
    return shown(one, name, timeout) if one else {"outcome": row["outcome"]}
