"""Sources of power that come and go while they are watched, and how often they report a change meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from drivers.power.pure import comings
from tests.conftest import Command
from tests.test_power_trees import CELL, FLAT, USB, plant, told

COUNT = "power/wakeup_active_count"
Looks = list[list[Any]]  # seconds, what was read, whether a load was on


def rewritten(trace: Path, change: Callable[[Looks], Looks]) -> Path:
    """Return a trace in which a watch of the supplies has seen something else, as the same run would have."""
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    for line in lines:
        if line["op"] == "watch":
            line["got"] = change(line["got"])
    other = trace.with_name("other.jsonl")
    other.write_text("".join(json.dumps(line) + "\n" for line in lines if line["op"] != "end"))
    return other


class Course(NamedTuple):
    """`online` and the count of changes at each look, and what is to be said of that."""

    online: str
    counts: str
    charge: str
    causes: list[str]
    status: int
    says: str


WATCHED = {
    "stays": Course("11111", "44444", "00001", [], 0, "usb.changes_meanwhile 0"),
    "stays, and reports on a timer": Course("11111", "44556", "00001", [], 0, "usb.changes_meanwhile 2"),
    "comes and goes": Course("10101", "45678", "00000", ["PWR-ADAPTER-ABSENT"], 1, "usb comes and goes: off 2 times"),
    "comes and goes, and the charge falls": Course("10101", "45678", "98765", ["PWR-ADAPTER-ABSENT"], 1, "off 2 times"),
    "goes off once, perhaps by hand": Course("11001", "44556", "98765", [], 3, "in case it was unplugged"),
}


@pytest.mark.parametrize("name", WATCHED)
def test_a_source_is_watched_while_the_charge_is(posdiag: Command, tmp_path: Path, name: str) -> None:
    course = WATCHED[name]
    battery = {**CELL, **FLAT, "status": "Charging", "charge_now": "", "current_now": "", "charge_counter": "450000"}
    words = ("run", "generic/linux-power", "--json")
    at = f"power.at=sysfs:{plant(tmp_path, battery, USB)}"
    trace = tmp_path / "trace.jsonl"
    posdiag(*words, "--set", at, "--trace", str(trace))

    def seen(looks: Looks) -> Looks:
        cells, usb = looks[0][1]["bms"], looks[0][1]["usb"]
        return [
            [place / 4, {"bms": {**cells, "charge_counter": f"45000{c}"}, "usb": {**usb, "online": o, COUNT: n}}, False]
            for place, (o, n, c) in enumerate(zip(course.online, course.counts, course.charge, strict=True))
        ]

    done = posdiag(*words, "--set", f"power.at=trace:{rewritten(trace, seen)}")
    assert (done.causes, done.status) == (course.causes, course.status)
    assert course.says in told(done)


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize(("stays", "causes"), [(True, []), (False, ["PWR-ADAPTER-WEAK"])])
def test_a_source_that_goes_off_under_load(posdiag: Command, tmp_path: Path, stays: bool, causes: list[str]) -> None:
    parts = ("--component", "printer", "--component", "power", "--level", "external", "--json")
    trace = tmp_path / "trace.jsonl"
    posdiag("demo", "demo/handheld", *parts, "--trace", str(trace))

    def seen(looks: Looks) -> Looks:
        first = looks[0][1]
        (name,) = [supply for supply, found in first.items() if found["type"] != "Battery"]
        off = next(place for place, look in enumerate(looks) if look[2])
        for place, look in enumerate(looks):
            look[1][name] = {**first[name], "online": "1" if stays or place != off else "0", COUNT: "3"}
        return looks

    other = rewritten(trace, seen)
    at = [word for part in ("power", "printer") for word in ("--set", f"{part}.at=trace:{other}")]
    done = posdiag("run", "demo/handheld", *parts, *at)
    assert done.causes == causes
    assert ("under load, and came back" in told(done)) == (not stays)


def test_counts_that_are_not_told() -> None:
    """power/wakeup that is disabled leaves the count empty; a supply that was plugged in later was not watched."""
    first = {"usb": {"type": "USB", "online": "1", COUNT: ""}, "bat": {"type": "Battery", "status": "Full"}}
    last = {"usb": {"type": "USB", "online": "1", COUNT: ""}, "ac": {"type": "Mains", "online": "0"}}
    (course,) = comings.courses([first, last])
    assert course == comings.Course("usb", (), True, None)
    assert comings.courses([]) == []
