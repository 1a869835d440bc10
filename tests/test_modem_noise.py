"""Noise on a port is no healthy modem, and a modem is not healthy for a telephone line that nobody looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from diag.suite import live_peers
from tests.conftest import Command, Simulator
from tests.test_modem import CELLULAR, DIALUP, QUICK, run, sets, simulated


def ok_now_and_then(pattern: tuple[bytes, ...]) -> Callable[[bytes], bytes]:
    """A port that drips results, whatever comes."""
    source = itertools.cycle(pattern)
    return lambda _: next(source)


_OK, _ERROR = b"\r\nOK\r\n", b"\r\nERROR\r\n"
NOISE = {
    "OK": lambda: ok_now_and_then((_OK,)),
    "OK and a pause": lambda: ok_now_and_then((_OK, b"")),
    "OK and a wrong letter": lambda: ok_now_and_then((b"\r\nOX\r\n" + _OK, _OK)),
    "echo and OK": lambda: lambda data: data + _OK,
    "a digit": lambda: ok_now_and_then((b"0\r",)),
    "digits": lambda: ok_now_and_then((b"0\r0\r4\r", b"0\r", b"4\r", b"6\r0\r")),
    "digits that fit": lambda: ok_now_and_then((b"0\r", b"0\r", b"4\r", b"0\r", b"0\r", b"0\r")),
}


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("base", [CELLULAR, DIALUP])
def test_noise_is_no_healthy_modem(posdiag: Command, base: str, noise: str) -> None:
    with live_peers.on_tcp(NOISE[noise]()) as at:
        done = posdiag("run", base, *sets(f"at={at}", *QUICK), "--level", "external", "--json")
    assert done.status in (1, 3)


@pytest.mark.parametrize(
    "manner",
    [
        ["echo=off"],
        ["echo=off", "results=numbers"],
        ["results=numbers"],
        ["echo=off", "says=AT+NOSUCH?>OK"],
        ["echo=off", "says=ATI3>56000"],
    ],
)
def test_a_quiet_modem_is_a_modem(posdiag: Command, simulator: Simulator, manner: list[str]) -> None:
    settings = simulated(simulator, "technology=dialup", *manner)
    done = run(posdiag, settings, base=DIALUP, words=("--level", "external"))
    assert (done.status, done.causes) == (0, [])


def test_a_line_that_nobody_looked_at_is_not_known_to_be_good(posdiag: Command, simulator: Simulator) -> None:
    settings = simulated(simulator, "technology=dialup", "says=AT-TRV>ERROR")
    done = run(posdiag, settings, base=DIALUP)
    assert (done.status, done.causes) == (3, [])
    assert done.record["diagnosis"]["next_step"]["check"] == "dial_tone"
    assert run(posdiag, settings, base=DIALUP, words=("--level", "external")).status == 0


def test_a_line_s_voltage_is_a_look_at_the_line(posdiag: Command, simulator: Simulator) -> None:
    assert run(posdiag, simulated(simulator, "technology=dialup"), base=DIALUP).status == 0
