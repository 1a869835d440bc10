"""Looking at PC/SC's daemon from outside: where its socket is, whether it answers, who uses it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess

from diag.contract.links.holders import mapping
from diag.contract.said import Said

SOCKET = "/run/pcscd/pcscd.comm"  # compiled into pcsc-lite; PCSCLITE_CSOCK_NAME steers clients elsewhere

_JOURNAL = ("journalctl", "--unit=pcscd", "--lines=200", "--output=cat", "--no-pager", "--quiet")
_JOURNAL_S = 2.0  # s
# what pcscd says of starting a reader; other files of it may log what passes between reader and card
_TROUBLE = re.compile(
    r"\b(?:ccid_usb|readerfactory|hotplug_lib(?:udev|usb)|auth)\.c:\d+:\w+\(\) "
    r"(?P<words>.*(?:LIBUSB_ERROR|[Ff]ail|[Cc]an't|not allowed|NOT authorized|denied|[Uu]nable).*)"
)
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


def last_trouble() -> str:
    """Return what pcscd has last said of a reader that did not start, from the journal; empty where it said nothing."""
    try:
        done = subprocess.run(
            _JOURNAL, capture_output=True, text=True, errors="replace", timeout=_JOURNAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = [match["words"].strip() for line in done.stdout.splitlines() if (match := _TROUBLE.search(line))]
    return found[-1][:200] if found else ""
