"""USB printers behind the kernel's own usblp: the vendor's class, two alike, port status, and CUPS beside us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab

_MODULES = ("usbip-core.ko", "vhci-hcd.ko")  # in this order
# `attach NAME...` serves printers, `node PLACE` prints the node that usblp has made, `driver PLACE` who has the
# interface, `told NAME WHAT` what a printer tells of itself.
PRINTERS = """
insmod usbip/usbip-core.ko; insmod usbip/vhci-hcd.ko; modprobe usblp
attach() {
  python usbip/usbip_printers.py /tmp/usb "$@" &
  for name in "$@"; do until [ -e /tmp/usb/$name ]; do sleep 0.1; done; done
  for place in $(seq $#); do until [ -e /sys/bus/usb/devices/1-$place:1.0 ]; do sleep 0.1; done; done
  udevadm settle
}
node() { echo /dev/usb/$(ls /sys/bus/usb/devices/$1:1.0/usbmisc); }
driver() { basename "$(readlink /sys/bus/usb/devices/$1:1.0/driver)"; }
told() { sed -n "s/^$2 //p" /tmp/usb/$1; }
run="run generic/escpos-thermal --set printer.timeout_s=4 --set printer.answers=status"
"""


@pytest.fixture
def usbip(project: Path) -> Iterator[None]:
    """The kernel's USB/IP modules, and the printers, in /project/usbip of this test's guest."""
    cache = Path(os.environ.get("LAB_CACHE", "/tmp/lab-cache"))
    folder = project / "usbip"
    folder.mkdir()
    for name in _MODULES:
        found = next((cache / "kernel/lib/modules").glob(f"*/kernel/drivers/usb/usbip/{name}"), None)
        if found is None:
            pytest.skip(f"the lab's kernel has no {name}")
        shutil.copy(found, folder)
    shutil.copy(Path(__file__).with_name("usbip_printers.py"), folder)
    yield
    shutil.rmtree(folder)


@pytest.fixture
def usb_backend(project: Path, tmp_path: Path) -> Iterator[None]:
    """CUPS's own way to USB printers, from Debian, in /project/cups of this test's guest; the rest of CUPS is there."""
    tree = project / "cups"
    for package in ("cups", "cups-core-drivers"):
        done = subprocess.run(["apt-get", "download", "-q", package], cwd=tmp_path, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("Debian's CUPS cannot be had here")
    for package in tmp_path.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, tree], check=True)
    yield
    shutil.rmtree(tree)


def test_printers_of_the_vendors_class_and_two_alike(guest: Guest, usbip: None) -> None:
    """Examined with and without usblp; of two alike both are named, and each can be asked for."""
    script = (
        PRINTERS
        + """
    attach vendor quirk alike1 alike2
    echo "== vendor"; driver 1-1; p $run --level external --set printer.at=usb:0fe6:811e; causes; told vendor printed
    echo "== quirk"; driver 1-2; p $run --set printer.at=usb:04b8:0202; causes; driver 1-2
    echo "== quirk node"; p $run --set printer.at=$(node 1-2); causes
    echo "== alike"; p $run --set printer.at=usb:04b8:0e15; cat /tmp/record
    echo "== serial number"; before=$(told alike1 printed)
    p $run --set printer.at=usb:04b8:0e15:A2; causes; [ $(told alike2 printed) -gt 0 ] && echo asked
    [ $(told alike1 printed) = $before ] && echo "the other one not"
    echo "== place"; p $run --set printer.at=usb:1-3; causes; [ $(told alike1 printed) -gt $before ] && echo asked
    echo "== nodes"; p $run --set 'printer.at=/dev/usb/lp*'; cat /tmp/record
    ln -s $(node 1-4) /dev/receipt; echo "== link"; p $run --set printer.at=/dev/receipt; causes
    echo "== drivers"; driver 1-2; driver 1-3; driver 1-4
    """
    )
    got = answers(guest("", script))
    assert got["vendor"][:3] == ["", "exit 0", "causes"]  # no kernel driver
    assert int(got["vendor"][3]) > 1000
    assert got["quirk"] == ["usblp", "exit 0", "causes", "usblp"]
    assert got["quirk node"] == ["exit 0", "causes"]
    assert got["alike"][0] == "exit 78"
    assert all(word in "".join(got["alike"]) for word in ("usb:1-3", "usb:04b8:0e15:A1", "usb:1-4", "usb:04b8:0e15:A2"))
    assert got["serial number"] == ["exit 0", "causes", "asked", "the other one not"]
    assert got["place"] == ["exit 0", "causes", "asked"]
    assert got["nodes"][0] == "exit 78"
    assert all(word in "".join(got["nodes"]) for word in ("lp0", "lp1", "lp2"))
    assert got["link"] == ["exit 0", "causes"]
    assert got["drivers"] == ["usblp"] * 3


def test_the_port_status_of_usblp(guest: Guest, usbip: None) -> None:
    """LPGETSTATUS and GET_PORT_STATUS of a printer that takes no data: paper, selected and error come from the port."""
    script = (
        PRINTERS
        + """
    attach plain
    for at in usb:04b8:0e28 $(node 1-1); do
      echo "== $at online"; rm -f /tmp/usb/plain.*; p $run --set printer.at=$at; causes
      touch /tmp/usb/plain.full
      for word in 18 38 08 10 30 00; do
        echo $word > /tmp/usb/plain.status
        echo "== $at $word"; p $run --set printer.timeout_s=1 --set printer.at=$at; causes
        echo "finds" $(sed -n '/"findings"/,/]/p' /tmp/record | grep -o 'PRN-[A-Z-]*' | sort -u)
      done
    done
    """
    )
    got = answers(guest("", script))
    expected = {
        "online": (0, set()),
        "18": (1, {"PRN-MUTE"}),  # selected, paper, no error
        "38": (1, {"PRN-PAPER-END"}),
        "08": (1, set()),  # not selected: told as a finding, and paper, cover and others explain it alike
        "10": (1, set()),  # error: the same
        "30": (1, {"PRN-PAPER-END"}),
    }
    for label, lines in got.items():
        word = label.split()[1]
        if word in expected:
            status, faults = expected[word]
            assert (lines[0], set(lines[1].split()[1:])) == (f"exit {status}", faults), (label, lines)
        if word in ("08", "10"):
            assert lines[2] == "finds PRN-OFFLINE", (label, lines)


def test_cups_has_the_printer_before_us_and_after_us(guest: Guest, usbip: None, usb_backend: None) -> None:
    """A job under way keeps us out and is named; a stopped queue is named; after us CUPS prints on."""
    script = (
        PRINTERS
        + """
    attach plain settings
    mkdir -p /usr/lib/cups/filter
    cp cups/usr/lib/cups/backend-available/usb /usr/lib/cups/backend/ 2> /dev/null ||
      cp cups/usr/lib/cups/backend/usb /usr/lib/cups/backend/
    cp cups/usr/lib/cups/filter/gziptoany /usr/lib/cups/filter/
    chown root:root /usr/lib/cups/backend/usb; chmod 700 /usr/lib/cups/backend/usb
    mkdir -p /run/cups /var/spool/cups/tmp /var/cache/cups /var/log/cups
    cupsd; until lpstat -r 2> /dev/null | grep -q "is running"; do sleep 0.1; done
    # CUPS 2.4.2 reads while it prints, closes the device 8 s later in the midst of that read, and crashes at times
    lpadmin -p TM -E -v "usb://EPSON/TM-plain?serial=P1" -m raw -o usb-unidir-default=true
    lpadmin -p TWO -E -v "usb://EPSON/TM-settings?serial=S1" -m raw -o usb-unidir-default=true
    head -c 3000 /dev/zero > /tmp/job
    free() { [ -z "$(lpstat -o)" ] && [ "$(driver $1)" = usblp ] && udevadm settle && [ -e "$(node $1)" ]; }
    printed() {  # QUEUE NAME PLACE: prints a job, and waits for the bytes and for the kernel's driver
      before=$(told $2 printed); lp -d $1 -o raw /tmp/job > /dev/null
      for _ in $(seq 300); do
        [ $(($(told $2 printed) - before)) = 3000 ] && free $3 && echo "CUPS printed" && return
        sleep 0.1
      done
      echo "CUPS did not print"; tail -40 /var/log/cups/error_log
    }
    echo "== before"; printed TM plain 1-1
    for way in usb node; do
      [ $way = usb ] && at=usb:04b8:0e28 || at=$(node 1-1)
      echo "== $way"; p $run --set printer.at=$at; causes
      grep -A1 '"name": "queue"' /tmp/record | grep -o '"value": .*'
      driver 1-1; printed TM plain 1-1
    done
    echo "== two settings"; driver 1-2; told settings setting
    p $run --set printer.at=usb:04b8:0e03; causes; driver 1-2; told settings setting; printed TWO settings 1-2
    touch /tmp/usb/plain.full; lp -d TM -o raw /tmp/job > /dev/null
    until [ "$(driver 1-1)" = usbfs ]; do sleep 0.1; done
    for at in usb:04b8:0e28 /dev/usb/lp0; do
      echo "== held $at"; p $run --set printer.at=$at; causes
      grep -o 'usb://EPSON/TM-plain[^(]*(pid' /tmp/record | head -1; grep -o 'cancel -a TM' /tmp/record | head -1
    done
    rm /tmp/usb/plain.full
    until free 1-1; do sleep 0.1; done
    echo "== after"; p $run --set printer.at=usb:04b8:0e28; causes
    cupsdisable TM; lp -d TM -o raw /tmp/job > /dev/null
    echo "== stopped"; p $run --set printer.at=$(node 1-1); causes; grep -o 'cupsenable TM' /tmp/record | head -1
    """
    )
    got = answers(guest("", script))
    assert got["before"] == ["CUPS printed"]
    usual = ["exit 0", "causes", '"value": "TM",', "usblp", "CUPS printed"]
    assert [got[label] for label in ("usb", "node")] == [usual, usual]
    assert got["two settings"] == ["usblp", "1", "exit 0", "causes", "usblp", "1", "CUPS printed"]
    for at in ("usb:04b8:0e28", "/dev/usb/lp0"):
        assert got[f"held {at}"][:2] == ["exit 3", "causes HOST-BUSY"]
        assert got[f"held {at}"][2].startswith("usb://EPSON/TM-plain?serial=P1 ")
        assert got[f"held {at}"][3] == "cancel -a TM"
    assert got["after"] == ["exit 0", "causes"]
    assert got["stopped"] == ["exit 3", "causes HOST-QUEUE", "cupsenable TM"]
