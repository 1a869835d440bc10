"""The network path: what the own settings and the own link exclude, and answers that come late."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from diag.contract.check import Finding, NotExamined, Yields
from drivers.network.checks.beyond import Beyond
from drivers.network.checks.near import Near
from drivers.network.checks.own import OwnPart
from drivers.network.learned import Learned
from drivers.network.probes import tls
from drivers.network.settings import NetworkSettings
from drivers.network.verdicts import server
from tests.test_network import ADDRESS, ROUTES, attempt, learned

NEAR = "192.168.1.77"


def of(checks: type[Any], known: Learned, host: str = "a.example", **answers: Any) -> Any:
    """Return the checks of a path; `answers`: what a second look brings, by its name."""

    def second(_: Learned, what: str, __: str) -> Any:
        return answers[what]

    session = SimpleNamespace(second=second, task=lambda _: {"name": "" if host[0].isdigit() else host})
    settings = NetworkSettings(host=host, port=1)
    return checks(cast("Any", SimpleNamespace(session=session, learned=known, settings=settings)))


def told(check: Yields) -> tuple[list[str], set[str]]:
    """Return what a check finds, and what it leaves open."""
    yielded = list(check)
    left = {code for each in yielded if isinstance(each, NotExamined) for code in each.faults}
    return [each.fault for each in yielded if isinstance(each, Finding)], left


@pytest.mark.parametrize(
    "row",
    [
        attempt("unreachable", address=NEAR, seconds=3.06),
        attempt(
            "unreachable",
            address=NEAR,
            icmp={"errno": 113, "type": 3, "code": 1, "version": 4, "from": ADDRESS["address"]},
        ),
    ],
)
def test_an_address_of_the_own_link_may_be_so_by_a_wrong_mask(row: dict[str, Any]) -> None:
    """The line has no part in it, and it is not said that this computer says so."""
    verdict = server.of_attempts(learned(row, beyond=False), private=True)
    assert verdict
    assert (verdict.code, verdict.said.key) == ("NET-HOST-ADDRESS", "nobody_there")
    assert "NET-ADDRESS" in verdict.leaves_open
    assert "NET-UPLINK" not in verdict.leaves_open


def test_the_own_address_is_no_router() -> None:
    known = learned()
    known.look["routes"] = [{**ROUTES[0], "gateway": ADDRESS["address"]}]
    assert told(of(OwnPart, known).address()) == (["NET-ADDRESS"], set())


def test_nobody_else_has_an_address_that_arp_does_not_ask_for() -> None:
    """On a line from point to point no check of duplicates is owed for want of rights."""
    known = learned()
    known.path["duplicates"] = {}
    assert list(of(Near, known).duplicate()) == []


def test_name_servers_that_say_nothing_where_others_answer_late() -> None:
    known = learned()
    silent = {"says": "silent", "addresses": [], "seconds": 4.0}
    rest = {"name6": silent, "tcp": silent, "known": silent, "random": [silent, silent]}
    known.path |= {"addresses": [], "servers": [{"address": "192.168.1.1", "name": silent, **rest}]}
    known.path["controls"][0]["got"]["seconds"] = 2.1
    known.path["controls"].append({"kind": "dns", "host": "1.1.1.1", "port": 53, "got": None})
    pings = {"address": "1.1.1.1", "allowed": True, "sent": 40, "came": 0, "ms": None}
    assert told(of(Beyond, known, pings=pings).name_servers()) == (["NET-LATENCY"], {"NET-DNS"})
    known.broken = ""
    lossy = {**pings, "came": 24, "ms": 1.0}  # the connection was late because its first packet was lost
    assert told(of(Beyond, known, pings=lossy).name_servers()) == (["NET-LOSS"], {"NET-DNS"})
    known.broken = ""
    known.path["controls"][0]["got"]["seconds"] = 0.1
    assert told(of(Beyond, known, pings={**pings, "came": 40, "ms": 1.0}).name_servers())[0] == ["NET-DNS"]


def test_no_name_server_tells_an_address_wrong_that_is_set() -> None:
    _, left = told(of(Beyond, learned(), "45.60.10.20").name_servers())
    assert left == {"NET-DNS", "NET-DNS-UNSET"}


def test_what_was_sent_last_has_to_arrive() -> None:
    """Nobody takes what is sent, until it is not acknowledged any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
        with one, far:
            one.sendall(b"x")
            assert tls._arrived(one, time.monotonic() + 10)
            one.setblocking(False)
            with suppress(BlockingIOError):
                while one.send(bytes(1 << 16)):
                    pass
            assert not tls._arrived(one, time.monotonic())
