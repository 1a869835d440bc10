"""A printer behind a bound rfcomm node, which calls the printer when it is opened: what the kernel says of the call."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import Any

import pytest

from diag.contract.errors import HostBusy, HostDenied, HostService, PeerAway
from diag.contract.links import Address
from diag.suite.examine import examine, findings, keeps_the_contract

NODE = "/dev/rfcomm7"
Refuses = Callable[[int], None]


@pytest.fixture
def refuses(monkeypatch: pytest.MonkeyPatch) -> Refuses:
    """Let a node of a Bluetooth port be there, whose opening fails with an errno."""
    real_open, real_stat = os.open, os.stat

    def at_node(number: int) -> None:
        def opening(path: Any, *rest: Any, **more: Any) -> int:
            if path == NODE:
                raise OSError(number, os.strerror(number), path)
            return real_open(path, *rest, **more)

        def looking(path: Any, *rest: Any, **more: Any) -> os.stat_result:
            if str(path) != NODE:
                return real_stat(path, *rest, **more)
            fields = (stat.S_IFCHR | 0o660, 1, 5, 1, 0, 0, 0, 0, 0, 0)
            return os.stat_result(fields, {"st_rdev": os.makedev(216, 7)})

        monkeypatch.setattr(os, "open", opening)
        monkeypatch.setattr(os, "stat", looking)
        monkeypatch.setattr(os, "access", lambda path, mode: number != errno.EPERM)

    return at_node


@pytest.mark.parametrize(
    ("number", "error", "said"),
    [
        (errno.EHOSTDOWN, PeerAway, "off, out of reach, or connected to a telephone"),
        (errno.ETIMEDOUT, PeerAway, "off, out of reach"),
        (errno.ECONNREFUSED, PeerAway, "a telephone or another till has it"),
        (errno.EMLINK, PeerAway, "a telephone or another till has it"),
        (errno.EACCES, PeerAway, "not paired with this computer"),
        (errno.EBADE, PeerAway, "not paired with this computer"),
        (errno.EHOSTUNREACH, HostService, "Bluetooth of this computer is off"),
        (errno.EBUSY, HostBusy, "another program"),
        (errno.EPERM, HostDenied, "not permitted"),  # the node itself
    ],
)
def test_what_a_failed_call_means(refuses: Refuses, number: int, error: type[Exception], said: str) -> None:
    refuses(number)
    with pytest.raises(error, match=said):
        Address(NODE, "printer").open_stream(1)


def test_a_printer_that_is_away_is_neither_absent_nor_at_a_cable(refuses: Refuses) -> None:
    refuses(errno.ECONNREFUSED)
    events, _ = examine("printer", NODE)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-AWAY"}
