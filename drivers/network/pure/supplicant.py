"""What wpa_supplicant, NetworkManager and the kernel's log say of Wi-Fi, as rows like those of `nl80211.event`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
#: mac80211's words (net/mac80211/mlme.c); the address between them is skipped
_DEAUTH = re.compile(r"deauthenticated from \S+(?: while \w+)? \(Reason: (\d+)")
_BEGINS = re.compile(r"send auth to \S+ \(try 1/")
_DENIED = re.compile(r"\S+ denied authentication \(status (\d+)\)")
_ASSOCIATION = re.compile(r"\S+ denied association \(code=(\d+)\)")
_LOST = re.compile(r"Connection to AP \S+ lost|authentication with \S+ timed out")
_WRONG_KEY = re.compile(r"CTRL-EVENT-SSID-TEMP-DISABLED .*auth_failures=(\d+) .*reason=WRONG_KEY")
_ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|[\\\"nrte])")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"e": b"\x1b", b"\\": b"\\", b'"': b'"'}


def networks(listed: str) -> list[tuple[str, str]]:
    """Return names and flags of LIST_NETWORKS (number, name, access point, flags, with tabs between)."""
    rows = [line.split("\t") for line in listed.splitlines()[1:]]
    return [(unescaped(row[1]), row[3]) for row in rows if len(row) > 3]


def status(told: str) -> dict[str, str]:
    """Return the fields of STATUS."""
    return {name: value for name, sign, value in (line.partition("=") for line in told.splitlines()) if sign}


def unescaped(name: str) -> str:
    """Return a name that was written with escapes for what is not printable ASCII."""

    def byte(found: re.Match[bytes]) -> bytes:
        what = found.group(1)
        return bytes([int(what[1:], 16)]) if what[:1] == b"x" else _LETTERS[what]

    return _ESCAPED.sub(byte, name.encode()).decode("utf-8", "replace")


def of_control(line: str) -> Row | None:
    """Return what an event of wpa_supplicant says beside the frames: that it takes the password for wrong."""
    if found := _WRONG_KEY.search(line):
        return {"what": "wrong-key", "code": int(found.group(1))}
    return None


def of_log(lines: Iterable[str], interface: str) -> list[Row]:
    """Return the refusals of one interface in the kernel's log.

    An authentication by password (SAE) has two steps, each of which begins with a line of its own: a denial at the
    second is the password's (`keys`), a denial at the first is not.
    """
    found: list[Row] = []
    steps = 0
    for line in lines:
        name, _, words = line.partition(": ")
        if name != interface:
            continue
        steps += bool(_BEGINS.search(words))
        for pattern, what in ((_DEAUTH, "deauth"), (_DENIED, "auth"), (_ASSOCIATION, "assoc")):
            if match := pattern.search(words):
                what = "keys" if what == "auth" and steps > 1 else what
                found.append({"what": what, "code": int(match.group(1))})
                steps = 0
        if _LOST.search(words):
            found.append({"what": "lost", "code": 0})
            steps = 0
    return found
