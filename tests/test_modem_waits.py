"""A healthy module is not waited for, whatever is unusual about it: with the defaults of the profile."""

from __future__ import annotations

import pytest

from tests.conftest import Command, Simulator
from tests.test_modem import CELLULAR, sets, simulated

_LONGEST = 3.0  # s for one check of a module that answers at once; the defaults allow 10 and 20 s for card and network
HEALTHY = {
    "usual": [],
    "data only": ["only=eps"],
    "packet domain only": ["only=ps"],
    "calls are not told of": ["refuses=+CREG/+CGREG"],
    "level not known": ["family=standard", "says=AT+CSQ>+CSQ: 99,99~AT+CESQ>ERROR"],
    "level not told": ["family=standard", "refuses=+CSQ/+CESQ"],
    "no question for the card": ["family=quectel-bc95", "refuses=+CPIN/+CRSM"],
    "card number not told": ["refuses=+CRSM/+QCCID/+CCID"],
    "no echo": ["echo=off"],
    "results as numbers": ["results=numbers", "errors=0"],
    "much to say": ["urc=0.02"],
    "packet data not told": ["refuses=+CGATT/+CGDCONT/+CGACT/+CGPADDR"],
    "no supply, no operator": ["refuses=+CBC/+COPS"],
    "roaming": ["says=AT+CREG?>+CREG: 0,5~AT+CGREG?>+CGREG: 0,5~AT+CEREG?>+CEREG: 0,5"],
    "home in LTE, searching in GSM": ["says=AT+CREG?>+CREG: 0,2~AT+CGREG?>+CGREG: 0,2"],
}


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_module_is_not_waited_for(posdiag: Command, simulator: Simulator, case: str) -> None:
    served = simulated(simulator, *HEALTHY[case])
    done = posdiag("run", CELLULAR, *sets(f"at={served.at}"), "--level", "external", "--json")
    assert done.causes == []
    slow = {one["name"]: one["seconds"] for one in done.component("modem")["checks"] if one["seconds"] > _LONGEST}
    assert slow == {}
