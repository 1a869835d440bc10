"""Looking at PC/SC's daemon from outside: where its socket is, whether it answers, who uses it."""

from __future__ import annotations

import os
import shutil
import socket

from diag.contract.links.holders import mapping
from diag.contract.said import Said

SOCKET = "/run/pcscd/pcscd.comm"  # compiled into pcsc-lite; PCSCLITE_CSOCK_NAME steers clients elsewhere

_PROGRAMS = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd")


def is_installed() -> bool:
    """Return whether there is a pcscd that could be started."""
    return any(os.path.exists(program) for program in _PROGRAMS) or shutil.which("pcscd") is not None


def users() -> str:
    """Name other programs that use PC/SC, as the end of a sentence; empty where none is seen."""
    found = mapping("libpcsclite")
    return f"; programs using PC/SC: {', '.join(found)}" if found else ""


def with_users(said: Said) -> Said:
    """Return what is said, with the other programs that use PC/SC where some are seen."""
    found = mapping("libpcsclite")
    return Said("pcsc_users", said=said, users=found) if found else said


def socket_path() -> str:
    """Return the socket that this process's PC/SC library uses."""
    return os.environ.get("PCSCLITE_CSOCK_NAME") or SOCKET


def daemon_answers() -> bool:
    """Return whether somebody listens on pcscd's socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(socket_path())
        except OSError:
            return False
    return True
