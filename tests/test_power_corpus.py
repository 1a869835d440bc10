"""The supplies of real devices, as their kernels show them, each with what a careful technician says of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Command, Done
from tests.forkserver import POSDIAG, clean_environment

Devices = Mapping[str, Mapping[str, object]]

TREES: dict[str, dict[str, Any]] = {
    f"{file.stem}: {name}": tree
    for file in sorted(Path(__file__).with_name("trees").glob("*.yaml"))
    for name, tree in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    if not name.startswith("_")
}
_PARTS = {"PWR-BATTERY-WORN", "PWR-BATTERY-DEAD", "PWR-BATTERY-SWOLLEN", "PWR-BATTERY-FAULT"}
_DEGRADED = {"PWR-BATTERY-CYCLES", "PWR-CHARGE-OFF", "PWR-GAUGE"}


def plant(root: Path, folder: str, devices: Devices) -> None:
    """Make the files; `!EACCES` may not be read, and what else begins with `!` cannot (a folder stands in for it)."""
    for device, attributes in devices.items():
        place = root / folder / device
        place.mkdir(parents=True)
        for attribute, value in attributes.items():
            text = str(value)
            if text.startswith("!") and text != "!EACCES":
                (place / attribute).mkdir()
                continue
            (place / attribute).parent.mkdir(exist_ok=True)
            (place / attribute).write_text(text + "\n", encoding="utf-8")
            if text == "!EACCES":
                (place / attribute).chmod(0)


def examined(posdiag: Command, root: Path, tree: Mapping[str, Any], devices: Devices | None = None) -> Done:
    devices = devices or tree["tree"]
    plant(root, "power_supply", devices)
    plant(root, "", tree.get("beside", {}))
    words = ["run", "generic/linux-power", "--json"]
    for setting in (f"at=sysfs:{root}/power_supply", *tree.get("settings", ())):
        words += ["--set", f"power.{setting}"]
    if any("!EACCES" in attributes.values() for attributes in devices.values()):
        return _without_rights(root, words)
    return posdiag(*words)


def _without_rights(home: Path, words: list[str]) -> Done:
    """Run as a user for whom rights count, which they do not for root."""
    before: list[str] = []
    if not os.geteuid():
        if not shutil.which("setpriv"):
            pytest.skip("needs setpriv, to run as a user without rights")
        lost = "-dac_override,-dac_read_search"
        for file in home.rglob("*"):
            if not file.stat().st_mode & 0o444:
                os.chown(file, 12345, 12345)
        before = ["setpriv", f"--inh-caps={lost}", f"--bounding-set={lost}"]
    done = subprocess.run(
        [*before, POSDIAG, *words], capture_output=True, text=True, env=clean_environment(home), check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def certainties(done: Done) -> dict[str, float]:
    told = done.record["diagnosis"]
    return {cause["fault"]: cause["certainty"] for cause in (*told["causes"], *told["open"])}


@pytest.mark.parametrize("name", TREES)
def test_a_tree(posdiag: Command, tmp_path: Path, name: str) -> None:
    tree = TREES[name]
    causes = tree.get("causes", [])
    done = examined(posdiag, tmp_path, tree)
    assert done.causes == causes
    assert done.status == tree.get("status", 1 if set(causes) - _DEGRADED else 0 if not causes else done.status)
    assert tree.get("says", "") in _told(done)
    named = {code for code, certainty in certainties(done).items() if certainty > 0.8}
    assert not named & _PARTS - set(causes)


def _told(done: Done) -> str:
    parts = [json.dumps(done.record["diagnosis"], ensure_ascii=False)]
    for check in done.component("power")["checks"]:
        parts += [check["detail"] or "", *(found["evidence"] for found in check["findings"])]
        parts += [f"{value['name']} {value['value']}" for value in check["measurements"]]
    return "\n".join(parts)


def test_there_are_enough() -> None:
    assert len(TREES) >= 60
    assert all(tree["from"] for tree in TREES.values())


MEASURED = ("voltage_now", "voltage_avg", "current_now", "current_avg", "capacity", "temp", "charge_now", "energy_now")


def _all(value: object) -> Callable[[dict[str, object]], dict[str, object]]:
    return lambda found: {name: value for name in found if name in MEASURED}


#: what a gauge, a line or a setting does to the readings of a battery, whatever the battery is
SPOILT: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "millivolts": lambda found: {"voltage_now": 3850, "voltage_avg": 3850} if "voltage_now" in found else {},
    "zeros": _all(0),
    "zeros, called dead": lambda found: _all(0)(found) | {"health": "Dead"},
    "ones": _all(65535),
    "nothing can be read": _all("!EIO"),
    "an open thermistor": lambda _: {"temp": -400, "status": "Not charging", "health": "Cold"},
    "a pack that is half out": lambda _: {"temp": -400, "status": "Not charging", "health": "Dead", "voltage_now": 0},
    "a count that is lost": lambda _: {"charge_full": 130000, "charge_full_design": 2600000, "energy_full": ""},
    "no charge on a full cell": lambda _: {"capacity": 0, "voltage_now": 4150000, "voltage_max_design": 4200000},
    "switched off": lambda _: {"status": "Not charging", "input_suspend": 1, "current_now": 0},
    "held back": lambda _: {"status": "Not charging", "charge_control_end_threshold": 1, "current_now": 0},
}


@pytest.mark.parametrize("name", TREES)
def test_no_battery_is_condemned_for_its_gauge_its_line_or_a_setting(
    posdiag: Command, tmp_path: Path, name: str
) -> None:
    tree = TREES[name]
    batteries = [device for device, found in tree["tree"].items() if found.get("type") == "Battery"]
    if not batteries or set(tree.get("causes", ())) & {*_PARTS, "HOST-PERMISSION"}:
        pytest.skip("no battery, or a broken one")
    way = list(SPOILT)[list(TREES).index(name) % len(SPOILT)]
    found = dict(tree["tree"][batteries[0]])
    done = examined(posdiag, tmp_path, tree, {**tree["tree"], batteries[0]: found | SPOILT[way](found)})
    condemned = {code for code, certainty in certainties(done).items() if certainty > 0.8} & _PARTS
    assert not condemned, way
