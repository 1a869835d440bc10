"""Simulators follow the profile: its limits, its component names; what cannot be simulated here is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Command

LIMITS = {
    "two cells": "voltage_v: {min: 6.6, max: 8.8}, temperature_c: {min: 0, max: 45}, adapter_current_a: {min: 3}",
    "three cells": "voltage_v: {min: 9.9, max: 13.2}, temperature_c: {min: 10, max: 40}, adapter_voltage_v: {max: 20}",
}


def written(folder: Path, components: str, inherits: str = "") -> str:
    file = folder / "profile.yaml"
    base = f"inherits: {inherits}\n" if inherits else ""
    file.write_text(f'schema: 1\nname: {{en: "T", zh: "端"}}\n{base}components:\n{components}')
    return str(file)


@pytest.mark.parametrize("limits", LIMITS)
def test_a_battery_is_simulated_by_the_profile_s_limits(posdiag: Command, tmp_path: Path, limits: str) -> None:
    profile = written(tmp_path, f"  power: {{limits: {{{LIMITS[limits]}}}}}\n", "demo/handheld")
    words = ["demo", profile, "--component", "power", "--json"]
    healthy = posdiag(*words)
    assert (healthy.status, healthy.causes) == (0, [])
    values = {one["name"]: one for one in healthy.check("power", "battery")["measurements"]}
    assert values["BAT0.voltage"]["value"] > 8
    for code in ("PWR-BATTERY-LOW", "PWR-BATTERY-HOT", "PWR-BATTERY-COLD", "PWR-ADAPTER-WEAK", "PWR-GAUGE"):
        assert posdiag(*words, "--fault", code).causes == [code]


def test_components_may_have_any_name(posdiag: Command, tmp_path: Path) -> None:
    """The simulated person finds each of them, also two of a kind."""
    profile = written(
        tmp_path,
        '  receipt: {driver: printer, at: "/dev/ttyUSB0"}\n'
        '  card: {driver: card_reader, at: "pcsc:*", person_s: 2}\n'
        '  second: {driver: card_reader, at: "pcsc:*SAM*", slot: sam}\n',
    )
    done = posdiag("demo", profile, "--level", "interactive", "--fault", "PRN-PRINT-FAINT@receipt", "--json")
    if "left out" in done.err:
        pytest.skip(done.err)
    assert done.causes == ["PRN-PRINT-FAINT"]
    assert {part["name"]: part["status"] for part in done.record["components"]}["card"] == "healthy"
    assert done.check("card", "removal")["outcome"] == "passed"


@pytest.mark.skipif(os.path.exists("/dev/uinput"), reason="this computer can simulate a keyboard")
def test_what_cannot_be_simulated_here_is_left_out_and_said(posdiag: Command, tmp_path: Path) -> None:
    stripe = '  magstripe: {at: "input:0801:0001", sends: keys}\n'
    done = posdiag("demo", written(tmp_path, stripe, "demo/countertop"), "--component", "magstripe", "--json")
    assert (done.status, done.causes) == (0, [])
    assert [part["name"] for part in done.record["components"]] == ["power"]
    assert "magstripe: left out" in done.err
    assert posdiag("demo", "generic/msr-wedge").status == 3
