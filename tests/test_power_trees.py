"""Trees of power supplies as real kernels show them: what is believed, what is held back, what words of health mean."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Command, Done
from tests.forkserver import POSDIAG, clean_environment

CELL = {
    "type": "Battery", "present": "1", "status": "Discharging", "health": "Good", "technology": "Li-ion",
    "capacity": "55", "voltage_now": "3780000", "current_now": "-240000", "temp": "265", "charge_now": "1430000",
    "charge_full": "2480000", "charge_full_design": "2600000",
}  # fmt: skip
USB = {"type": "USB", "online": "1", "usb_type": "SDP [DCP]", "current_max": "2000000"}
OFF = {"online": "0"}
FLAT = {"capacity": "18", "charge_now": "450000", "voltage_now": "3650000"}


class Tree(NamedTuple):
    """What differs from a cell at 55 % on a charger of 2 A, and what is to be said of it."""

    battery: dict[str, str]
    adapter: dict[str, str]
    causes: list[str]
    status: int
    says: str = ""


def plant(root: Path, battery: dict[str, str], adapter: dict[str, str]) -> Path:
    folder = root / "power_supply"
    for name, attributes in (("bms", battery), ("usb", adapter)):
        (folder / name).mkdir(parents=True)
        for attribute, text in attributes.items():
            if text:
                (folder / name / attribute).write_text(text + "\n")
    return folder


def run(posdiag: Command, root: Path, battery: dict[str, str], adapter: dict[str, str], *settings: str) -> Done:
    folder = plant(root, {**CELL, **battery}, {**USB, **adapter})
    words = [word for item in (f"at=sysfs:{folder}", *settings) for word in ("--set", f"power.{item}")]
    return posdiag("run", "generic/linux-power", *words, "--json")


TREES = {
    # a gauge that does not read
    "millivolts": Tree({"voltage_now": "3780"}, OFF, ["PWR-GAUGE"], 3, "voltage_now 3780"),
    "0 V and 0 % while it charges": Tree(
        {"status": "Charging", "voltage_now": "0", "capacity": "0"}, {}, ["PWR-GAUGE"], 3, "voltage_now 0"
    ),
    "ones throughout": Tree(
        {"voltage_now": "-1", "current_now": "-1", "capacity": "-1", "temp": "-1", "charge_now": ""}, {},
        ["PWR-GAUGE"], 3, "all read -1",
    ),
    "zeros throughout, which its driver calls dead": Tree(
        {"voltage_now": "0", "current_now": "0", "capacity": "0", "temp": "0", "charge_now": "0", "health": "Dead"}, {},
        ["PWR-GAUGE"], 3, "all read 0",
    ),
    "registers": Tree({"voltage_now": "65535000", "capacity": "1536"}, {}, ["PWR-GAUGE"], 3, "capacity 1536"),
    "two cells by design, 25 V by the gauge": Tree(
        {"voltage_now": "25000000", "voltage_min_design": "7400000"}, OFF, ["PWR-GAUGE"], 3, "25 V of 2 cells",
    ),
    "1.4 V, and nothing else feeds the terminal": Tree({"voltage_now": "1400000"}, OFF, ["PWR-GAUGE"], 3, "1.4 V"),
    "1.4 V on the charger": Tree(
        {"voltage_now": "1400000", "status": "Not charging", "capacity": "0"}, {}, ["PWR-BATTERY-DEAD"], 1, "1.4 V",
    ),
    "2 % of a full cell": Tree({"capacity": "2", "voltage_now": "4120000"}, OFF, ["PWR-GAUGE"], 3, "2 % at 4.12 V"),
    "0 % of two full cells, told to be full": Tree(
        {"status": "Full", "capacity": "0", "voltage_now": "8300000", "voltage_max_design": "8400000"}, {},
        ["PWR-GAUGE"], 3, "0 % at 4.15 V",
    ),
    "80 % of an empty cell": Tree({"capacity": "80", "voltage_now": "3050000"}, OFF, ["PWR-GAUGE"], 3, "80 % at 3.05"),
    "2 % of an empty cell": Tree({"capacity": "2", "voltage_now": "3420000"}, OFF, ["PWR-BATTERY-LOW"], 1),
    "3 % of lithium iron phosphate": Tree(
        {"capacity": "3", "voltage_now": "4000000", "technology": "LiFe"}, OFF, ["PWR-BATTERY-LOW"], 1
    ),
    "101 %": Tree({"status": "Full", "capacity": "101", "voltage_now": "4190000"}, {}, [], 0),
    "a voltage, and nothing that says which it should be": Tree(
        {"status": "", "health": "", "capacity": "", "charge_now": "", "charge_full": "", "voltage_now": "7000000"},
        OFF, [], 3, "tells a voltage only",
    ),
    # charging
    "Charging, with a current": Tree({**FLAT, "status": "Charging", "current_now": "870000"}, {}, [], 0),
    "Charging by a driver that turns the sign round": Tree(
        {**FLAT, "status": "Charging", "current_now": "-870000"}, {}, [], 0, "current_against_status"
    ),
    "Charging, and no current at all": Tree(
        {**FLAT, "status": "Charging", "current_now": "0"}, {}, [], 3, "not shown to charge"
    ),
    "Charging, and nothing to prove that": Tree(
        {**FLAT, "status": "Charging", "current_now": ""}, {}, [], 3, "not shown to charge"
    ),
    "averages only, discharging on the charger": Tree(
        {**FLAT, "voltage_now": "", "current_now": "", "voltage_avg": "3610000", "current_avg": "-310000"}, {},
        ["PWR-NOT-CHARGING"], 1, "bms.voltage 3.61",
    ),
    "power instead of current": Tree(
        {**FLAT, "status": "Charging", "current_now": "", "power_avg": "3100000"}, {}, [], 0, "bms.current 0.849"
    ),
    "no capacity, and 3.5 V on the charger": Tree(
        {"capacity": "", "charge_now": "", "voltage_now": "3500000"}, {}, ["PWR-NOT-CHARGING"], 1, "3.5 V"
    ),
    "empty on the charger": Tree(
        {"capacity": "1", "charge_now": "20000", "voltage_now": "3440000"}, {}, ["PWR-NOT-CHARGING"], 1
    ),
    "15 % is not low": Tree({"capacity": "15", "voltage_now": "3680000"}, OFF, [], 0),
    "many cycles, and the capacity is good": Tree({"cycle_count": "1240"}, OFF, ["PWR-BATTERY-CYCLES"], 0),
    "45 % of the capacity lost": Tree({"charge_full": "1430000"}, OFF, ["PWR-BATTERY-WORN"], 1),
    # switched off by software
    "input_suspend": Tree({**FLAT, "input_suspend": "1"}, OFF, ["PWR-CHARGE-OFF"], 0, "bms/input_suspend 1"),
    "charging_enabled of the charger": Tree(
        {**FLAT, "status": "Not charging"}, {"charging_enabled": "0"}, ["PWR-CHARGE-OFF"], 0, "usb/charging_enabled 0"
    ),
    "charge_behaviour": Tree(
        {**FLAT, "charge_behaviour": "auto inhibit-charge-awake [inhibit-charge]"}, {}, ["PWR-CHARGE-OFF"], 0,
        "charge_behaviour",
    ),
    "a switch that stands at on": Tree(
        {**FLAT, "charging_enabled": "1", "input_suspend": "0"}, {}, ["PWR-NOT-CHARGING"], 1
    ),
    "held back by the start threshold": Tree(
        {**FLAT, "status": "Not charging", "charge_control_start_threshold": "15"}, {}, [], 0,
        "held_back charge_control_start_threshold 15",
    ),
    # words of health
    "Unspecified failure": Tree({"health": "Unspecified failure"}, {}, ["PWR-BATTERY-FAULT"], 1),
    "Cell imbalance": Tree({"health": "Cell imbalance"}, {}, ["PWR-BATTERY-FAULT"], 1),
    "Blown fuse": Tree({"health": "Blown fuse"}, {}, ["PWR-BATTERY-DEAD"], 1),
    "Calibration required": Tree({"health": "Calibration required"}, {}, ["PWR-GAUGE"], 0),
    "Warm": Tree({"health": "Warm"}, {}, [], 0),
    "Cool": Tree({"health": "Cool"}, {}, [], 0),
    "Watchdog timer expire": Tree(
        {**FLAT, "status": "Not charging", "health": "Watchdog timer expire"}, {}, ["PWR-NOT-CHARGING"], 1
    ),
    "a timer that ran out, and it charges": Tree(
        {"status": "Charging", "health": "Safety timer expire", "current_now": "500000"}, {}, [], 0
    ),
    "No battery": Tree({"health": "No battery"}, {}, [], 0),
    "a charger that fails": Tree({}, {"health": "Unspecified failure"}, ["PWR-CHARGER"], 1, "usb: health Unspecified"),
    "a charger with too much at its input": Tree({}, {"health": "Over voltage"}, ["PWR-ADAPTER-WEAK"], 1),
    "a charger that is too hot": Tree({}, {"health": "Overheat"}, ["PWR-HEAT"], 1),
    "a charger whose watchdog was forgotten": Tree(
        {**FLAT, "status": "Not charging"}, {"health": "Watchdog timer expire"}, ["PWR-NOT-CHARGING"], 1
    ),
    "a good charger": Tree({}, {"health": "Good"}, [], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_tree(posdiag: Command, tmp_path: Path, name: str) -> None:
    tree = TREES[name]
    done = run(posdiag, tmp_path, tree.battery, tree.adapter)
    assert (done.causes, done.status) == (tree.causes, tree.status)
    assert tree.says in told(done)


def told(done: Done) -> str:
    """Everything that the checks of the power have to say."""
    parts = []
    for check in done.component("power")["checks"]:
        parts += [check["detail"] or "", *(found["evidence"] for found in check["findings"])]
        parts += [f"{value['name']} {value['value']}" for value in check["measurements"]]
    return "\n".join(parts)


def test_whole_degrees_are_not_cold(posdiag: Command, tmp_path: Path) -> None:
    """27 is 27 °C of a driver that does not report tenths, or 2.7 °C; -50 can only be tenths."""
    limit = "limits.temperature_c.min=5"
    done = run(posdiag, tmp_path / "27", {"temp": "27"}, {}, limit)
    assert "PWR-BATTERY-COLD" in done.check("power", "battery")["not_examined"]
    assert done.causes != ["PWR-BATTERY-COLD"]
    assert run(posdiag, tmp_path / "-50", {"temp": "-50"}, {}, limit).causes == ["PWR-BATTERY-COLD"]


@pytest.mark.parametrize(("step", "causes", "status"), [(-400, ["PWR-NOT-CHARGING"], 1), (400, [], 0)])
def test_the_charge_is_watched(posdiag: Command, tmp_path: Path, step: int, causes: list[str], status: int) -> None:
    """Charging, by a gauge without a current: what the charge does decides."""
    for _ in counting(tmp_path / "power_supply" / "bms" / "charge_counter", step):
        battery = {**FLAT, "status": "Charging", "charge_now": "", "current_now": "", "charge_counter": "450000"}
        done = run(posdiag, tmp_path, battery, {})
    assert (done.causes, done.status) == (causes, status)


def counting(file: Path, step: int) -> Iterator[None]:
    """Have a gauge count every tenth of a second, as soon as it is there."""
    stop = threading.Event()

    def count() -> None:
        begin = time.monotonic()
        while not stop.wait(0.1):
            if file.exists():
                part = file.with_name(".part")
                part.write_text(f"{450000 + step * round(10 * (time.monotonic() - begin))}\n")
                os.replace(part, file)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


DENIED = {
    "the kind of the supply": ("bms/type", 3, ["HOST-PERMISSION"]),
    "the charge": ("bms/capacity", 3, ["HOST-PERMISSION"]),
    "whether the charger is in": ("usb/online", 3, ["HOST-PERMISSION"]),
    "the whole node": ("bms", 3, ["HOST-PERMISSION"]),
    "the serial number, which nobody asks for": ("bms/serial_number", 0, []),
    "a switch of the vendor": ("bms/input_suspend", 0, []),
}


@pytest.mark.parametrize("name", DENIED)
def test_what_may_not_be_read_is_not_absent(tmp_path: Path, name: str) -> None:
    denied, status, causes = DENIED[name]
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to run as a user without rights")
    folder = plant(tmp_path, {**CELL, "serial_number": "1", "input_suspend": "0"}, USB)
    os.chmod(folder / denied, 0)
    os.chown(folder / denied, 12345, 12345)
    lost = "-dac_override,-dac_read_search"
    words = [POSDIAG, "run", "generic/linux-power", "--set", f"power.at=sysfs:{folder}", "--json"]
    done = subprocess.run(
        ["setpriv", f"--inh-caps={lost}", f"--bounding-set={lost}", *words],
        capture_output=True, text=True, env=clean_environment(tmp_path), check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert [cause["fault"] for cause in json.loads(done.stdout)["diagnosis"]["causes"]] == causes
    assert status == 0 or denied in done.stdout


def test_a_swollen_battery_is_looked_at_twice(posdiag: Command, tmp_path: Path) -> None:
    """One answer is one look: without the second the cause stays below 80 %, and a second one may take it back."""
    folder = plant(tmp_path, CELL, USB)
    seen = {}
    for second in ("swollen", "flat"):
        answers = tmp_path / second
        answers.write_text(
            "power.unplug_charger=cannot\npower.other_charger=cannot\n"
            f"power.look_at_battery=swollen\npower.look_at_battery_again={second}\n"
        )
        done = posdiag(
            "run", "generic/linux-power", "--set", f"power.at=sysfs:{folder}", "--level", "interactive",
            "--answers", str(answers), "--json",
        )  # fmt: skip
        told = done.record["diagnosis"]
        seen[second] = {cause["fault"]: cause["certainty"] for cause in (*told["causes"], *told["open"])}
    assert seen["swollen"]["PWR-BATTERY-SWOLLEN"] > 0.9
    assert seen["flat"].get("PWR-BATTERY-SWOLLEN", 0.0) < 0.8


def test_an_offer_of_2_a_speaks_against_a_weak_adapter(posdiag: Command, tmp_path: Path) -> None:
    weak = {}
    for offer in ("500000", "2000000"):
        done = run(posdiag, tmp_path / offer, {**FLAT, "status": "Not charging"}, {"current_max": offer})
        told = done.record["diagnosis"]
        certain = {cause["fault"]: cause["certainty"] for cause in (*told["causes"], *told["open"])}
        weak[offer] = certain.get("PWR-ADAPTER-WEAK", 0.0)
    assert weak["2000000"] < 0.05 < weak["500000"]
