"""What holds for every odd printer on every link: life on the link is no cable's fault, and one-way is no failure."""

from __future__ import annotations

import pytest

from tests.conftest import Command, Simulator
from tests.test_printer_field import THERMAL, at

pytestmark = pytest.mark.xdist_group("timing")

#: odd behaviours that show life, or are silent by design: settings of the simulator, and a fault
ODD = {
    "one-way": ["answers=none"],
    "waits": ["PRN-WAITS"],
    "another language": ["dialect=star"],
    "noise": ["PRN-GARBLED"],
    "display selected": ["selected=display"],
    "a greeting": ["answers=none", "greeting=2386000000000000000000"],
    "automatic status": ["answers=auto"],
    "paper status": ["answers=paper"],
    "late": ["latency=0.6"],
    "cover": ["PRN-COVER-OPEN"],
    "board": ["PRN-BOARD"],
    "mechanism": ["PRN-MECHANISM"],
}
WIRES = {"PRN-ABSENT", "PRN-CABLE", "PRN-MUTE"}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("link", ["pty", "tcp"])
def test_life_is_no_cable_and_no_part_is_condemned(posdiag: Command, simulator: Simulator, odd: str, link: str) -> None:
    words = [word for item in ODD[odd] for word in ("--fault" if item.startswith("PRN-") else "--set", item)]
    served = simulator("printer", "--set", f"link={link}", *words)
    done = posdiag("run", THERMAL, *at(served, "timeout_s=0.3"), "--json")
    diagnosis = done.record["diagnosis"]
    causes = [*diagnosis["causes"], *diagnosis["open"]]
    assert not [cause for cause in causes if cause["fault"] in WIRES and cause["certainty"] >= 0.5]
    assert not [cause for cause in causes if cause["class"] == "part" and cause["certainty"] > 0.8]
    if "answers=none" in ODD[odd] and "greeting" not in odd:
        assert (done.status, causes) == (3, [])
