"""The power driver through the real command: trees as kernels show them, a supply under load, a person's steps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, Done, Simulator, Single

BATTERY = {
    "type": "Battery", "present": "1", "status": "Discharging", "health": "Good", "capacity": "73",
    "voltage_now": "3921000", "temp": "271", "charge_full": "2480000", "charge_full_design": "2600000",
}  # fmt: skip
USB = {"type": "USB", "online": "1", "usb_type": "SDP [DCP] C PD", "current_max": "2000000"}


def tree(root: Path, **supplies: dict[str, str]) -> Path:
    folder = root / "power_supply"
    for name, attributes in supplies.items():
        (folder / name).mkdir(parents=True)
        for attribute, text in attributes.items():
            (folder / name / attribute).write_text(text + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(posdiag: Command, folder: Path, *settings: str) -> Done:
    words = [word for item in (f"at=sysfs:{folder}", *settings) for word in ("--set", f"power.{item}")]
    return posdiag("run", "generic/linux-power", *words, "--json")


#: battery's attributes, adapter's, settings -> the causes
ODD: dict[str, tuple[dict[str, str], dict[str, str], tuple[str, ...], list[str]]] = {
    "USB port of a computer where a charger is asked for": (
        {"status": "Discharging"}, {"usb_type": "[SDP] DCP", "current_max": "500000"},
        ("limits.adapter_current_a.min=1",), ["PWR-ADAPTER-WEAK"],
    ),
    "agreed on 5 V where 9 V are asked for": (
        {"status": "Charging"}, {"type": "USB", "usb_type": "C [PD]", "voltage_now": "5000000"},
        ("limits.adapter_voltage_v.min=8.5",), ["PWR-ADAPTER-WEAK"],
    ),
    "UCSI does not know what the source offers": (
        {"status": "Charging"}, {"current_max": "100000"}, ("limits.adapter_current_a.min=1",), [],
    ),
    "an old offer of a charger that was unplugged": (
        {}, {"online": "0", "current_max": "500000"}, ("limits.adapter_current_a.min=1",), [],
    ),
    "held back by its upper threshold": (
        {"status": "Not charging", "capacity": "40", "charge_control_end_threshold": "40"}, {}, (), [],
    ),
    "a gauge that calls an empty cell dead": (
        {"health": "Dead", "capacity": "3", "voltage_now": "3350000"}, {"online": "0"}, (), ["PWR-BATTERY-LOW"],
    ),
    "full by its gauge, far below by its voltage": (
        {"status": "Full", "capacity": "100", "voltage_now": "3020000"}, {}, ("limits.voltage_v.min=3.3",),
        ["PWR-BATTERY-DEAD"],
    ),
    "charging stopped by a timer": (
        {"status": "Not charging", "capacity": "31", "health": "Safety timer expire"}, {}, (), ["PWR-NOT-CHARGING"],
    ),
    "status as a bare number": ({"status": "9"}, {}, (), []),
    "values that are not there now": ({"voltage_now": "!", "capacity": "", "capacity_level": "Normal"}, {}, (), []),
    "a UPS": ({"type": "UPS", "status": "Discharging", "capacity": "9"}, {"online": "0"}, (), ["PWR-BATTERY-LOW"]),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_trees(posdiag: Command, tmp_path: Path, case: str) -> None:
    battery, adapter, settings, causes = ODD[case]
    done = run(posdiag, tree(tmp_path, BAT0={**BATTERY, **battery}, usb={**USB, **adapter}), *settings)
    assert done.causes == causes


def test_why_it_does_not_charge_is_told(posdiag: Command, tmp_path: Path) -> None:
    battery = {
        **BATTERY,
        "status": "Not charging",
        "capacity": "31",
        "health": "Safety timer expire",
        "charge_type": "N/A",
    }
    done = run(posdiag, tree(tmp_path, BAT0=battery, usb=USB))
    evidence = [one["evidence"] for one in done.check("power", "charging")["findings"]]
    assert evidence == [
        "BAT0: Not charging at 31 %, adapter online, health Safety timer expire, charge type N/A, usb 2 A DCP"
    ]


@pytest.mark.parametrize(
    ("settings", "status", "reason"),
    [((), 3, "none-here"), (("battery=none", "adapter=none"), 0, None), (("battery=required",), 3, "none-here")],
)
def test_no_supplies(
    posdiag: Command, tmp_path: Path, settings: tuple[str, ...], status: int, reason: str | None
) -> None:
    done = run(posdiag, tree(tmp_path), *settings)
    assert done.status == status
    assert done.check("power", "supplies")["reason"] == reason


def test_this_computer(posdiag: Command) -> None:
    """Whatever it has: never a failure of posdiag, never a guess."""
    done = posdiag("run", "generic/linux-power", "--json")
    assert done.status in (0, 1, 3)
    if not any(Path("/sys/class/power_supply").glob("*")):
        assert done.status == 3


def test_boards(posdiag: Command, tmp_path: Path) -> None:
    """The chip's own limits, the profile's, and a sensor that the profile names and the board has not."""
    folder = tree(tmp_path, BAT0=BATTERY)
    chip = tmp_path / "hwmon" / "hwmon0"
    chip.mkdir(parents=True)
    for attribute, text in {"name": "adc", "in0_input": "11200", "in0_label": "vin"}.items():
        (chip / attribute).write_text(text)
    done = run(posdiag, folder)
    assert [one["name"] for one in done.check("power", "board")["measurements"]] == ["adc.vin"]
    assert done.causes == []
    assert with_rail(posdiag, folder, "adc.vin").causes == ["PWR-RAIL"]
    missing = with_rail(posdiag, folder, "adc.vout").check("power", "board")
    assert {one["name"]: one["value"] for one in missing["measurements"]}["not_shown"] == "adc.vout"
    assert missing["not_examined"] == ["PWR-RAIL"]


def with_rail(posdiag: Command, folder: Path, name: str) -> Done:
    file = folder.parent / "model.yaml"
    rails = f"{{{name}: {{min: 11.5}}}}"
    file.write_text(
        "schema: 1\nname: {en: M, zh: 型号}\ninherits: generic/linux-power\n"
        f"components:\n  power: {{at: 'sysfs:{folder}', rails: {rails}}}\n"
    )
    return posdiag("run", str(file), "--json")


def values(done: Done, check: str) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in done.check("power", check)["measurements"]}


@pytest.mark.xdist_group("timing")
def test_a_sag_is_measured_and_explains_the_faint_print(posdiag: Command) -> None:
    done = posdiag("demo", "demo/handheld", "--fault", "PWR-SAG", "--level", "interactive", "--json")
    assert done.causes == ["PWR-SAG"]
    assert done.record["diagnosis"]["causes"][0]["explains"] == ["PRN-HEAD-WEAK", "PRN-PRINT-FAINT"]
    assert done.component("printer")["status"] == "unknown"
    seen = values(done, "under_load")
    assert seen["BAT0.sag"] > 1.0
    [loaded] = [each for each in done.check("power", "under_load")["measurements"] if each["name"] == "BAT0.loaded"]
    volts = [value for _, value in loaded["course"]]
    assert min(volts) < max(volts) - 1.0
    assert seen["BAT0.resistance"] == pytest.approx(0.6, abs=0.05)


@pytest.mark.xdist_group("timing")
def test_a_good_supply_under_load(posdiag: Command) -> None:
    done = posdiag("demo", "demo/handheld", "--level", "external", "--json")
    assert done.status == 0
    assert 0 < values(done, "under_load")["BAT0.sag"] < 0.415


@pytest.mark.xdist_group("timing")
def test_a_load_that_never_comes(posdiag: Command) -> None:
    """The printer has no paper, so nothing is drawn; alone, there is nobody to draw."""
    done = posdiag("demo", "demo/countertop", "--fault", "PRN-PAPER-END", "--level", "external", "--json")
    assert done.check("power", "under_load")["reason"] in ("not-applicable", "no-value")
    assert done.causes == ["PRN-PAPER-END"]


@pytest.mark.xdist_group("timing")
def test_a_load_test_replays(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    words = (
        "demo/handheld",
        "--component",
        "printer",
        "--component",
        "power",
        "--fault",
        "PWR-SAG",
        "--level",
        "external",
        "--json",
    )
    first = posdiag("demo", *words, "--trace", str(trace))
    again = posdiag(
        "run", "demo/handheld", "--component", "power", "--component", "printer", "--level", "external", "--json",
        "--set", f"power.at=trace:{trace}", "--set", f"printer.at=trace:{trace}",
    )  # fmt: skip
    assert values(again, "under_load") == values(first, "under_load")


def test_another_charger_tells_the_charger_from_the_terminal(single: Single) -> None:
    done = single("demo/countertop", "PWR-CHARGER")
    assert done.causes == ["PWR-CHARGER"]
    assert values(done, "other_charger") == {"works_with_another_charger": False}


def test_the_charger_unplugged_and_plugged_in(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """Where nobody moves it the status does not follow, also when asked for again, which is the socket's fault."""
    served = simulator("power")
    answers = tmp_path / "answers"
    answers.write_text(
        "power.unplug_charger=done\npower.unplug_charger_again=done\npower.plug_charger=done\n"
        "power.plug_charger_again=done\npower.look_at_battery=flat\n"
    )
    done = posdiag(
        "run", "generic/linux-power", "--set", f"power.at={served.at}", "--set", "power.follow_s=0.3",
        "--level", "interactive", "--answers", str(answers), "--json",
    )  # fmt: skip
    assert done.causes == ["PWR-CHARGER"]
    assert values(done, "replug")["follows_unplugging"] is False
    assert done.check("power", "replug")["not_examined"] == ["PWR-BATTERY-DEAD"]  # it was never on its battery alone


def test_a_slip_is_no_fault_of_the_charger(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """What was said to be done and does not show is asked for once more before a socket is blamed."""
    served = simulator("power")
    answers = tmp_path / "answers"
    answers.write_text("power.unplug_charger=done\npower.unplug_charger_again=cannot\npower.look_at_battery=flat\n")
    done = posdiag(
        "run", "generic/linux-power", "--set", f"power.at={served.at}", "--set", "power.follow_s=0.3",
        "--level", "interactive", "--answers", str(answers), "--json",
    )  # fmt: skip
    assert done.causes == []
    assert done.check("power", "replug")["reason"] == "not-done"


def test_a_terminal_without_battery_is_not_unplugged(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("power", "--set", "battery=none")
    done = posdiag("run", "generic/linux-power", "--set", f"power.at={served.at}", "--level", "interactive", "--json")
    assert done.check("power", "replug")["reason"] == "not-applicable"
    assert done.status == 0


def test_unplugged_while_it_is_watched(posdiag: Command, simulator: Simulator) -> None:
    """A class directory that goes away in the middle is a trouble of the bench, with a record."""
    served = simulator("power")
    root = Path(served.at.removeprefix("sysfs:"))
    shutil.rmtree(root / "BAT0")
    done = posdiag(
        "run", "generic/linux-power", "--set", f"power.at={served.at}", "--set", "power.battery=required", "--json"
    )
    assert done.causes == ["PWR-BATTERY-ABSENT"]
    assert json.loads(done.out)["verdict"] == "fail"
