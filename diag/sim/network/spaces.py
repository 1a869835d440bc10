"""Processes in network namespaces of their own: when the process ends, its namespace and all in it are gone.

Namespaces have no names here, so that worlds cannot collide and nothing stays where a process was killed. Without root
a user namespace of our own comes first (user_namespaces(7)).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000  # <linux/sched.h>
_MS_REC, _MS_PRIVATE, _MS_BIND, _MS_REMOUNT = 0x4000, 1 << 18, 0x1000, 0x20  # <sys/mount.h>
_PR_SET_PDEATHSIG = 1
_SIOCGIFFLAGS, _IFF_RUNNING = 0x8913, 0x40  # <linux/sockios.h>, <linux/if.h>
_CARRIER_S = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """This computer does not allow worlds; the text says why."""


def own_spaces() -> bool:
    """Give this process a network and a mount namespace; return whether a user namespace was needed for that.

    Raises Missing.
    """
    user = os.geteuid() != 0
    ids = os.geteuid(), os.getegid()
    try:
        _unshare((_NEWUSER if user else 0) | _NEWNET | _NEWNS)
        if user:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {ids[0]} 1")
            Path("/proc/self/gid_map").write_text(f"0 {ids[1]} 1")
        mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    except OSError as error:
        raise Missing(f"network namespaces are not allowed here: {error.strerror}") from error
    return user


def mount(source: str, target: str, kind: str, flags: int = 0) -> None:
    """Mount as mount(2) does. Raises OSError."""
    if _libc.mount(source.encode(), target.encode(), kind.encode(), flags, None):
        raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")


def bind(source: str, target: str) -> None:
    """Show a file in the place of another. Raises OSError."""
    mount(source, target, "", _MS_BIND)


def _unshare(flags: int) -> None:
    if _libc.unshare(flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Space:
    """A process in a network namespace of its own; `live` is called there when the links have been made."""

    def __init__(self, live: Callable[[Callable[[], None]], None]) -> None:
        from_child, to_starter = os.pipe()
        from_starter, to_child = os.pipe()
        starter = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            os.close(from_child)
            os.close(to_child)
            _be_child(starter, live, from_starter, to_starter)
        os.close(to_starter)
        os.close(from_starter)
        self._from, self._to = from_child, to_child
        self._hear()

    def go(self) -> None:
        """Have the process begin; `wait` says when all its services listen."""
        os.write(self._to, b"g")

    def wait(self) -> None:
        """Wait until all services listen. Raises Missing."""
        self._hear()

    def _hear(self) -> None:
        said = os.read(self._from, 4000)
        if said[:1] != b"1":
            raise Missing(said.decode(errors="replace") or "a part of the world ended at once")


def _be_child(starter: int, live: Callable[[Callable[[], None]], None], orders: int, answers: int) -> NoReturn:
    """Live in a namespace; ends with the starter, also where that one is killed."""
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != starter:
            os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        _unshare(_NEWNET | _NEWNS)
        _writable_sysctl()
        for name in ("all", "default", "lo"):
            sysctl(f"ipv6/conf/{name}/accept_dad", 0)  # an address can be used at once
        ip("link set lo up")
        os.write(answers, b"1")
        if os.read(orders, 1):
            live(lambda: _tell(answers))
    except BaseException as error:
        if not isinstance(error, Missing):
            traceback.print_exc()
        with suppress(OSError):
            os.write(answers, f"the world could not be built: {error}".encode())
    os._exit(1)


def _tell(answers: int) -> None:
    os.write(answers, b"1")


def _writable_sysctl() -> None:
    """Containers show /proc/sys read-only."""
    if not os.access("/proc/sys/net/ipv4/ip_forward", os.W_OK):
        bind("/proc/sys", "/proc/sys")
        mount("none", "/proc/sys", "", _MS_BIND | _MS_REMOUNT)


def ip(*commands: str) -> None:
    """Give commands to ip(8), in this process's namespace, those for IPv6 (`-6 …`) last. Raises Missing."""
    four = [command for command in commands if not command.startswith("-6 ")]
    six = [command.removeprefix("-6 ") for command in commands if command.startswith("-6 ")]
    for family, batch in (((), four), (("-6",), six)):
        if batch:
            run(["ip", *family, "-batch", "-"], "\n".join(batch))


def run(words: Sequence[str], given: str = "") -> None:
    """Run a program to its end. Raises Missing with what the program said."""
    try:
        done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Missing(f"{words[0]} is not installed") from error
    if done.returncode:
        raise Missing(f"{' '.join(words)}: {done.stderr.strip()}\n{given}")


def sysctl(name: str, value: str | int) -> None:
    """Set a kernel parameter of this process's namespace."""
    Path("/proc/sys/net", name).write_text(f"{value}\n")


def wait_for_carrier(card: str) -> None:
    """Wait until a card carries frames: the kernel drops them for up to 1 s after the other end came up.

    Raises Missing.
    """
    deadline = time.monotonic() + _CARRIER_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        while time.monotonic() < deadline:
            answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sH14x", card.encode(), 0))
            if struct.unpack("16sH14x", answer)[1] & _IFF_RUNNING:
                return
            time.sleep(0.02)
    raise Missing(f"the card {card} has no carrier")
