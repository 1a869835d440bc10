"""`posdiag detect` on a kernel's own sysfs: each attached device with its profile or as unknown, holder and rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab

DEVICES = (
    "gadget-printer,ftdi-printer:paper-end,ccid,gadget-hid-msr,gadget-hid-msr-raw,gadget-acm-modem,power,uhid-battery"
)

#: USB id -> what it is, the surest profile, how sure, and a node of its
KNOWN = {
    "04b8:0202": ("printer", "epson/tm-t88v", "sure", "/dev/usb/lp"),
    "08e6:4433": ("card_reader", "generic/pcsc", "likely", "/run/pcscd/pcscd.comm"),
    "0801:0001": ("magstripe", "magtek/sureswipe-keyboard", "sure", "/dev/input/event"),
    "0801:0002": ("magstripe", "magtek/sureswipe-hid", "sure", "/dev/hidraw"),
    "1bc7:0021": ("modem", "telit/he910", "sure", "/dev/ttyACM"),
    "0403:6001": ("serial", "generic/escpos-thermal", "possible", "/dev/ttyUSB"),
}


def test_each_attached_device_is_listed(guest: Guest) -> None:
    """As root, as a user without rights, with a port held by another program, and asked what is behind the adapter."""
    script = """
    json() { python -m diag.cli detect --json "$@" 2> /tmp/errors | tr -d '\\n'; echo; cat /tmp/errors; }
    echo "== text"; python -m diag.cli detect
    echo "== root"; json
    echo "== user"; setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/tmp python -m diag.cli detect --json \
      2>&1 | tr -d '\\n'; echo
    python -c "import time; port = open('/dev/ttyACM0', 'rb+', buffering=0); time.sleep(300)" & holder=$!
    sleep 2; echo "== held"; json; kill $holder
    echo "== unplugged"; labctl unplug gadget-printer > /dev/null; sleep 1; json
    echo "== asked"; json --probe | grep -v asking
    """
    got = answers(guest(DEVICES, script))
    assert "    profile: epson/tm-t88v (sure)" in got["text"]
    found = {label: by_id(lines[0]) for label, lines in got.items() if label != "text"}
    everything = found["root"]
    for usb, (what, profile, certainty, node) in KNOWN.items():
        one = everything[usb]
        assert (one["what"], one["profiles"][0]["profile"], one["profiles"][0]["certainty"]) == (
            what,
            profile,
            certainty,
        )
        assert any(each["node"].startswith(node) and each["may_open"] for each in one["nodes"]), usb
        assert one["known"] == (certainty != "possible")
    assert everything["04b8:0202"]["kernel_drivers"] == ["usblp"]
    assert everything["0403:6001"]["kernel_drivers"] == ["ftdi_sio"]
    supplies = {one["name"]: one["known"] for one in json.loads(got["root"][0])["attached"] if "power" in one["what"]}
    assert supplies == {"LAC0 (Mains)": True, "BAT0 (Battery)": True}
    assert not any(each["may_open"] for each in found["user"]["1bc7:0021"]["nodes"])
    assert "python" in found["held"]["1bc7:0021"]["nodes"][0]["held_by"][0]
    assert "04b8:0202" not in found["unplugged"]
    adapter = found["asked"]["0403:6001"]
    assert adapter["what"] == "printer"
    assert adapter["answer"]
    assert adapter["known"]


def by_id(text: str) -> dict[str, dict[str, Any]]:
    return {one["usb_id"]: one for one in json.loads(text)["attached"] if one["usb_id"]}
