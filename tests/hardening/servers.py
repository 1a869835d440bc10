"""Servers that answer noise, over real sockets: the acquirer of the network path, its time and web servers, and NUT.

Some noise comes as it is, some behind what the protocol begins with. The kernel's part of a path is given, so that a
run does not depend on this computer's network; nothing leaves the computer.
"""

from __future__ import annotations

import errno
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from diag.contract.check import Level
from diag.contract.links import Address
from diag.contract.links.tap import Recorder
from diag.knowledge import profile
from diag.knowledge.profile import Component
from diag.records.record import Record
from diag.run.session import Options, Run
from tests.hardening import canaries, noise

_LINK = {
    "index": 2, "name": "eth0", "type": 1, "up": True, "carrier": True, "loopback": False, "kind": "",
    "wireless": False, "cellular": False, "speed": 1000, "duplex": "full", "blocked": "", "state": "up", "changes": 1,
    "stats": dict.fromkeys(
        ("rx_crc_errors", "rx_errors", "rx_packets", "tx_carrier_errors", "tx_errors", "tx_packets"), 0
    ),
}  # fmt: skip
_ADDRESS = {
    "index": 2, "address": "192.0.2.23", "prefix": 24, "link_local": False, "duplicate": False, "by_hand": False,
}  # fmt: skip
_ROUTE = {
    "family": 4,
    "to": "",
    "prefix": 0,
    "gateway": "",
    "index": 2,
    "type": "unicast",
    "on_link": False,
    "metric": 0,
}
#: what the kernel says of a path that is well, and has no router that could be asked
PATH: dict[str, Any] = {
    "look": {
        "links": [_LINK], "addresses": [_ADDRESS], "routes": [_ROUTE], "name_servers": [], "proxy": "",
        "synchronised": True,
    },
    "links": [_LINK], "wifi set": False, "phy": {}, "dhcp": None,
}  # fmt: skip
_VARIABLES = (
    "ups.status", "battery.charge", "battery.voltage", "battery.runtime", "input.voltage", "ups.load",
    "ups.temperature", "ups.alarm",
)  # fmt: skip
_GREATEST = 200_000  # bytes of a flood


def _as_it_is(said: noise.Noise) -> bytes:
    return b"".join(said.piece() for _ in range(said.chance.randint(1, 20)))


def _flood(said: noise.Noise) -> bytes:
    return (said.piece() * _GREATEST)[:_GREATEST]


def _handshake(said: noise.Noise) -> bytes:
    """A record of TLS (RFC 8446, 5.1): a type, a version, a length, and noise."""
    kind, body = said.chance.choice((0x14, 0x15, 0x16, 0x17)), _as_it_is(said)[:16000]
    return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body


def _hello(said: noise.Noise) -> bytes:
    """A ServerHello (RFC 8446, 4.1.3) of noise."""
    body = _as_it_is(said)[:16000]
    body = bytes((2,)) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(body).to_bytes(2, "big") + body


def _page(said: noise.Noise) -> bytes:
    return b"HTTP/1.1 200 OK\r\nDate: " + said.piece() + b"\r\n\r\n" + _as_it_is(said)


def _list(said: noise.Noise) -> bytes:
    """A list of variables (RFC 9271, 4.2.6) of which the values are noise."""
    lines = b"".join(b'VAR till %s "%s"\n' % (name.encode(), said.piece()[:16]) for name in _VARIABLES)
    return b"BEGIN LIST VAR till\n" + lines + b"END LIST VAR till\n"


def _error(said: noise.Noise) -> bytes:
    return b"ERR " + said.piece() + b"\n"


_OF_NETWORK = (_as_it_is, _flood, _handshake, _hello, _page)
_OF_NUT = (_as_it_is, _flood, _list, _list, _error)


def _pair() -> tuple[socket.socket, socket.socket]:
    """Return sockets of TCP and of UDP with one port; the UDP port of a free TCP port may be another program's."""
    while True:
        stream, packets = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            packets.bind(stream.getsockname())
        except OSError as error:
            stream.close()
            packets.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return stream, packets


class NoisyServer:
    """A port on this computer, for TCP and UDP, that answers noise to whoever asks."""

    def __init__(self, number: int, kinds: tuple[Callable[[noise.Noise], bytes], ...]) -> None:
        self._number, self._kinds = number, kinds
        self._stream, self._packets = _pair()
        self.port: int = self._stream.getsockname()[1]
        self._threads = [threading.Thread(target=serve, daemon=True) for serve in (self._accept, self._answer)]

    def __enter__(self) -> NoisyServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.shutdown(socket.SHUT_RDWR)
        self._packets.close()
        self._stream.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._stream.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        said = noise.Noise(self._number)
        with client, suppress(OSError):
            if said.chance.random() < 0.7:
                client.recv(4096)  # some wait for the question, some speak first
            client.sendall(said.chance.choice(self._kinds)(said))
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass

    def _answer(self) -> None:
        said = noise.Noise(self._number)
        with suppress(OSError):
            while True:
                _, sender = self._packets.recvfrom(4096)
                self._packets.sendto(said.piece()[:48].ljust(said.chance.choice((0, 48)), b"\0"), sender)


class TellingServer(NoisyServer):
    """A port on this computer whose every word is one that must not be written, raw or as the value of a variable."""

    def __init__(self, number: int, said: bytes, *, listed: bool) -> None:
        lines = b"".join(b'VAR till %s "%s"\n' % (name.encode(), said.strip()) for name in _VARIABLES)
        whole = b"BEGIN LIST VAR till\n" + lines + b"END LIST VAR till\n" if listed else said
        super().__init__(number, (lambda _: whole,))


class OnThisPath(Recorder):
    """The tap of a path of which the kernel's part is given; all calls are written into a trace."""

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Answer what is asked of the kernel; the servers answer the rest."""
        return super().call(op, sent, (lambda: PATH[op]) if op in PATH else do, wait)


class ServedRun(Run):
    """A run of a path of which the kernel's part is given."""

    def _address(self, part: Component) -> Address:
        assert self._trace is not None
        return Address(part.at, part.name, OnThisPath(self._trace, part.name, self.interruption), self.interruption)


def of_network(port: int, *, tls: bool = True) -> profile.Profile:
    """Return the profile of a path whose acquirer, time server and web server are at one port of this computer."""
    beside = ",".join(f"{kind}://127.0.0.1:{port}" for kind in ("ntp", "http"))
    settings = ["host=127.0.0.1", f"port={port}", f"tls={str(tls).lower()}", f"control={beside}", "timeout_s=1"]
    return profile.load("generic/network", [f"network.{setting}" for setting in settings])


def of_nut(port: int) -> profile.Profile:
    """Return the profile of a UPS behind a server at a port of this computer."""
    return profile.load("generic/linux-power", [f"power.at=nut:till@127.0.0.1:{port}"])


def examined(loaded: profile.Profile, number: int, folder: Path, level: Level | None = None) -> tuple[Record, Path]:
    """Return the record of a run that nobody attends, and its trace. `level`: by chance from the number where None."""
    trace = folder / f"{number}.jsonl"
    level = level or random.Random(number).choice(list(Level))  # noqa: S311 -- the same each time
    options = Options(level, trace=trace, force=True)
    return ServedRun(loaded, options, lambda *_: None, lambda _: None, folder).execute().record, trace


def run(number: int, folder: Path) -> str | None:
    """Examine a path, or a UPS, of which the servers make the noise of a number; return what is wrong, or None."""
    kinds, profiled = ((_OF_NETWORK, of_network), (_OF_NUT, of_nut))[number % 2]
    with NoisyServer(number, kinds) as server:
        record, _ = examined(profiled(server.port), number, folder)
    found = noise.trouble(record)
    if not found and record.run.seconds > noise.LONGEST:
        found = f"held for {record.run.seconds:.0f} s"
    return found and f"{record.terminal.profile}, number {number}: {found}"


def told(number: int, folder: Path) -> str | None:
    """Let the servers of a path or of a UPS say something; return what of that stands in a file, or None."""
    saying = list(canaries.SAYINGS)[number // 3 % len(canaries.SAYINGS)]
    said, secrets = canaries.SAYINGS[saying]
    profiled, listed = ((of_network, False), (of_nut, False), (of_nut, True))[number % 3]
    with TellingServer(number, said, listed=listed) as server:
        record, trace = examined(profiled(server.port), number, folder)
    found = canaries.leaked(record, folder, trace, secrets, traced=saying in canaries.CARDS)
    return found and f"{record.terminal.profile} {saying}, number {number}: {found} is written"
