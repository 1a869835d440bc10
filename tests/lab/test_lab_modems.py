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


def test_modem_managers_own_view(guest: Guest, modem_manager: None) -> None:
    """Debian's own ModemManager keeps the modem: healthy, without a card, locked, refused, unplugged."""
    script = """
    restart() {  # ModemManager finds the modem anew, as the fault has made it
      labctl fault gadget-acm-modem $1; kill $(pidof ModemManager); sleep 1
      ModemManager > /dev/null 2>&1 & wait_for_modem
      for _ in $(seq 40); do mmcli -m any | grep -qE 'state: .*(initializing|unknown)' || break; sleep 0.5; done
    }
    start_mm
    mm() { p run generic/cellular-modem --set modem.at=mm:490154203237518 --set modem.search_s=$1; causes; }
    mmcli -m any --enable > /dev/null 2>&1
    echo "== healthy"; mm 20; grep -c 460001234567890 /tmp/record
    echo "== detect"; python -m diag.cli detect | grep -o 'modem.at=mm:490154203237518' | head -1
    restart no-sim; echo "== no-sim"; mm 1
    restart sim-pin; echo "== sim-pin"; mm 1
    restart denied; mmcli -m any --enable > /dev/null 2>&1; echo "== denied"; mm 5
    labctl unplug gadget-acm-modem; echo "== unplugged"; sleep 3; mm 1
    kill $(pidof ModemManager); sleep 1; echo "== ended"; mm 1
    """
    got = answers(guest("gadget-acm-modem", script))
    assert got["healthy"] == ["exit 0", "causes", "0"]
    assert got["detect"] == ["modem.at=mm:490154203237518"]
    faults = {
        "no-sim": "MDM-SIM-ABSENT",
        "sim-pin": "MDM-SIM-PIN",
        "denied": "MDM-DENIED",
        "unplugged": "MDM-ABSENT",
    }
    found = {name: got[name][:2] for name in faults}
    assert found == {name: ["exit 1", f"causes {code}"] for name, code in faults.items()}
    assert got["ended"] == ["exit 3", "causes HOST-SERVICE"]


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
