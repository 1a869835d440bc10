"""The network path and a UPS behind a NUT server, whose other side makes noise or says what none may write."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.contract.check import Level
from tests.hardening import canaries, noise, servers

WELL = b'BEGIN LIST VAR till\nVAR till ups.status "OL"\nVAR till battery.charge "100"\nEND LIST VAR till\n'


@pytest.mark.parametrize("number", range(24))
def test_noise_of_a_server_is_never_healthy(number: int, tmp_path: Path) -> None:
    assert servers.run(number, tmp_path) is None


@pytest.mark.parametrize("number", range(3 * len(canaries.SAYINGS)))
def test_nothing_that_a_server_says_of_people_is_written(number: int, tmp_path: Path) -> None:
    assert servers.told(number, tmp_path) is None


def test_without_noise_both_are_healthy(tmp_path: Path) -> None:
    """So it is the noise that the tests above see: a path without TLS ends at the connection; a UPS is on line."""
    with servers.NoisyServer(0, (lambda _: b"",)) as server:
        path, _ = servers.examined(servers.of_network(server.port, tls=False), 0, tmp_path, Level.INTERNAL)
    with servers.NoisyServer(0, (lambda _: WELL,)) as server:
        ups, _ = servers.examined(servers.of_nut(server.port), 1, tmp_path, Level.INTERNAL)
    assert [noise.trouble(record) for record in (path, ups)] == ["network is healthy", "power is healthy"]
