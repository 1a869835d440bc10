"""Modems on real USB, and Debian's own ModemManager beside us, in the virtual hardware lab."""

from __future__ import annotations

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab


def test_modems(guest: Guest) -> None:
    """CDC-ACM found by its profile, and one behind a serial adapter: healthy, faulty, mute, unplugged in mid-answer."""
    script = """
    acm="run telit/he910"
    usb="run generic/cellular-modem --set modem.at=/dev/ttyUSB0 --set modem.sim_s=1 --set modem.search_s=1"
    echo "== acm"; p $acm; causes
    grep -o '"imei": "[0-9]*"\\|"iccid": "…[0-9]*"' /tmp/record; grep -c 8988211 /tmp/record
    labctl fault gadget-acm-modem no-sim; echo "== no-sim"; p $acm; causes
    labctl fault gadget-acm-modem slow=0.4; echo "== mid-answer"
    (sleep 5; labctl unplug gadget-acm-modem) &
    p $acm; causes; grep -o 'vanished at r[a-z]*' /tmp/record | head -1
    echo "== unplugged"; p $acm; causes
    labctl fault ftdi-modem urc+no-echo; echo "== usb"; p $usb; causes
    for word in mute garbage; do
      labctl fault ftdi-modem $word; echo "== $word"; p $usb; causes
    done
    """
    got = answers(guest("gadget-acm-modem,ftdi-modem", script))
    assert got["acm"] == ["exit 0", "causes", '"imei": "490154203237518"', '"iccid": "…3452"', "0"]
    assert got["usb"] == ["exit 0", "causes"]
    faults = {
        "no-sim": "MDM-SIM-ABSENT",
        "mid-answer": "MDM-ABSENT",
        "unplugged": "MDM-ABSENT",
        "mute": "MDM-MUTE",
        "garbage": "MDM-GARBLED",
    }
    assert {name: got[name][:2] for name in faults} == {
        name: ["exit 1", f"causes {code}"] for name, code in faults.items()
    }


def test_modem_manager_lets_go_of_a_modem_and_gets_it_back(guest: Guest, modem_manager: None) -> None:
    """Debian's own ModemManager: asked to leave the modem alone, and told of where it does not."""
    script = """
    inhibits() { grep -qsz "^--inhibit-device" /proc/[0-9]*/cmdline; }
    start_mm; mmcli -L
    echo "== inhibited"; p run telit/he910; causes; grep -A1 '"name": "modem_manager"' /tmp/record | grep -o inhibited
    echo "== back"; wait_for_modem; mmcli -L | grep -o HE910
    echo "== killed"; python -m diag.cli run telit/he910 > /dev/null 2>&1 & mine=$!
    for _ in $(seq 200); do inhibits && echo inhibits && break; sleep 0.1; done
    kill -9 $mine
    for _ in $(seq 50); do inhibits || { echo ended; break; }; sleep 0.1; done
    kill $(pidof polkitd); sleep 0.5; wait_for_modem
    echo "== refused"; p run telit/he910; causes; grep -o 'ModemManager holds the modem' /tmp/record | head -1
    """
    got = answers(guest("gadget-acm-modem", script))
    assert got["inhibited"] == ["exit 0", "causes", "inhibited"]
    assert got["back"] == ["HE910"]
    assert got["killed"] == ["inhibits", "ended"]
    assert got["refused"] == ["exit 3", "causes HOST-BUSY", "ModemManager holds the modem"]
