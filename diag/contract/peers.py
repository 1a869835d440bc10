"""Bad peers: what the driver contract suite puts at the other end, and what the driver may conclude.

A room declares its bad peers in `suite.py`, as `TRIALS`; `python -m pytest --pyargs diag.suite` runs them. A
declaration is plain data: the peer, the settings, and the fault codes that the driver has to find.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from diag.contract.check import Level

#: seconds for one answer, short enough for a suite; a trial passes them in the driver's own setting
TIMEOUT = 0.3

#: takes the bytes that came, and returns the answer; None hangs up
Behaviour = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Talker:
    """The other end of a stream. `behave` makes the behaviour anew for each run."""

    behave: Callable[[], Behaviour]


@dataclass(frozen=True, slots=True)
class Babbler:
    """Another device on the port, which never listens and says `text` every so many seconds."""

    text: bytes
    every: float = 0.001


@dataclass(frozen=True, slots=True)
class LockedPort:
    """A serial port that nobody may open."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of attribute files below `scheme`: path -> text; None stands for a file whose reading hangs."""

    files: Mapping[str, str | None]
    scheme: str = "sysfs:"
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the bench behind a Unix socket, which the environment variable names; None: no such socket."""

    at: str
    variable: str
    behave: Callable[[], Behaviour] | None


@dataclass(frozen=True, slots=True)
class Nowhere:
    """An address at which there is nothing."""

    at: str


Place = Talker | Babbler | LockedPort | Folder | Service | Nowhere


@dataclass(frozen=True, slots=True)
class Peer:
    """One bad peer, and what the driver has to conclude."""

    place: Place
    #: fault codes that are found, all of them and no others; None leaves that open. An empty set: nobody is blamed
    finds: AbstractSet[str] | None
    #: whether a single code of `finds` is enough
    any_of: bool = False
    #: checks that pass all the same
    passes: Sequence[str] = ()
    #: checks that must not pass
    open: Sequence[str] = ()
    #: check -> the word of the reason for which it has no answer
    reasons: Mapping[str, str] = field(default_factory=dict)
    #: seconds that the examination takes at least
    shortest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Peers, each met with all these settings, at all these levels and over all these links."""

    peers: Mapping[str, Peer]
    #: seconds within which an examination ends
    longest: float
    #: name for the settings -> the settings
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})
    levels: Sequence[Level] = (Level.INTERNAL,)
    #: how a `Talker` is reached
    links: Sequence[str] = ("tcp", "pty")
    #: what must not come into any event
    secret: str = ""


#: what the trials of a driver have to contain, by the names of the peers
EVERY_DRIVER = frozenset({"silent", "garbage", "absent"})
EVERY_STREAM_DRIVER = EVERY_DRIVER | {
    "half an answer",
    "echo only",
    "flow control only",
    "babbler",
    "unplugged in the middle",
    "too late",
    "denied",
}


def always(answer: bytes) -> Callable[[], Behaviour]:
    """Make a behaviour that gives the same answer to everything."""
    return lambda: lambda data: answer


def in_turn(*answers: bytes, then: bytes | None) -> Callable[[], Behaviour]:
    """Make a behaviour that gives these answers one after another, and `then` for ever; None hangs up."""

    def make() -> Behaviour:
        left = iter(answers)
        return lambda data: next(left, then)

    return make


def late(answer: bytes, seconds: float, *, times: int | None = None) -> Callable[[], Behaviour]:
    """Make a behaviour that waits so many seconds before each answer, and answers so many times; None: for ever."""

    def make() -> Behaviour:
        left = repeat(answer) if times is None else repeat(answer, times)

        def behave(data: bytes) -> bytes:
            time.sleep(seconds)
            return next(left, b"")

        return behave

    return make


SILENT = Talker(always(b""))
GARBAGE = Talker(always(b"\xff\x80\xc3" * 20))
ECHO = Talker(lambda: lambda data: data)
FLOW_CONTROL = Talker(always(b"\x13\x11" * 200))
HANGS_UP = Talker(in_turn(then=None))
NO_PORT = Nowhere("/dev/does-not-exist")
NOBODY = Peer(LockedPort(), {"HOST-PERMISSION"})
