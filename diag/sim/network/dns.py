"""Small name servers: one for the Internet of a world, and a forwarder for its router (RFC 1035)."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from diag.sim.network import udp
from diag.sim.network.world import ACQUIRER, LANDING, NAME, NOBODY, OTHER, WEB, WEB6

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
_FORWARD_S = 3.0

#: names outside the acquirer's that resolve, with all names below them
KNOWN = (
    "163.com", "95516.com", "alidns.com", "alipay.com", "aliyun.com", "aliyuncs.com", "apple.com", "archlinux.org",
    "baidu.com", "bing.com", "cloudflare.com", "debian.org", "dns.google", "dnspod.cn", "example.com", "example.net",
    "example.org", "fedoraproject.org", "firefox.com", "gnome.org", "google.cn", "google.com", "googleapis.com",
    "gstatic.com", "hicloud.com", "iana.org", "icann.org", "jd.com", "kernel.org", "meituan.com", "microsoft.com",
    "miui.com", "mozilla.org", "msftconnecttest.com", "msftncsi.com", "networkcheck.kde.org", "ntp.org", "ntsc.ac.cn",
    "one.one.one.one", "pool.ntp.org", "python.org", "qq.com", "quad9.net", "taobao.com", "tencent.com",
    "time.windows.com", "ubuntu.com", "unionpay.com", "vivo.com.cn", "wikipedia.org", "windows.com", "xiaomi.com",
)  # fmt: skip

#: names of acquirers' hosts in some worlds -> addresses
_OTHERS = {
    "slow.acquirer.example": ("45.60.10.21",),
    "host-down.acquirer.example": (NOBODY,),
    "acquirer.example": (ACQUIRER,),
    "wpad.shop.example": (OTHER,),
}


@dataclass(frozen=True)
class Question:
    """What a query asks."""

    name: str
    kind: int
    end: int  # of the question in the message


def question(message: bytes) -> Question:
    """Return the question of a message. Raises ValueError, IndexError."""
    at, labels = 12, []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return Question(".".join(labels).lower(), int.from_bytes(message[at + 1 : at + 3], "big"), at + 5)


def reply(query: bytes, code: int, addresses: tuple[str, ...] = (), alias: str = "") -> bytes:
    """Return the answer to a query: a code, and addresses of the kind asked for; `alias`: what the name stands for."""
    asked = question(query)
    kind, family = (AAAA, socket.AF_INET6) if asked.kind == AAAA else (A, socket.AF_INET)
    records, owner = [], b"\xc0\x0c"
    fitting = [each for each in addresses if (":" in each) == (kind == AAAA)] if asked.kind in (A, AAAA) else []
    if alias and code == NOERROR:
        target = b"".join(bytes([len(label)]) + label.encode() for label in alias.split(".")) + b"\0"
        records.append(owner + struct.pack(">HHIH", CNAME, 1, 60, len(target)) + target)
        owner = target
    for address in fitting:
        raw = socket.inet_pton(family, address)
        records.append(owner + struct.pack(">HHIH", kind, 1, 60, len(raw)) + raw)
    flags = 0x8180 | code
    head = query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
    return head + query[12 : asked.end] + b"".join(records)


Look = Callable[[Question], tuple[int, tuple[str, ...]]]


def zone(addresses: tuple[str, ...], internet: bool) -> Look:
    """Return the look-up in the names of a world."""

    def look(asked: Question) -> tuple[int, tuple[str, ...]]:
        if asked.name in (NAME, "alias.acquirer.example"):
            return NOERROR, addresses
        if asked.name in _OTHERS:
            return NOERROR, _OTHERS[asked.name]
        if internet and asked.name == "ipv4only.arpa":
            return NOERROR, ("192.0.0.170", "192.0.0.171")
        owner = next((each for each in KNOWN if asked.name == each or asked.name.endswith("." + each)), "")
        if internet and owner:
            number = zlib.crc32(owner.encode()) % len(WEB)
            return NOERROR, (WEB[number], WEB6[number])
        return (NOERROR, ()) if not asked.name else (NXDOMAIN, ())

    return look


class NameServer:
    """One name server; `mode` says what is wrong with it (`World.dns`)."""

    def __init__(self, mode: str, resolve: Callable[[bytes], Awaitable[bytes | None]]) -> None:
        self._mode, self._resolve = mode, resolve

    async def start(self, addresses: list[str]) -> None:
        """Listen on port 53 of these addresses."""
        if self._mode == "closed":
            return
        for family in (socket.AF_INET, socket.AF_INET6):
            udp.serve(family, 53, lambda query, _: self._answer(query, tcp=False))
        if self._mode != "mute":
            await asyncio.start_server(self._connection, addresses, 53)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                answer = await self._answer(query, tcp=True)
                if answer is not None:
                    writer.write(len(answer).to_bytes(2, "big") + answer)
                    await writer.drain()
        except (OSError, EOFError):
            writer.close()

    async def _answer(self, query: bytes, *, tcp: bool) -> bytes | None:
        asked = question(query)
        fixed = {"refused": REFUSED, "servfail": SERVFAIL}.get(self._mode)
        if fixed is not None:
            return reply(query, fixed)
        if self._mode == "mute" or (self._mode == "tcp-only" and not tcp):
            return None
        if self._mode == "truncates" and not tcp:
            return query[:2] + b"\x83\x80" + query[4:6] + bytes(6) + query[12 : asked.end]  # TC: ask over TCP
        if self._mode == "mute-of-acquirer" and asked.name.endswith(NAME):
            return None
        if self._mode == "only" and not asked.name.endswith(NAME):
            return reply(query, REFUSED)
        if self._mode == "landing":
            return reply(query, NOERROR, (LANDING,))
        if self._mode == "wrong" and asked.name == NAME:
            return reply(query, NOERROR, (NOBODY,))
        if self._mode == "no-aaaa" and asked.kind == AAAA:
            return None
        return self._changed(query, asked, await self._resolve(query))

    def _changed(self, query: bytes, asked: Question, answer: bytes | None) -> bytes | None:
        """Return what a server says that leads elsewhere what it does not know."""
        unknown = bool(answer and answer[3] & 15 == NXDOMAIN)
        if self._mode == "search-page" and (asked.name == NAME or (unknown and not asked.name.endswith(".invalid"))):
            return reply(query, NOERROR, (WEB[0],))
        if self._mode == "invented" and unknown:
            return reply(query, NOERROR, (LANDING,))
        return answer


def authority(look: Look) -> Callable[[bytes], Awaitable[bytes | None]]:
    """Return the resolving of a server that knows the names itself."""

    async def resolve(query: bytes) -> bytes:
        asked = question(query)
        code, addresses = look(asked)
        return reply(query, code, addresses, NAME if asked.name.startswith("alias.") and code == NOERROR else "")

    return resolve


def forwarder(upstream: str) -> Callable[[bytes], Awaitable[bytes | None]]:
    """Return the resolving of a router, which asks a server of the provider.

    Where the router knows that nobody can be asked its answer is SERVFAIL, else it is mute, as dnsmasq is.
    """

    async def resolve(query: bytes) -> bytes | None:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in upstream else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            try:
                out.connect((upstream, 53))
                async with asyncio.timeout(_FORWARD_S):
                    await loop.sock_sendall(out, query)
                    return await loop.sock_recv(out, 4096)
            except TimeoutError:
                return None
            except OSError:
                return reply(query, SERVFAIL)

    return resolve
