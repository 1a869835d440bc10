"""hwmon and thermal: channels, limits, alarms, and the copies of power supplies that both classes hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.power.pure import sensors
from drivers.power.pure.sensors import Sensor

CHIP = {
    "name": "ina3221", "in1_input": "5030", "in1_label": "vcc5", "in1_min": "4750", "in1_max": "5250",
    "curr1_input": "812", "curr1_crit": "3000", "curr1_crit_alarm": "1", "temp1_input": "48250", "temp1_max": "0",
    "in2_input": "!ENODATA", "temp2_input": "99000", "temp2_fault": "1",
}  # fmt: skip


def test_channels_of_a_chip() -> None:
    assert sensors.of_hwmon({"hwmon0": CHIP}, []) == [
        Sensor("ina3221.curr1", 0.812, "A", None, 3.0, True),
        Sensor("ina3221.vcc5", 5.03, "V", 4.75, 5.25, False),
        Sensor("ina3221.temp1", 48.25, "°C", None, None, False),
    ]


def test_chips_may_have_one_name() -> None:
    chip = {"name": "lm75", "temp1_input": "27000"}
    found = sensors.of_hwmon({"hwmon0": chip, "hwmon1": {**chip, "temp1_input": "28000"}}, [])
    assert [one.value for one in found] == [27.0, 28.0]


def test_copies_of_supplies_are_left_to_the_supply() -> None:
    copy = {"name": "max17042_battery", "in0_input": "3100", "temp1_max_alarm": "45000"}
    assert sensors.of_hwmon({"hwmon0": copy}, ["max17042-battery"]) == []
    assert sensors.of_thermal({"thermal_zone0": {"type": "BAT0", "temp": "27000"}}, ["BAT0"]) == []


def test_an_alarm_of_a_limit_is_one_only_where_it_says_so() -> None:
    """Some bridges put temperatures into files that are named alarms."""
    assert not sensors.of_hwmon({"hwmon0": {"name": "x", "temp1_input": "27000", "temp1_max_alarm": "45000"}}, [])[
        0
    ].alarm


def test_zones() -> None:
    zone = {
        "type": "soc-thermal", "temp": "51200", "trip_point_0_type": "passive", "trip_point_0_temp": "70000",
        "trip_point_1_type": "critical", "trip_point_1_temp": "95000",
    }  # fmt: skip
    tree = {
        "thermal_zone0": zone,
        "thermal_zone1": {"type": "off", "temp": "51200", "mode": "disabled"},
        "thermal_zone2": {"type": "none", "temp": "-274000"},
        "thermal_zone3": {"type": "later", "temp": "!EAGAIN"},
        "cooling_device0": {"type": "fan", "temp": "1"},
    }
    assert sensors.of_thermal(tree, []) == [Sensor("soc-thermal", 51.2, "°C", None, 95.0, False)]


FILES = st.sampled_from(
    ["name", "in0_input", "in0_lcrit", "in0_alarm", "temp1_input", "temp1_crit", "power1_input", "type"]
)


@given(st.dictionaries(FILES, st.text(max_size=12) | st.integers().map(str)))
def test_any_texts(attributes: dict[str, str]) -> None:
    for one in sensors.of_hwmon({"hwmon0": attributes}, []):
        assert one.unit in ("V", "A", "°C", "W")
    sensors.of_thermal({"thermal_zone0": attributes}, [])


FORGOTTEN = {
    "name": "nct6779", "in0_input": "2040", "in0_min": "0", "in0_max": "1744", "in0_alarm": "1",
    "in1_input": "992", "in1_min": "0", "in1_max": "0", "in1_alarm": "1",
}  # fmt: skip
NOISE = {
    "name": "it8721", "in1_input": "2930", "in1_min": "2260", "in1_max": "880", "in1_alarm": "1",
    "in3_input": "2000", "in3_min": "2260", "in3_max": "2770", "in3_alarm": "1",
    "temp1_input": "51000", "temp1_min": "-89000", "temp1_max": "-20000",
}  # fmt: skip


def test_limits_that_nobody_has_set_raise_no_alarm() -> None:
    for chip in (FORGOTTEN, NOISE):
        found = sensors.of_hwmon({"hwmon0": chip}, [])
        assert {(one.lowest, one.highest, one.alarm) for one in found} == {(None, None, False)}


def test_a_limit_that_was_set_counts_on_a_chip_with_others_that_were_not() -> None:
    rail = {"in2_input": "2828", "in2_min": "2976", "in2_max": "3632", "in2_alarm": "1"}
    found = {one.name: one for one in sensors.of_hwmon({"hwmon0": FORGOTTEN | rail}, [])}
    assert (found["nct6779.in2"].lowest, found["nct6779.in2"].alarm, found["nct6779.in1"].alarm) == (2.976, True, False)


def test_critical_limits_count_beside_others_that_nobody_has_set() -> None:
    chip = {
        "name": "ltc4282", "in1_input": "10800", "in1_min": "0", "in1_max": "0", "in1_lcrit": "11400",
        "in1_crit": "12600", "in1_lcrit_alarm": "1",
    }  # fmt: skip
    assert sensors.of_hwmon({"hwmon0": chip}, [])[0].alarm
