"""`posdiag detect`: what the system knows of attached things, in folders made like sysfs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from diag.bench import detect, detect_part, detect_report, detect_serial
from diag.bench.detect import Listed
from diag.bench.detect_profiles import Profiles
from diag.contract.links import ccid, usb_bus
from diag.knowledge.languages import LANGUAGES
from tests.attached import KEYS, MOUSE, OWN, SCANNER, STRIPE, Sysfs
from tests.conftest import Command, Simulator


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sysfs:
    made = Sysfs(tmp_path / "sys")
    monkeypatch.setattr(detect_part, "SYSFS", made.root)
    monkeypatch.setattr(detect_serial, "_LINKS", tmp_path / "by-id")
    monkeypatch.setattr(usb_bus, "DEVICES", made.root / "bus/usb/devices")
    monkeypatch.setattr(ccid, "_USB", made.root / "bus/usb/devices")
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "no-pcscd"))
    return made


def found() -> Mapping[str, Listed]:
    """Return what is attached, by name."""
    return {one.thing.name: one for one in detect.survey(Profiles())}


def fits(one: Listed) -> list[tuple[str, str]]:
    return [(fit.profile, fit.certainty) for fit in one.fits]


def test_nothing_is_attached(sysfs: Sysfs) -> None:
    assert detect.survey(Profiles()) == []
    assert list(detect_report.lines([], Profiles(), "en")) == [
        "Nothing that could be a part of a terminal is attached to this computer."
    ]


def test_a_printer_is_named_by_what_it_says(sysfs: Sysfs) -> None:
    """Several models have the USB id; the IEEE 1284 id, which usblp has read, tells which this one is."""
    said = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;"
    interface = sysfs.usb("1-2", "04b8:0202", "EPSON", "07", "usblp", ieee1284_id=said)
    (interface / "usbmisc" / "lp3").mkdir(parents=True)
    one = found()["EPSON"]
    assert fits(one) == [("epson/tm-t88v", "sure")]
    assert one.fits[0].command == "posdiag run epson/tm-t88v --set printer.at=/dev/usb/lp3"
    assert [(node.path, node.may_open) for node in one.nodes] == [("/dev/usb/lp3", None)]


def test_an_id_of_several_models_is_not_sure(sysfs: Sysfs) -> None:
    sysfs.usb("1-2", "04b8:0202", "Receipt Printer", "07")
    one = found()["Receipt Printer"]
    assert {certainty for _, certainty in fits(one)} == {"likely"}
    assert {"epson/tm-t88v", "epson/tm-t20ii"} < {profile for profile, _ in fits(one)}
    assert one.fits[0].command.endswith(" --set printer.at=usb:04b8:0202")


def test_two_printers_of_one_id_are_named_by_their_places(sysfs: Sysfs) -> None:
    for place in ("1-1", "1-2"):
        sysfs.usb(place, "0416:5011", f"POS58 {place}", "07")
    assert [one.fits[0].command.rpartition("=")[2] for one in found().values()] == ["usb:1-1", "usb:1-2"]


@pytest.mark.parametrize(
    ("ids", "name", "klass", "said", "profile", "certainty"),
    [
        ("1234:5678", "USB Printing Support", "07", "", "generic/escpos-thermal", "likely"),
        ("0519:0003", "TSP100", "07", "CMD:STAR;", "generic/star", "likely"),
        ("03f0:2b17", "LaserJet", "07", "CMD:PJL,PCL,POSTSCRIPT;", "generic/escpos-thermal", "possible"),
        ("1fc9:2016", "USB Device", "ff", "", "xprinter/xp-n160ii", "sure"),
        ("04b8:9999", "TM-X", "ff", "", "generic/escpos-thermal", "likely"),
        ("04b8:9999", "TM-m30III", "07", "", "epson/tm-m30iii", "likely"),
    ],
)
def test_printers(sysfs: Sysfs, ids: str, name: str, klass: str, said: str, profile: str, certainty: str) -> None:
    interface = sysfs.usb("1-2", ids, name, klass, **({"ieee1284_id": said} if said else {}))
    for end, way in (("ep_01", "out"), ("ep_82", "in")):
        sysfs.put(f"{interface.relative_to(sysfs.root)}/{end}", type="Bulk", direction=way)
    one = found()[name]
    assert (one.fits[0].profile, one.fits[0].certainty) == (profile, certainty)
    assert one.known == (certainty != "possible")
    title = "Receipt printer" if one.known else "Printer"
    assert next(detect_report.lines([one], Profiles(), "en")) == f"{title}: {name}"


def test_a_device_of_its_maker_s_class_without_a_bulk_pair_is_unknown(sysfs: Sysfs) -> None:
    sysfs.usb("1-2", "04b8:9999", "TM-X", "ff")
    assert not found()["TM-X"].fits


def test_serial_ports(sysfs: Sysfs) -> None:
    """A modem by its id, an adapter with anything behind it, a printer as a serial port; no port without hardware."""
    sysfs.serial("1-1", "1bc7:0021", "HE910", "ttyACM0", "cdc_acm")
    sysfs.serial("1-2", "0403:6001", "FT232R", "ttyUSB0", "ftdi_sio")
    sysfs.serial("1-3", "0483:5740", "Receipt Printer", "ttyACM1", "cdc_acm")
    board = sysfs.put("devices/serial8250")
    sysfs.node("tty", "ttyS0", board, type="4")
    sysfs.node("tty", "ttyS1", board, type="0")
    sysfs.put("class/tty/tty1")
    sysfs.put("class/tty/console", active="tty0 ttyS0")
    things = found()
    assert set(things) == {"HE910", "FT232R", "Receipt Printer", "ttyS0"}
    assert fits(things["HE910"]) == [("telit/he910", "sure")]
    assert things["HE910"].fits[0].command == "posdiag run telit/he910"
    assert fits(things["Receipt Printer"]) == [("generic/escpos-thermal", "likely")]
    unknown = things["FT232R"]
    assert not unknown.known
    assert unknown.thing.drivers == ("ftdi_sio",)
    assert "posdiag run generic/cellular-modem --set modem.at=/dev/ttyUSB0" in [fit.command for fit in unknown.fits]
    assert things["ttyS0"].thing.in_use == "console"


def test_a_modem_of_modem_manager_s(sysfs: Sysfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The port belongs to ModemManager, whose own tool says which model it is; the adapter's id does not."""
    programs = tmp_path / "bin"
    programs.mkdir()
    about = {
        "manufacturer": "QUECTEL", "model": "EC25", "ports": ["ttyUSB0 (at)", "wwan0 (net)"],
        "equipment-identifier": "490154203237518",
    }  # fmt: skip
    (programs / "modem").write_text(json.dumps({"modem": {"generic": about}}))
    (programs / "mmcli").write_text(
        f"""#!/bin/sh\n[ "$2" = -L ] && echo '{{"modem-list": ["/M/0"]}}' || cat {programs}/modem\n"""
    )
    (programs / "mmcli").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    sysfs.serial("1-2", "0403:6001", "FT232R", "ttyUSB0", "ftdi_sio")
    assert found()["FT232R"].thing.what == "serial"
    shutil.copy("/bin/sleep", programs / "ModemManager")
    with subprocess.Popen([programs / "ModemManager", "60"]) as daemon:
        one = found()["FT232R"]
        (programs / "modem").write_text(json.dumps({"modem": {"generic": {**about, "ports": ["cdc-wdm0 (mbim)"]}}}))
        without_port = found()["QUECTEL EC25"]
        daemon.kill()
    assert one.fits[0].command == "posdiag run quectel/ec25 --set modem.at=mm:490154203237518"
    assert (without_port.thing.what, without_port.fits[0].command) == ("modem", one.fits[0].command)
    assert (one.thing.what, one.thing.in_use, fits(one)) == ("modem", "modem_manager", [("quectel/ec25", "likely")])


def test_a_locked_port(sysfs: Sysfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file tells of programs that only root could see; a stale one tells nothing."""
    monkeypatch.setattr(detect, "_LOCKS", tmp_path)
    sysfs.serial("1-2", "0403:6001", "FT232R", "random", "ftdi_sio")  # /dev/random, which nobody holds
    (tmp_path / "LCK..random").write_text(f"{os.getpid():10}\n")
    assert found()["FT232R"].nodes[0].users == (f"pid {os.getpid()}",)
    (tmp_path / "LCK..random").write_text("4194305\n")
    assert found()["FT232R"].nodes[0].users == ()


def test_an_adapter_without_a_port(sysfs: Sysfs) -> None:
    sysfs.usb("1-1", "1a86:7523", "USB Serial", "ff")
    said = "\n".join(detect_report.lines(list(found().values()), Profiles(), "en"))
    assert "modprobe ch341" in said
    assert "usb: [" not in said


def test_hid_devices(sysfs: Sysfs) -> None:
    """Stripe readers by id and by usage, a scanner by usage, a keyboard that may be a reader; no mouse."""
    sysfs.hid("1-1", "0801:0001", "Mag-Tek USB Swipe Reader", KEYS, keys=True)
    sysfs.hid("1-2", "0801:0002", "Mag-Tek HID Reader", OWN, keys=False)
    sysfs.hid("1-3", "1234:0001", "Unheard-of", STRIPE, keys=False)
    sysfs.hid("1-4", "1234:0002", "Hand-held", SCANNER, keys=False)
    sysfs.hid("1-5", "1234:0003", "Some Keys", KEYS, keys=True)
    sysfs.hid("1-6", "1234:0004", "Some Mouse", MOUSE, keys=False)
    things = found()
    assert fits(things["Mag-Tek USB Swipe Reader"]) == [("magtek/sureswipe-keyboard", "sure")]
    assert fits(things["Mag-Tek HID Reader"]) == [("magtek/sureswipe-hid", "sure")]
    assert fits(things["Unheard-of"]) == [("generic/msr-hid", "likely")]
    assert things["Unheard-of"].fits[0].command == "posdiag run generic/msr-hid --set magstripe.at=hidraw:1234:0001"
    assert (things["Hand-held"].thing.what, things["Hand-held"].fits) == ("scanner", ())
    assert fits(things["Some Keys"]) == [("generic/msr-wedge", "possible")]
    assert "Some Mouse" not in things
    assert [node.path for node in things["Mag-Tek USB Swipe Reader"].nodes] == ["/dev/input/event0", "/dev/hidraw0"]


def test_two_readers_of_one_id_are_named_by_their_nodes(sysfs: Sysfs) -> None:
    for place in ("1-1", "1-2"):
        sysfs.hid(place, "0801:0002", "Mag-Tek", OWN, keys=False)
    commands = [one.fits[0].command for one in detect.survey(Profiles())]
    assert commands == [f"posdiag run magtek/sureswipe-hid --set magstripe.at=/dev/hidraw{number}" for number in (0, 1)]


def test_a_card_reader_without_pcscd(sysfs: Sysfs) -> None:
    sysfs.usb("1-1", "08e6:4433", "GemPC433", "0b")
    sysfs.usb("1-2", "072f:2200", "ACR122U", "0b", "pn533_usb")
    things = found()
    assert things["GemPC433"].thing.trouble is not None
    assert things["GemPC433"].thing.trouble[0] in ("pcscd_stopped", "no_pcscd")
    assert "modprobe -r pn533_usb" in "\n".join(detect_report.lines([things["ACR122U"]], Profiles(), "en"))


def test_the_board(sysfs: Sysfs) -> None:
    """Supplies of the terminal, but not the battery of a mouse; interfaces with hardware; connected displays."""
    sysfs.put("class/power_supply/AC", type="Mains")
    sysfs.put("class/power_supply/hid-1", type="Battery", scope="Device")
    sysfs.node("net", "eth0", sysfs.put("devices/pci"), operstate="down")
    sysfs.put("class/net/lo", operstate="unknown")
    sysfs.put("class/drm/card0-HDMI-A-1", status="connected")
    sysfs.put("class/drm/card0-HDMI-A-2", status="disconnected")
    things = found()
    assert list(things) == ["AC (Mains)", "hid-1 (Battery)", "eth0 (down)", "card0-HDMI-A-1"]
    assert fits(things["AC (Mains)"]) == [("generic/linux-power", "likely")]
    assert not things["hid-1 (Battery)"].fits


def test_what_nothing_knows_is_listed_with_how_to_name_it(sysfs: Sysfs) -> None:
    sysfs.usb("1-1", "1234:5678", "Thing\x1b[31m", "ff")
    sysfs.usb("1-2", "1234:5679", "Stick", "08")
    things = found()
    assert list(things) == ["Thing\x1b[31m"]
    said = "\n".join(detect_report.lines(list(things.values()), Profiles(), "en"))
    assert 'usb: ["1234:5678"]' in said
    assert "\x1b" not in said


def test_attributes_that_make_no_sense_break_nothing(sysfs: Sysfs) -> None:
    """Unreadable, binary and missing attributes, links that lead nowhere."""
    interface = sysfs.usb("1-1", "04b8:0202", "x", "07", ieee1284_id="MFG")
    (interface / "ieee1284_id").write_bytes(b"\xff\0;;:CMD")
    (sysfs.root / "bus/usb/devices/1-1/devnum").write_text("many")
    (sysfs.root / "class/tty/ttyUSB0").mkdir(parents=True)
    (sysfs.root / "class/tty/ttyUSB0/device").symlink_to(sysfs.root / "gone")
    sysfs.hid("1-2", "0801:0001", "y", bytes(range(256)), keys=True)
    (sysfs.root / "class/input/event0/device/capabilities/key").write_text("no number")
    (sysfs.root / "class/hidraw/hidraw7").mkdir()
    (sysfs.root / "class/net").write_text("not a folder")
    report = detect_report.data(list(found().values()))
    assert {"x", "y"} <= {one["name"] for one in report["attached"]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_words_each_case(sysfs: Sysfs, lang: str) -> None:
    sysfs.usb("1-1", "04b8:0202", "TM-T88V", "07")
    sysfs.usb("1-2", "08e6:4433", "GemPC433", "0b")
    sysfs.serial("1-3", "0403:6001", "FT232R", "ttyUSB0", "ftdi_sio")
    sysfs.put("class/power_supply/AC", type="Mains")
    sysfs.put("class/drm/card0-DSI-1", status="connected")
    said = "\n".join(detect_report.lines(list(found().values()), Profiles(), lang))
    assert "{" not in said
    assert said.count("posdiag run ") >= 6


def test_the_command(posdiag: Command) -> None:
    done = posdiag("detect", "--json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["schema"] == "posdiag.detect/1"
    assert posdiag("detect", "--lang", "zh").status == 0


@pytest.mark.parametrize("slot", ["contact", "contactless"])
def test_slots_that_pcscd_lists(posdiag: Command, simulator: Simulator, slot: str) -> None:
    served = simulator("card_reader", "--set", f"slot={slot}")
    done = posdiag("detect", "--json", env=served.env)
    slots = {one["name"]: one for one in json.loads(done.out)["attached"] if one["what"] == "card_reader"}
    name = "Virtual PCD 00 00" if slot == "contact" else "Virtual PCD Contactless 00 00"
    assert slots[name]["nodes"][0]["may_open"]
    (fit,) = slots[name]["profiles"]
    assert (fit["profile"], fit["certainty"]) == ("generic/pcsc", "likely")
    assert fit["command"].startswith(f"posdiag run generic/pcsc --set 'card_reader.at=pcsc:{name}'")
    assert fit["command"].endswith("card_reader.slot=contactless") == (slot == "contactless")
