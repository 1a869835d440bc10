"""A private pcscd with vsmartcard's vpcd as its readers.

pcscd gets its socket from the simulator, as from systemd (sd_listen_fds(3)), so that the bench's own pcscd is left
alone; PCSCLITE_CSOCK_NAME steers clients to that socket. vpcd listens on every interface and pcscd keeps a pid file in
/run, so both get a network and a mount namespace of their own where the kernel allows it (unshare(2); without root, in
a user namespace).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import random
import select
import shutil
import signal
import socket
import struct
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from diag.sim.process import end_with_starter

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_PCSCD = "/usr/sbin/pcscd"
_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_OURS = Path("/run/pcscd/pcscd.comm")


def is_installed() -> bool:
    """Return whether pcscd and vpcd are there."""
    return _DRIVER.exists() and bool(shutil.which("pcscd") or Path(_PCSCD).exists())


def own_namespaces() -> None:
    """Enter a network namespace with loopback up, and a mount namespace with an empty /run. Raises OSError."""
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


class Daemon:
    """The private pcscd with a virtual reader for each name; the first of a name listens on `ports[name]`.

    `activate`: pcscd starts with its first client. Raises OSError.
    """

    def __init__(self, readers: Sequence[str], *, activate: bool = False) -> None:
        if _OURS.exists():
            raise OSError("the bench's own pcscd runs, and /run cannot be hidden")
        self._folder = Path(tempfile.mkdtemp(prefix="posdiag-pcscd-"))
        self._config = self._folder / "readers"
        self._config.mkdir()
        self.socket = self._folder / "pcscd.comm"
        self.ports: dict[str, int] = {}
        taken: list[int] = []
        for number, name in enumerate(readers):
            taken.append(port := free_ports(taken))
            self.ports.setdefault(name, port)
            driver = self._folder / f"libifdvpcd{number}.so"
            shutil.copy(_DRIVER, driver)  # vpcd keeps its slots in one table a library
            lines = (
                f'FRIENDLYNAME "{name}"',
                f"DEVICENAME /dev/null:{port:#x}",
                f"LIBPATH {driver}",
                f"CHANNELID {port:#x}",
            )
            (self._config / f"{number}").write_text("\n".join(lines) + "\n", encoding="ascii")
        self._activate = activate
        self._pid = self._start()

    def restart(self) -> None:
        """Kill pcscd, and start another on the same socket, which ends with the calling thread."""
        self._end(signal.SIGKILL)
        self.socket.unlink()
        self._pid = self._start()

    def end(self) -> None:
        """End pcscd and remove its files."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, how)
            os.waitpid(self._pid, 0)

    def _start(self) -> int:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket))
        listener.listen(16)
        program = shutil.which("pcscd") or _PCSCD
        starter = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            end_with_starter(starter)
            if self._activate:
                select.select([listener], [], [])
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            os.dup2(0, 2)
            os.dup2(listener.fileno(), 3)  # SD_LISTEN_FDS_START
            os.set_inheritable(3, True)
            environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
            os.execve(program, [program, "-f", "-c", str(self._config)], environment)  # noqa: S606 -- the point of the fork
        listener.close()
        return pid


def free_ports(taken: Iterable[int]) -> int:
    """Return the first of two ports in a row that nobody uses: vpcd has two slots, and listens only later.

    Connections take their own ports from 32768 up (ip(7), ip_local_port_range), so these stay free until then.
    """
    ports = [port for port in range(20_000, 32_000, 2) if port not in taken]
    while True:
        port = random.choice(ports)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
