"""The servers of a world: the acquirer's, web and time servers, the portal, the proxy."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import struct
import time
from contextlib import suppress
from email.utils import formatdate

from diag.sim.network import tls, udp
from diag.sim.network.certificates import Shown
from diag.sim.network.dns import KNOWN, Look, Question
from diag.sim.network.world import World

_EPOCH_1900 = 2208988800  # s from 1900 to 1970 (RFC 5905)
_TRANSPARENT = 19  # <linux/in.h>, IP_TRANSPARENT
_LATE_S = 3.0  # that a busy server needs before it begins
_FILTERED_S = 20.0  # that a firewall before it drops what holds a name; longer than anybody waits
_LINGER_RESET = struct.pack("ii", 1, 0)

#: what web servers say whose purpose is to be asked, by a part of host or path
_BODIES = {
    "networkcheck.kde.org": b"OK\n",
    "network-test.debian.org": b"NetworkManager is online\n",
    "nmcheck.gnome.org": b"NetworkManager is online\n",
    "archlinux.org": b"NetworkManager is online\n",
    "fedoraproject.org": b"OK\n",
    "ubuntu.com": b"",
    "msftconnecttest.com": b"Microsoft Connect Test",
    "msftncsi.com": b"Microsoft NCSI",
    "apple.com": b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    "firefox.com": b"success\n",
}


def tls_context(shown: Shown, acquirer: str) -> ssl.SSLContext:
    """Return what a TLS server needs; `acquirer` may say a version, or that a client certificate is wanted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.chain, shown.key)
    if acquirer == "tls-1.0":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    if acquirer in ("tls-1.2", "client-certificate-1.2"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if acquirer == "old-ciphers":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    if acquirer == "tls-1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if acquirer == "sni":
        context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    if acquirer == "filtered":
        context.sni_callback = lambda _, name, __: time.sleep(_FILTERED_S) if name else None
    if acquirer.startswith("client-certificate"):
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(shown.ca)
    return context


async def start_acquirer(world: World, addresses: list[str], shown: Shown) -> None:
    """Listen as the acquirer's server does."""
    if world.acquirer == "off":
        return
    if world.tls and world.acquirer not in _WITHOUT_TLS:
        context = tls_context(shown, world.acquirer)
        for address in addresses:
            tls.serve(address, world.port, context, _listen, _LATE_S if world.acquirer == "late" else 0)
        return
    handlers = {"closes": _close, "resets": _reset, "plain": _plain, "greets": _greet}
    first_read = 1024 if world.tls else 0  # a TLS client speaks first
    await asyncio.start_server(
        lambda reader, writer: handlers.get(world.acquirer, _serve)(reader, writer, first_read), addresses, world.port
    )


_WITHOUT_TLS = ("mute", "closes", "resets", "plain")


def _listen(connection: socket.socket) -> None:
    """Wait until the terminal leaves; an acquirer never speaks first."""
    while connection.recv(1024):
        pass


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int = 0) -> None:
    """Wait until the terminal leaves."""
    with suppress(OSError):
        while await reader.read(1024):
            pass
    writer.close()


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_read: int) -> None:
    await reader.read(first_read)
    writer.close()


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_read: int) -> None:
    await reader.read(first_read)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
    writer.transport.abort()


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_read: int) -> None:
    await reader.read(first_read)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
    writer.write(b"ready\n")
    await _serve(reader, writer)


# --- web, portal, proxy


async def _request(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Return the target and the host of an HTTP request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    host = next((line.split(":", 1)[1].strip() for line in head[1:] if line.lower().startswith("host:")), "")
    return [*head[0].split(), "", ""][1], host.partition(":")[0].lower()


def _response(status: str, body: bytes, days: float, more: str = "") -> bytes:
    date = formatdate(time.time() + days * 86400, usegmt=True)
    length = "" if status.startswith("204") else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\nDate: {date}\r\n{more}{length}Connection: close\r\n\r\n".encode() + body


async def start_web(world: World, addresses: list[str], shown: Shown) -> None:
    """Listen on ports 80 and 443 as web servers do."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target, host = await _request(reader)
            body = next((said for part, said in _BODIES.items() if part in host), b"<html>welcome</html>")
            empty = "generate_204" in target or "generate204" in target or host == "connectivity-check.ubuntu.com"
            if world.web == "redirects":
                writer.write(_response("301 Moved", b"", world.days, f"Location: https://{host}{target}\r\n"))
            elif empty:
                writer.write(_response("204 No Content", b"", world.days))
            else:
                writer.write(_response("200 OK", body, world.days))
            await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        writer.close()

    await asyncio.start_server(serve, addresses, 80)
    await asyncio.start_server(serve, addresses, 443, ssl=tls_context(shown, ""))


async def start_portal(ports: list[int], shown: Shown | None) -> None:
    """Answer all that the router takes over, as the login page of a network does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _request(reader)
            writer.write(_response("302 Found", b"<html>login</html>", 0, "Location: http://login.hotel.example/\r\n"))
            await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        writer.close()

    for port in ports:
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.IPPROTO_IP, _TRANSPARENT, 1)
        taken.bind(("", port))
        context = tls_context(shown, "") if shown and port != 80 else None
        await asyncio.start_server(serve, sock=taken, ssl=context)


async def start_proxy(address: str, mode: str, look: Look) -> None:
    """Listen on port 3128; `mode`: good, or the status that every request gets, or mute."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target, _ = await _request(reader)
            if mode == "mute":
                await _serve(reader, writer)
            elif mode != "good":
                more = 'Proxy-Authenticate: Basic realm="shop"\r\n' if mode.startswith("407") else ""
                writer.write(_response(mode, b"", 0, more))
            else:
                await _tunnel(target, look, reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        writer.close()

    await asyncio.start_server(serve, address, 3128)


async def start_announcement(address: str) -> None:
    """Listen on port 80 with the page that names the proxy (WPAD)."""
    page = f'function FindProxyForURL(url, host) {{\n  return "PROXY {address}:3128; DIRECT";\n}}\n'.encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target, _ = await _request(reader)
            found = target == "/wpad.dat"
            writer.write(_response("200 OK" if found else "404 Not Found", page if found else b"", 0))
            await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        writer.close()

    await asyncio.start_server(serve, address, 80)


async def _tunnel(target: str, look: Look, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry what a CONNECT asks for, or fetch a page (RFC 9110, 9.3.6)."""
    plain = target.startswith("http://")
    host, _, port = target.removeprefix("http://").split("/")[0].rpartition(":") if not plain else (
        target.removeprefix("http://").split("/")[0].partition(":")[0], "", "80",
    )  # fmt: skip
    address = _address(host.strip("[]"), look)
    far_reader, far = await asyncio.open_connection(address, int(port))
    if plain:
        path = "/" + target.removeprefix("http://").partition("/")[2]
        far.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    else:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(_carry(reader, far), _carry(far_reader, writer))


def _address(host: str, look: Look) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        _, addresses = look(Question(host.lower(), 1, 0))
        if not addresses:
            raise ConnectionError(host) from None
        return addresses[0]


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


# --- time


def start_ntp(days: float) -> None:
    """Answer NTP (RFC 5905, 7.3) on all addresses."""

    async def answer(asked: bytes, _: str) -> bytes | None:
        if len(asked) < 48:
            return None
        now = time.time() + days * 86400 + _EPOCH_1900
        stamp = struct.pack("!II", int(now) & 0xFFFFFFFF, int((now % 1) * 2**32))
        head = bytes([0x24, 1, asked[2], 0xEC]) + bytes(4) + struct.pack("!I", 66) + b"GPS\0"
        return head + stamp + asked[40:48] + stamp + stamp

    for family in (socket.AF_INET, socket.AF_INET6):
        udp.serve(family, 123, answer)


WEB_NAMES = [each for name in KNOWN for each in (name, f"*.{name}")]
