"""Attributes of the power_supply class, sane and insane."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.knowledge.wording import wording
from drivers.power.pure import power_supply
from drivers.power.words import doubt_told

GOOD = {
    "type": "Battery",
    "present": "1",
    "status": "Discharging",
    "health": "Good",
    "capacity": "73",
    "voltage_now": "3921000",
    "temp": "314",
    "charge_full": "1300000",
    "charge_full_design": "2600000",
    "cycle_count": "512",
}


def test_units() -> None:
    battery = power_supply.battery("BAT0", GOOD)
    assert battery.voltage_v == pytest.approx(3.921)
    assert battery.temperature_c == pytest.approx(31.4)
    assert battery.capacity_pct == 73
    assert battery.wear_pct == 50
    assert battery.cycles == 512
    assert battery.absurd == ()


@pytest.mark.parametrize(
    ("attribute", "text", "field"),
    [
        ("capacity", "1536", "capacity_pct"),
        ("voltage_now", "65535000", "voltage_v"),
        ("voltage_now", "4200", "voltage_v"),
        ("temp", "-2731", "temperature_c"),
        ("capacity", "-22", "capacity_pct"),
    ],
)
def test_impossible_values_are_not_believed(attribute: str, text: str, field: str) -> None:
    battery = power_supply.battery("BAT0", {**GOOD, attribute: text})
    assert getattr(battery, field) is None
    assert any(attribute in item for item in battery.absurd)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"capacity": "1536"}, "capacity 1536"),
        ({"voltage_now": "0", "capacity": "0", "temp": "0"}, "voltage_now, capacity, temp all read 0"),
        ({"charge_full": "130000"}, "charge_full 130000 of charge_full_design 2600000"),
        ({"voltage_now": "20000000", "voltage_max_design": "4200000"}, "voltage 20 V of 1 cell"),
        ({"voltage_now": "20000000", "voltage_max_design": "8400000"}, "voltage 20 V of 2 cells"),
        ({"voltage_now": "4120000", "capacity": "0", "technology": "Li-ion"}, "0 % at 4.12 V a cell"),
    ],
)
def test_why_a_gauge_is_not_believed_is_told(attributes: dict[str, str], words: str) -> None:
    battery = power_supply.battery("BAT0", {**GOOD, **attributes})
    told = [doubt_told(doubt) for doubt in (*battery.doubts, *battery.contradictions)]
    assert words in [wording(said, "en", "power") for said in told]
    assert "=" not in "".join(wording(said, "zh", "power") for said in told)


@pytest.mark.parametrize("absent", [{"present": "0"}, {"health": "No battery"}])
def test_an_absent_battery_has_no_values(absent: dict[str, str]) -> None:
    battery = power_supply.battery("BAT0", {**GOOD, **absent})
    assert not battery.present
    assert (battery.capacity_pct, battery.health, battery.voltage_v, battery.wear_pct) == (None, None, None, None)


@pytest.mark.parametrize("count", ["0", "-1", "!ENODATA", ""])
def test_no_cycle_count(count: str) -> None:
    assert power_supply.battery("BAT0", {**GOOD, "cycle_count": count}).cycles is None


def test_energy_and_charge_are_not_mixed() -> None:
    mixed = {key: value for key, value in GOOD.items() if key != "charge_full"} | {"energy_full": "9000000"}
    assert power_supply.battery("BAT0", mixed).wear_pct is None


@pytest.mark.parametrize("kind", ["Mains", "USB", "USB_C", "USB_PD", "Wireless"])
@pytest.mark.parametrize(("online", "expected"), [("1", True), ("2", True), ("0", False), ("!ENODATA", None)])
def test_adapters(kind: str, online: str, expected: bool | None) -> None:
    attributes = {"type": kind, "online": online}
    assert power_supply.is_adapter(attributes)
    assert power_supply.adapter("AC", attributes).online is expected


def test_peripherals_are_known_by_scope() -> None:
    assert power_supply.is_peripheral({**GOOD, "scope": "Device"})
    assert not power_supply.is_peripheral({**GOOD, "scope": "System"})
    assert not power_supply.is_peripheral(GOOD)


@given(st.dictionaries(st.sampled_from(power_supply.ATTRIBUTES), st.text(max_size=20) | st.integers().map(str)))
def test_any_texts(attributes: dict[str, str]) -> None:
    """Whatever a driver says, the values are in their ranges or None."""
    battery = power_supply.battery("X", attributes)
    assert battery.capacity_pct is None or 0 <= battery.capacity_pct <= 100
    assert battery.voltage_v is None or 0 <= battery.voltage_v <= 60
    assert battery.temperature_c is None or -50 <= battery.temperature_c <= 150
    assert battery.wear_pct is None or 0 <= battery.wear_pct <= 100
    power_supply.adapter("X", attributes)
