"""What must not leave with a bundle: card data, subscribers' numbers, and the names of people and computers.

Drivers keep all of the first two to themselves; this looks once more, also through records and traces of others. A
value in hex is looked at as the bytes that it stands for, too, and keeps its length, so that a trace still replays.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import re
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from diag.contract import card_numbers, privacy
from diag.records.record import Record

HOST, USER, SUBSCRIBER = "HOST", "USER", "[subscriber]"
# A SIM card's number: 89, then 16 to 18 digits, where modules show a last F too (ITU-T E.118). A subscriber's: 15
# digits, of which the first of the country code is 2 to 7 (ITU-T E.212). A telephone's: China's mobile numbers.
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_SIM = re.compile(rf"{_EDGE}89\d{{16,18}}[Ff]?{_END}")
_IMSI = re.compile(rf"{_EDGE}[2-7]\d{{14}}{_END}")
_TELEPHONE = re.compile(rf"{_EDGE}(?:\+?86)?1[3-9]\d{{9}}{_END}")
_CHINA = ("460", "461")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_HOMES = re.compile(r"(/home/)[^/\s\"':,;]+")
_HOME = Path("/home")
_MOST = 1000  # folders of people that are looked at
_BESIDE_NAME = re.compile(r"^.*\\|@.*$")  # a user's domain: DOMAIN\\name, name@domain
_LEAST = 4  # bytes of a name that is looked for in hex; fewer come by chance
_FIRST = 1000  # the first user who may be a person (UID_MIN in login.defs); people of a domain have any number above
_NO_USER = 65534  # the kernel's overflowuid: nobody
_NOBODY = ("", "root", "localhost", "nobody", "(none)")
#: keys whose values are words of posdiag, though a person may be called so
_OURS = frozenset({
    "name", "kind", "driver", "component", "check", "fault", "key", "schema", "origin", "level", "outcome",
    "status", "verdict", "severity", "class", "reason", "inherits", "needs", "op", "error", "source", "id",
})  # fmt: skip
#: keys whose values are what devices and people say, whatever the keys below are called
_SAID = frozenset({"values", "identity"})


class Cleaner:
    """Takes out what must not leave, and counts it. `known`: serial numbers and IMEIs, which identify devices and stay.

    `hosts`, `users`: the names of computers and people. `homes`: their folders.
    """

    def __init__(
        self, *, hosts: Iterable[str], users: Iterable[str], homes: Iterable[str] = (), known: Iterable[str] = ()
    ) -> None:
        self.count: Counter[str] = Counter()
        self._known = frozenset(known)
        self._names = [*((name, HOST) for name in _real(hosts)), *((name, USER) for name in _real(users))]
        self._patterns = [(re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])"), by) for name, by in self._names]
        self._homes = [home for home in homes if len(home) > 1 and home != "/root"]

    @classmethod
    def of(cls, record: Record) -> Cleaner:
        """Return the cleaner for a record, and for what this computer says beside."""
        people = _people()
        here = (socket.gethostname(), os.uname().nodename, record.run.host)
        users = [os.environ.get(name, "") for name in ("SUDO_USER", "LOGNAME", "USER")]
        users += [entry.pw_name for entry in people]
        users += [_BESIDE_NAME.sub("", name) for name in users]
        users += [entry.pw_gecos.partition(",")[0] for entry in people]
        parts = (part.identity.get(key) for part in record.components for key in ("serial_number", "imei"))
        known = [number for number in (record.terminal.serial_number, *parts) if number]
        return cls(
            hosts=[*here, *(name.partition(".")[0] for name in here)],
            users=users,
            homes=[str(Path.home()), *(entry.pw_dir for entry in people)],
            known=known,
        )

    def text(self, text: str) -> str:
        """Return a text without what must not leave."""
        text, hits = privacy.scan(text)
        self.count["cards"] += hits
        if _HEX.fullmatch(text):
            return self._hex(text)
        for pattern in (_SIM, _IMSI, _TELEPHONE):
            text = pattern.sub(lambda found: SUBSCRIBER if self._is_subscriber(found[0]) else found[0], text)
        return self._without_names(text)

    def data(self, value: Any, *, ours: bool = True) -> Any:
        """Return JSON data without what must not leave; keys, and values that are words of posdiag, stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._member(key, inner, ours=ours) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.data(inner, ours=ours) for inner in value]
        clean, hits = privacy.scan(value)  # a number
        self.count["cards"] += hits
        return clean

    def _member(self, key: str, value: Any, *, ours: bool) -> Any:
        if ours and key in _OURS and isinstance(value, str):
            clean, hits = privacy.scan(value)
            self.count["cards"] += hits
            return clean
        return self.data(value, ours=ours and key not in _SAID)

    def _without_names(self, text: str) -> str:
        for home in self._homes:
            if home in text:
                self.count["names"] += text.count(home)
                text = text.replace(home, f"/home/{USER}")
        text = _HOMES.sub(rf"\1{USER}", text)
        for pattern, by in self._patterns:
            text, hits = pattern.subn(by, text)
            self.count["names"] += hits
        return text

    def _hex(self, text: str) -> str:
        """Return hex with stars for bytes that spell what must not leave, or that are a SIM card's packed number."""
        data = bytes.fromhex(text)
        if _SIM.fullmatch(text):
            self.count["subscribers"] += 1
            return (b"*" * len(data)).hex()
        return self.spelt_out(data).hex()

    def spelt_out(self, data: bytes) -> bytes:
        """Return bytes with stars for those that spell what must not leave."""
        for start, end in self._spelt(data.decode("latin-1")):
            data = data[:start] + b"*" * (end - start) + data[end:]
        return data

    def _spelt(self, plain: str) -> Iterator[tuple[int, int]]:
        for pattern in (_SIM, _IMSI, _TELEPHONE):
            for found in pattern.finditer(plain):
                if self._is_subscriber(found[0]):
                    yield found.span()
        for name, _ in self._names:
            if len(name) >= _LEAST:
                for found in re.finditer(re.escape(name), plain):
                    self.count["names"] += 1
                    yield found.span()

    def _is_subscriber(self, number: str) -> bool:
        """Return whether a number is a subscriber's; an IMEI has a check digit (TS 23.003), and stays."""
        if number in self._known:
            return False
        if _IMSI.fullmatch(number) and not number.startswith(_CHINA) and card_numbers.luhn(number):
            return False
        self.count["subscribers"] += 1
        return True


def _people() -> list[pwd.struct_passwd]:
    """Return the users of this computer who may be people.

    A directory service seldom lists its users: those who have a folder here, or have come in, are asked for by number.
    """
    numbers = {os.getuid(), *_owners(), *_who_came_in()}
    listed = {entry.pw_name: entry for entry in pwd.getpwall()}
    for number in numbers:
        with contextlib.suppress(KeyError, OverflowError):  # nobody has it any more
            entry = pwd.getpwuid(number)
            listed.setdefault(entry.pw_name, entry)
    return [entry for entry in listed.values() if entry.pw_uid >= _FIRST and entry.pw_uid != _NO_USER]


def _owners() -> Iterator[int]:
    """Yield who owns the folders of /home, and the folders of a domain there, which are root's."""
    for folder in itertools.islice(_HOME.glob("*"), _MOST):
        with contextlib.suppress(OSError):
            yield (owner := folder.lstat().st_uid)
            if not owner:
                yield from (inner.lstat().st_uid for inner in itertools.islice(folder.glob("*"), _MOST))


def _who_came_in() -> Iterator[int]:
    """Yield the numbers of the user who logged in, and of the one who called sudo."""
    with contextlib.suppress(OSError, ValueError):
        yield int(Path("/proc/self/loginuid").read_text())
    with contextlib.suppress(ValueError):
        yield int(os.environ.get("SUDO_UID", ""))


def _real(names: Iterable[str]) -> list[str]:
    """Return names each once, the longest first, so that none is replaced in part."""
    return sorted(
        {name for name in names if name not in _NOBODY and len(name) > 1}, key=lambda name: (-len(name), name)
    )
