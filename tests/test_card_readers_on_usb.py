"""Card readers on USB that pcscd cannot have: a made-up sysfs in a mount namespace, before a real pcscd."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diag.contract.links.ccid import UsbReader, listed_twice
from tests.conftest import POSDIAG, Served, Simulator

# Each interface: number, class, driver of the kernel. A bundle names the reader, so that no test needs libccid's.
MOUNTS = """mount --make-rprivate / && mount --bind "$1" /sys/bus && mount --bind "$2" /usr/lib/pcsc/drivers &&
shift 2 && exec "$@" """
PLIST = """<?xml version="1.0"?><plist version="1.0"><dict><key>CFBundleExecutable</key><string>lib.so</string>
<key>ifdVendorID</key><array><string>0x{vendor}</string></array>
<key>ifdProductID</key><array><string>0x{product}</string></array>
<key>ifdFriendlyName</key><array><string>{name}</string></array></dict></plist>"""


@dataclass(frozen=True)
class Reader:
    """A card reader as sysfs shows it."""

    name: str
    id: str = "072f:2200"
    interfaces: tuple[tuple[str, str], ...] = (("0b", ""),)
    supported: bool = True
    asleep: bool = False


class Bench:
    """A computer with made-up card readers on USB."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._bus, self._drivers = folder / "bus", folder / "drivers"
        self._usb = self._bus / "usb"
        self._environment, self._programs = environment, folder / "programs"
        (self._usb / "devices").mkdir(parents=True)
        self._drivers.mkdir()

    def plug(self, reader: Reader, where: str = "3-6") -> None:
        vendor, product = reader.id.split(":")
        device = self._usb / "devices" / where
        device.mkdir()
        maker, _, model = reader.name.partition(" ")
        about = {"idVendor": vendor, "idProduct": product, "busnum": "3", "devnum": "9"}
        for file, text in {**about, "manufacturer": maker, "product": model}.items():
            (device / file).write_text(f"{text}\n")
        (device / "power").mkdir()
        (device / "power/control").write_text("auto\n")
        (device / "power/runtime_status").write_text("suspended\n" if reader.asleep else "active\n")
        for number, (kind, driver) in enumerate(reader.interfaces):
            interface = self._usb / "devices" / f"{where}:1.{number}"
            interface.mkdir()
            (interface / "bInterfaceClass").write_text(f"{kind}\n")
            if driver:
                (self._usb / "drivers" / driver).mkdir(parents=True, exist_ok=True)
                (interface / "driver").symlink_to(f"../../drivers/{driver}")
        if reader.supported:
            bundle = self._drivers / f"{where}.bundle" / "Contents"
            (bundle / "Linux").mkdir(parents=True)
            (bundle / "Linux" / "lib.so").touch()
            (bundle / "Info.plist").write_text(PLIST.format(vendor=vendor, product=product, name=reader.name))

    def journal(self, *lines: str) -> None:
        """Have these lines of pcscd in the journal."""
        self._programs.mkdir()
        program = self._programs / "journalctl"
        program.write_text("#!/bin/sh\ncat << 'END'\n" + "\n".join(lines) + "\nEND\n")
        program.chmod(0o755)
        self._environment = {**self._environment, "PATH": f"{self._programs}:{os.environ['PATH']}"}

    def posdiag(self, *words: str, served: Served | None = None) -> subprocess.CompletedProcess[str]:
        into = ["unshare", "-m", "sh", "-c", MOUNTS, "sh", str(self._bus), str(self._drivers)]
        env = {**self._environment, **(served.env if served else {})}
        return subprocess.run([*into, POSDIAG, *words], capture_output=True, text=True, env=env, check=False)

    def run(self, served: Served, *words: str) -> dict[str, Any]:
        done = self.posdiag("run", "generic/pcsc", "--json", *words, served=served)
        record: dict[str, Any] = json.loads(done.stdout)
        return {**record, "exit": done.returncode}


@pytest.fixture
def bench(tmp_path: Path, environment: dict[str, str]) -> Bench:
    if os.geteuid() or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and mount namespaces, for a sysfs of its own")
    return Bench(tmp_path / "bench", environment)


def causes(record: dict[str, Any]) -> list[str]:
    return [cause["fault"] for cause in record["diagnosis"]["causes"]]


def measured(record: dict[str, Any]) -> dict[str, Any]:
    checks = [check for part in record["components"] for check in part["checks"]]
    return {one["name"]: one["value"] for check in checks for one in check["measurements"]}


HELD = [
    Reader("ACS ACR122U PICC Interface", interfaces=(("0b", "pn533_usb"),)),
    Reader("HID Omnikey 5427 CK", "076b:5428", interfaces=(("03", "usbhid"), ("0b", "cdc_acm"))),
    Reader("Gemalto Prox Dual", "08e6:5504", interfaces=(("ff", "usbhid"),)),  # from before the class
    Reader("SCM SCR 355", "04e6:5591", interfaces=(("0b", "pn533"),), supported=False),
]


@pytest.mark.parametrize("reader", HELD, ids=lambda reader: reader.name)
def test_a_driver_of_the_kernel_holds_the_reader(bench: Bench, simulator: Simulator, reader: Reader) -> None:
    """The bench's trouble, with the driver's name and the remedy, in the run and in `doctor`; never the reader."""
    bench.plug(reader)
    record = bench.run(simulator("card_reader", "--fault", "ICC-ABSENT"))
    assert (record["exit"], causes(record)) == (3, ["HOST-DRIVER"])
    driver = next(name for _, name in reversed(reader.interfaces) if name)
    evidence = record["diagnosis"]["causes"][0]["for"][0]["evidence"]
    assert f"modprobe -r {driver};" in evidence
    assert f"blacklist {driver}" in evidence
    assert not record["diagnosis"]["open"]
    doctor = bench.posdiag("doctor")
    assert doctor.returncode == 3
    assert f"modprobe -r {driver};" in doctor.stdout
    assert driver in bench.posdiag("doctor", "--lang", "zh").stdout


def test_a_held_reader_beside_a_listed_one(bench: Bench, simulator: Simulator) -> None:
    """What the profile names is held: no other reader stands in for it, and it is not called absent."""
    bench.plug(HELD[0])
    served = simulator("card_reader")
    wanted = bench.run(served, "--set", "card_reader.at=pcsc:ACS ACR122U*")
    assert (wanted["exit"], causes(wanted)) == (3, ["HOST-DRIVER"])
    other = bench.run(served, "--set", "card_reader.at=pcsc:Virtual*")
    assert (other["exit"], causes(other)) == (0, [])
    assert measured(other)["not_listed"] == "072f:2200 ACS ACR122U PICC Interface"
    absent = bench.run(served, "--set", "card_reader.at=pcsc:Identiv*")
    assert (absent["exit"], causes(absent)) == (1, ["ICC-ABSENT"])


def test_the_keyboard_beside_the_reader_is_the_kernel_s(bench: Bench) -> None:
    """usbhid on the keyboard of a composite device is as it should be, and usbfs is pcscd itself."""
    bench.plug(Reader("HID Omnikey 5427 CK", "076b:5428", interfaces=(("03", "usbhid"), ("0b", "usbfs"))))
    assert "usbhid" not in bench.posdiag("doctor").stdout


def test_a_reader_that_nothing_holds_and_pcscd_does_not_list(bench: Bench, simulator: Simulator) -> None:
    """It may be pcscd, the cable or the reader: no part is condemned."""
    bench.plug(Reader("Cherry ST-1144", "046a:00a1"))
    served = simulator("card_reader", "--fault", "ICC-ABSENT")
    record = bench.run(served)
    assert (record["exit"], causes(record)) == (1, ["ICC-READER-MUTE"])
    assert {cause["fault"] for cause in record["diagnosis"]["open"]} >= {"ICC-READER"}
    doctor = bench.posdiag("doctor", served=served)
    assert "pcscd does not list the card reader 046a:00a1" in doctor.stdout


@pytest.mark.parametrize("asleep", [True, False])
def test_a_reader_that_usb_autosuspend_has_put_to_sleep(bench: Bench, simulator: Simulator, asleep: bool) -> None:
    """The remedy is said in the run and in `doctor`; a reader that is awake, and may sleep, is not called asleep."""
    bench.plug(Reader("Cherry ST-1144", "046a:00a1", asleep=asleep))
    served = simulator("card_reader", "--fault", "ICC-ABSENT")
    remedy = "echo on > /sys/bus/usb/devices/3-6/power/control"
    assert (remedy in json.dumps(bench.run(served)), remedy in bench.posdiag("doctor", served=served).stdout) == (
        asleep,
        asleep,
    )


def test_pcscd_s_own_last_error(bench: Bench, simulator: Simulator) -> None:
    """Of what pcscd logs, errors of readers that it starts are shown; what passes between reader and card is not."""
    bench.journal(
        "00000021 ccid_usb.c:672:OpenUSBByName() Can't claim interface 3/9: LIBUSB_ERROR_BUSY",
        "00000007 winscard.c:1619:SCardTransmit() APDU failed: 00 B2 01 0C 00 5A 08 41 11 11 11 11 11 11 11",
        "00000003 readerfactory.c:372:RFAddReader() Cherry ST-1144 init done",
    )
    bench.plug(Reader("Cherry ST-1144", "046a:00a1"))
    served = simulator("card_reader", "--fault", "ICC-ABSENT")
    for text in (json.dumps(bench.run(served)), bench.posdiag("doctor", served=served).stdout):
        assert "Can't claim interface 3/9: LIBUSB_ERROR_BUSY" in text
        assert "APDU" not in text
        assert "init done" not in text


def test_a_program_holds_the_reader_in_pcscd_s_place(bench: Bench, simulator: Simulator) -> None:
    """As scdaemon and libnfc do, by usbfs; other users' programs have no name here, and are the reason all the same."""
    bench.plug(Reader("Cherry ST-1144", "046a:00a1", interfaces=(("0b", "usbfs"),)))
    record = bench.run(simulator("card_reader", "--fault", "ICC-ABSENT"))
    assert (record["exit"], causes(record)) == (3, ["HOST-BUSY"])


def test_a_reader_that_no_driver_names(bench: Bench, simulator: Simulator) -> None:
    bench.plug(Reader("Noname Reader", "1234:5678", supported=False))
    record = bench.run(simulator("card_reader", "--fault", "ICC-ABSENT"))
    assert (record["exit"], causes(record)) == (3, ["HOST-DRIVER"])
    assert "no driver of pcscd names" in record["diagnosis"]["causes"][0]["for"][0]["evidence"]


def test_a_reader_that_is_listed_twice(bench: Bench, simulator: Simulator) -> None:
    """One reader, two entries of its name in pcscd's list: the record says so, and `doctor` says what to do."""
    served = simulator("card_reader", "--set", "listed=twice")
    record = bench.run(served)
    assert (record["exit"], causes(record)) == (0, [])
    assert str(measured(record)["listed_twice"]).startswith("Virtual PCD 00 00; Virtual PCD 00 00;")
    assert "more than once (Virtual PCD 00 00, Virtual PCD 00 00)" in bench.posdiag("doctor", served=served).stdout


@pytest.mark.parametrize(
    ("listed", "on_usb", "twice"),
    [
        (["A [CCID] (77) 00 00", "A [CCID] (77) 00 01"], 1, []),  # two slots of one reader
        (["A 00 00", "A 01 00"], 2, []),  # two readers without a serial number
        (["A 00 00", "A 01 00"], 1, [["A 00 00", "A 01 00"]]),
        (["A 00 00", "A 01 00"], 0, []),  # not on USB: nothing is known of how many there are
        (["A 00 00", "A 00 00", "B 00 00"], 0, [["A 00 00", "A 00 00"]]),
    ],
)
def test_entries_of_one_reader(listed: list[str], on_usb: int, twice: list[list[str]]) -> None:
    readers = [UsbReader("3-6", "1:2", 3, 9, "", "", "", "", True, name="A")] * on_usb
    assert listed_twice(listed, readers) == twice
