"""SCPI lines as instruments have published them; the bench supply through the real command."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bench_supply.pure import scpi
from drivers.bench_supply.pure.scpi import Identification
from tests.conftest import Command, Done, Served, Simulator

IDENTIFICATIONS = {
    "HEWLETT-PACKARD,E3631A,0,2.1-5.0-1.0": Identification("HEWLETT-PACKARD", "E3631A", "", "2.1-5.0-1.0"),
    "Siglent Technologies,SPD3303X-E,SPD3XIDQ5R4761,1.01.01.02.07R2,V3.0": Identification(
        "Siglent Technologies", "SPD3303X-E", "SPD3XIDQ5R4761", "1.01.01.02.07R2"
    ),
    "ITECH Ltd., IT6302, 800071020777520196, 1.05-1.04": Identification(
        "ITECH Ltd.", "IT6302", "800071020777520196", "1.05-1.04"
    ),
    "GW INSTEK,GPP-74323,SN:GEZ823770,V1.22": Identification("GW INSTEK", "GPP-74323", "GEZ823770", "V1.22"),
    "*IDN BK Precision,4054,1,2": Identification("BK Precision", "4054", "1", "2"),
    "KORADKA3005PV2.0\x01": Identification("", "KORADKA3005PV2.0", "", ""),
}
NUMBERS = {
    "+1.20000000E+01": 12.0, "5": 5.0, "5.000V": 5.0, "0.125A": 0.125, "12 mA": 0.012, "5.0114,0.0000,0.000": 5.0114,
    ".5": 0.5, "-1.3e-3": -0.0013, "9.9E37": None, "+9.91000000E+37": None,
}  # fmt: skip


@pytest.mark.parametrize("line", IDENTIFICATIONS)
def test_identifications(line: str) -> None:
    assert scpi.identification(line) == IDENTIFICATIONS[line]


@pytest.mark.parametrize("line", NUMBERS)
def test_numbers(line: str) -> None:
    assert scpi.number(line) == (None if NUMBERS[line] is None else pytest.approx(NUMBERS[line]))


@pytest.mark.parametrize("line", ["", "ERR", "V", "1.2.3", "--5", "5 apples", "nan", "#?%"])
def test_no_numbers(line: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        scpi.number(line)


@given(st.floats(-9e4, 9e4), st.sampled_from(["{:.3f}", "{:+.8E}", "{:g}"]))
def test_a_number_comes_back(value: float, form: str) -> None:
    text = form.format(value)
    assert scpi.number(text) == pytest.approx(float(text))


@pytest.mark.parametrize(
    "line", ["460001234567890", '+CMT: "+8613800138000",,"26/11/29"', "CONNECT 13800138000", 'OK,\x01,a"b']
)
def test_what_no_instrument_calls_itself(line: str) -> None:
    """A modem on the supply's port tells of people; none of that is an instrument's name."""
    with pytest.raises(ValueError, match="no identification"):
        scpi.identification(line)


@pytest.mark.parametrize("line", ["460001234567890", "100000", "-2.5E7"])
def test_values_that_no_supply_has(line: str) -> None:
    with pytest.raises(ValueError, match="no value of a supply"):
        scpi.number(line)


@given(st.text(max_size=60))
def test_any_text(line: str) -> None:
    for read in (scpi.identification, scpi.number, scpi.switch):
        with contextlib.suppress(ValueError):
            read(line)


LIMITS = ("limits.idle_a.min=0.1", "limits.idle_a.max=0.6", "limits.boot_a.min=0.8", "boot_s=0.8", "timeout_s=0.4")


def examine(
    posdiag: Command, served: Served, *settings: str, level: str = "internal", answers: Path | None = None
) -> Done:
    words = [word for item in (f"at={served.at}", *LIMITS, *settings) for word in ("--set", f"bench_supply.{item}")]
    given = ("--answers", str(answers)) if answers else ()
    return posdiag("run", "generic/bench-supply", *words, "--level", level, *given, "--json")


def values(done: Done, check: str) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in done.check("bench_supply", check)["measurements"]}


@pytest.mark.parametrize(
    "dialect",
    [
        (), ("link=tcp",), ("ends=crlf",), ("ends=nothing", "link=tcp"), ("fields=1",), ("fields=5",), ("units=yes",),
        ("lost=1",), ("channel=CH1",), ("unknown=yes",),
    ],
    ids=lambda words: ",".join(words) or "plain",
)  # fmt: skip
def test_instruments_differ(posdiag: Command, simulator: Simulator, dialect: tuple[str, ...]) -> None:
    served = simulator("bench_supply", *(word for item in dialect for word in ("--set", item)))
    channel = [item for item in dialect if item.startswith("channel")]
    done = examine(posdiag, served, *channel)
    assert done.status == 0
    assert values(done, "idle")["idle_current"] == pytest.approx(0.31)


@pytest.mark.parametrize("word", ["silent=yes", "garbled=yes", "output=off"])
def test_an_instrument_that_tells_nothing_says_nothing_of_the_terminal(
    posdiag: Command, simulator: Simulator, word: str
) -> None:
    done = examine(posdiag, simulator("bench_supply", "--set", word))
    assert done.status == 3
    assert done.causes == []
    assert done.component("bench_supply")["status"] == "unknown"


def test_nothing_at_that_address(posdiag: Command, tmp_path: Path) -> None:
    done = posdiag("run", "generic/bench-supply", "--set", "bench_supply.at=socket://127.0.0.1:9", "--json")
    assert done.status == 3
    assert done.causes == []


@pytest.mark.parametrize("fault", ["PWR-SHORT", "PWR-DRAW-NONE", "PWR-DRAW-HIGH"])
def test_what_a_terminal_draws(posdiag: Command, simulator: Simulator, fault: str) -> None:
    done = examine(posdiag, simulator("bench_supply", "--fault", fault))
    assert done.causes == [fault]


def test_a_terminal_that_does_not_start(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    answers.write_text("bench_supply.switch_on=done\n")
    done = examine(posdiag, simulator("bench_supply"), level="interactive", answers=answers)
    assert done.causes == ["PWR-NO-BOOT"]  # nobody has switched it on
    assert values(done, "boot")["boot_current"] == pytest.approx(0.31)
