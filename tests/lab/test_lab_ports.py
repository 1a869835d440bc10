"""Who keeps a printer's port from us, on a real kernel: programs, drivers, and power saving."""

from __future__ import annotations

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab

RUN = 'run="run generic/escpos-thermal --set printer.timeout_s=4 --set printer.answers=status"\n'


def test_a_serial_adapter_that_brltty_takes(guest: Guest) -> None:
    """Taken through libusb; let go, and not given back to the kernel's driver; bound again by hand."""
    script = (
        RUN
        + """
    at="--set printer.at=/dev/ttyUSB0 --set printer.baud=115200"
    ln -s $(readlink -f $(which python)) /tmp/brltty
    cat > /tmp/take.py <<'PY'
import time, usb.core, usb.util
adapter = usb.core.find(idVendor=0x0403)
adapter.detach_kernel_driver(0)
usb.util.claim_interface(adapter, 0)
open("/tmp/taken", "w").close()
time.sleep(600)
PY
    PYTHONPATH=$(echo /opt/venv/lib/python3*/site-packages) /tmp/brltty /tmp/take.py & brltty=$!
    until [ -e /tmp/taken ]; do sleep 0.1; done
    echo "== taken"; p $run $at; causes
    grep -o "/tmp/brltty /tmp/take.py (pid [0-9]*)" /tmp/record | head -1 | tr -d 0-9
    grep -o 'sudo apt-get remove brltty' /tmp/record | head -1
    kill $brltty; wait $brltty 2> /dev/null; udevadm settle
    echo "== let go"; p $run $at; causes; grep -o 'ftdi_sio is loaded and does not have it' /tmp/record | head -1
    place=$(basename $(dirname $(grep -l 0403 /sys/bus/usb/devices/*/idVendor)))
    echo $place:1.0 > /sys/bus/usb/drivers/ftdi_sio/bind; udevadm settle
    echo "== given back"; p $run $at; causes
    """
    )
    got = answers(guest("ftdi-printer", script))
    assert got == {
        "taken": ["exit 3", "causes HOST-BUSY", "/tmp/brltty /tmp/take.py (pid )", "sudo apt-get remove brltty"],
        "let go": ["exit 3", "causes HOST-DRIVER", "ftdi_sio is loaded and does not have it"],
        "given back": ["exit 0", "causes"],
    }


def test_a_usb_printer_that_the_kernel_may_put_to_sleep(guest: Guest) -> None:
    """It wakes up for us; that it may sleep is said."""
    script = (
        RUN
        + """
    place=$(basename $(dirname $(readlink -f /sys/bus/usb/drivers/usblp/*:*)))
    power=/sys/bus/usb/devices/$place/power
    said() { grep -o "echo on > $power/control" | head -1; }
    p $run --set printer.at=usb:04b8:0202 | sed 's/^/== awake\\n/'; said < /tmp/record
    echo 500 > $power/autosuspend_delay_ms; echo auto > $power/control
    until [ $(cat $power/runtime_status) = suspended ]; do sleep 0.1; done
    for at in usb:04b8:0202 $(echo /dev/usb/lp*); do
      echo "== $at"; p $run --set printer.at=$at; causes; said < /tmp/record
    done
    echo "== doctor"; python -m diag.cli doctor | said
    """
    )
    got = answers(guest("gadget-printer", script))
    said = next(iter(got["doctor"]))
    assert said.startswith("echo on > /sys/bus/usb/devices/")
    assert got.pop("awake") == ["exit 0"]
    assert got.pop("doctor") == [said]
    assert len(got) == 2
    assert all(lines == ["exit 0", "causes", said] for lines in got.values())
