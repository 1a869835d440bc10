"""A card in a virtual reader: a private pcscd with vsmartcard's vpcd, and the card process that vpcd talks to.

pcscd gets its socket from us, as from systemd (sd_listen_fds(3)), so that it is not the bench's; PCSCLITE_CSOCK_NAME
steers the client there. vpcd listens on every interface and pcscd keeps a pid file in /run, so both get a network and
a mount namespace of their own where the kernel allows it (unshare(2); without root, in a user namespace).
vpcd's protocol (vsmartcard, src/vpcd/vpcd.h): two bytes of length, big-endian, then 00 power off, 01 power on, 02 reset
(no reply), 04 get ATR (reply: the ATR), or an APDU (reply: the response).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

from diag.sim.process import end_with_parent, order, say

FAULTS = (
    "ICC-ABSENT",
    "ICC-CARD-ABSENT",
    "ICC-CARD-MUTE",
    "ICC-ATR-BAD",
    "ICC-PROTOCOL",
    "ICC-INTERMITTENT",
    "ICC-SLOW",
)

# A T=0 payment card from public lists (Barclaycard VISA: 3B 6E 00 00, 14 historical bytes, category 80).
ATR = bytes.fromhex("3B6E000080318066B08412016E0183009000")
ATR_BAD = bytes.fromhex("3B6E000080318066B08412016E")  # four historical bytes short
PSE = b"1PAY.SYS.DDF01"
# FCI of the PSE: DF name, short file identifier 1, language en
FCI = bytes.fromhex("6F1A840E") + PSE + bytes.fromhex("A5088801015F2D02656E")

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_PCSCD = "/usr/sbin/pcscd"
_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")


class Card:
    """The card's side of vpcd's protocol."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self.resets = 0
        self.waiting = b""
        self.seen = threading.Event()
        self._asked = 0

    def atr(self) -> bytes:
        """What the card answers to a reset."""
        if "ICC-CARD-MUTE" in self.faults:
            return bytes(40)  # longer than any ATR: pcscd sees a card that cannot be powered
        if "ICC-ATR-BAD" in self.faults:
            return ATR_BAD
        if "ICC-INTERMITTENT" in self.faults and self.resets % 4 == 3:
            return bytes(40)  # every fourth reset the contacts fail
        return ATR

    def control(self, code: int) -> bytes | None:
        """Power and reset have no reply."""
        if code == 2:
            self.resets += 1
        if code != 4:
            return None
        self._asked += 1
        if self._asked >= 5:  # one to notice, some to power and to read
            self.seen.set()
        return self.atr()

    def command(self, apdu: bytes) -> bytes:
        """Answer SELECT of the payment environment and GET RESPONSE; refuse the rest."""
        if "ICC-SLOW" in self.faults:
            time.sleep(1.0)
        if "ICC-PROTOCOL" in self.faults:
            return b"\x12\x34"  # no status word
        if apdu[:4] == b"\x00\xa4\x04\x00" and len(apdu) > 5 and apdu[5 : 5 + apdu[4]] == PSE:
            self.waiting = FCI
            return bytes((0x61, len(FCI)))
        if apdu[:2] == b"\x00\xc0" and self.waiting:
            data, self.waiting = self.waiting, b""
            return data + b"\x90\x00"
        return b"\x6a\x82" if apdu[1:2] == b"\xa4" else b"\x6d\x00"

    def serve(self, port: int) -> None:
        """Be in the slot until pcscd is gone."""
        with _connect(port) as line:
            while message := _receive(line):
                answer = self.control(message[0]) if len(message) == 1 else self.command(message)
                if answer is not None:
                    line.sendall(struct.pack(">H", len(answer)) + answer)


def _connect(port: int) -> socket.socket:
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.01)  # pcscd is still starting
    raise SystemExit("vpcd does not listen")


def _receive(line: socket.socket) -> bytes:
    head = _exactly(line, 2)
    return _exactly(line, struct.unpack(">H", head)[0]) if head else b""


def _exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = line.recv(count - len(data))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # vpcd writes length and data apart
        if not piece:
            return b""
        data += piece
    return data


def _namespaces() -> None:
    """A network namespace with loopback up, and a mount namespace with an empty /run."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWNS | _CLONE_NEWNET | (0 if uid == 0 else _CLONE_NEWUSER)):
        raise OSError(ctypes.get_errno(), "unshare")
    if uid:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        current = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", current | _IFF_UP))
    # in a chroot / is no mount point: then /run stays as it is
    if not libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
        libc.mount(b"posdiag", b"/run", b"tmpfs", 0, b"mode=0755")


def _start_pcscd(folder: Path, port: int, *, reader: bool) -> tuple[int, Path]:
    """Start pcscd on a socket of ours; gives its process id and the socket's path."""
    if Path("/run/pcscd/pcscd.comm").exists():
        raise OSError("the bench's own pcscd runs, and /run cannot be hidden")
    config = folder / "readers"
    config.mkdir()
    if reader:
        lines = (
            'FRIENDLYNAME "Virtual PCD"',
            f"DEVICENAME /dev/null:{port:#x}",
            f"LIBPATH {_DRIVER}",
            f"CHANNELID {port:#x}",
        )
        (config / "vpcd").write_text("\n".join(lines) + "\n", encoding="ascii")
    path = folder / "pcscd.comm"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(16)
    program = shutil.which("pcscd") or _PCSCD
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(0, 2)
        os.dup2(listener.fileno(), 3)  # SD_LISTEN_FDS_START
        os.set_inheritable(3, True)
        environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        os.execve(program, [program, "-f", "-c", str(config)], environment)  # noqa: S606 -- the point of the fork
    listener.close()
    return pid, path


def _free_ports() -> int:
    """The first of two ports in a row that nobody uses: vpcd has two slots."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _absent(why: str) -> None:
    """There is no simulated reader; and the bench's real one is not to be taken for it."""
    say(missing=why, at="pcsc:*", env={"PCSCLITE_CSOCK_NAME": "/nonexistent/posdiag"})


def main() -> None:
    """Start from the command line."""
    want = order(__doc__ or "", lambda _: dict.fromkeys(FAULTS, "internal"))
    if not _DRIVER.exists() or not (shutil.which("pcscd") or Path(_PCSCD).exists()):
        _absent("sudo apt-get install pcscd vsmartcard-vpcd")
        return
    try:
        _namespaces()
    except OSError as error:
        print(f"the virtual reader's port is open to the network ({error})", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="posdiag-pcscd-"))
    port = _free_ports()
    try:
        daemon, path = _start_pcscd(folder, port, reader="ICC-ABSENT" not in want.faults)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        _absent(f"a private pcscd cannot be started: {error}; stop pcscd, or run as root")
        return

    def tidy() -> None:
        os.kill(daemon, signal.SIGTERM)
        os.waitpid(daemon, 0)
        shutil.rmtree(folder, ignore_errors=True)

    end_with_parent(tidy)
    if not want.faults & {"ICC-ABSENT", "ICC-CARD-ABSENT"}:
        card = Card(want.faults)
        threading.Thread(target=card.serve, args=(port,), daemon=True).start()
        card.seen.wait(3.0)  # pcscd looks every 0.4 s
    say(at="pcsc:Virtual PCD 00 00", env={"PCSCLITE_CSOCK_NAME": str(path)})
    signal.pause()


if __name__ == "__main__":
    main()
