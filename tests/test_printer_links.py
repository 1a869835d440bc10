"""Links of printers: USB by its descriptors, port status, missing nodes, TCP connections that are cut."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import socket
import struct
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diag.bench import doctor
from diag.contract.check import Level
from diag.contract.errors import ConfigError, DeviceGone, DeviceSilent, HostBusy, HostDriver, PortRefused
from diag.contract.interruption import Interruption
from diag.contract.links import Address, usb_bus
from diag.contract.links.device_id import commands, text_of
from diag.contract.links.printer_node import PrinterNode, is_printer_node
from diag.contract.links.tcp import TcpPort
from diag.contract.links.usb import UsbPort
from diag.contract.peers import TIMEOUT
from diag.suite import live_peers
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.printers import HEALTHY
from tests.usb_printer import UsbPrinter

AT = "usb:04b8:0202"
OnBus = Callable[..., None]


@pytest.fixture
def on_bus(monkeypatch: pytest.MonkeyPatch) -> OnBus:
    """Put printers on a pretended USB."""
    core, util = pytest.importorskip("usb.core"), pytest.importorskip("usb.util")

    def put(*printers: UsbPrinter) -> None:
        def find(find_all: bool, **ids: int) -> Iterator[UsbPrinter]:
            return (one for one in printers if all(getattr(one, name) == value for name, value in ids.items()))

        monkeypatch.setattr(core, "find", find)
        monkeypatch.setattr(util, "claim_interface", lambda device, interface: device.done.append("claimed"))
        monkeypatch.setattr(util, "release_interface", lambda device, interface: device.done.append("released"))
        monkeypatch.setattr(util, "dispose_resources", lambda device: None)

    return put


def test_two_devices_that_fit_are_both_named(on_bus: OnBus) -> None:
    first, second = UsbPrinter(serial="A1", ports=(2,)), UsbPrinter(serial="A1", ports=(4, 1))
    third = UsbPrinter(serial="B2", ports=(5,))
    on_bus(first, second, third)
    with pytest.raises(ConfigError, match=r"fits 3 devices: usb:1-2 .*A1.*, usb:1-4\.1 .*, usb:1-5 .*B2"):
        UsbPort(AT, 1)
    with pytest.raises(ConfigError, match="fits 2 devices"):
        UsbPort(f"{AT}:A1", 1)
    for at, meant in ((f"{AT}:B2", third), ("usb:1-2", first), ("usb:1-4.1", second)):
        UsbPort(at, 1).close()
        assert meant.done[:1] == ["detached"], at
    with pytest.raises(DeviceGone, match="not on the bus"):
        UsbPort("usb:2-2", 1)


def test_the_interface_is_left_as_it_was_found(on_bus: OnBus) -> None:
    """The setting with a way back is taken, the one before is set again, then the kernel's driver has it."""
    printer = UsbPrinter(alternates=2)
    on_bus(printer)
    port = UsbPort(AT, 1)
    assert not port.traits.one_way
    port.close()
    assert printer.done == ["detached", "claimed", "setting 1", "setting 0", "released", "attached"]


@pytest.mark.parametrize("unread", [0, 30])
def test_a_printer_that_has_to_be_read_takes_its_pages(on_bus: OnBus, unread: int) -> None:
    printer = UsbPrinter(unread=unread)
    on_bus(printer)
    events, _ = examine("printer", AT, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["test_print"] == "passed"


@pytest.mark.parametrize("klass", [7, 255])
def test_no_way_back_means_one_way(on_bus: OnBus, klass: int) -> None:
    printer = UsbPrinter(klass=klass, back=False)
    on_bus(printer)
    events, _ = examine("printer", AT, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert outcomes(events)["status"] == "not-answered"
    assert printer.taken > 500


@pytest.mark.parametrize(
    ("behaviour", "found"),
    [
        ({"refuses": True, "port_status": 0x30}, {"PRN-PAPER-END", "PRN-OFFLINE"}),
        ({"refuses": True, "port_status": 0x38}, {"PRN-PAPER-END"}),
        ({"refuses": True, "port_status": 0x08}, {"PRN-OFFLINE"}),
        ({"refuses": True, "port_status": 0x10}, {"PRN-OFFLINE"}),
        ({"refuses": True, "port_status": 0x00}, {"PRN-OFFLINE"}),
        ({"mute": True, "port_status": 0x38}, {"PRN-PAPER-END"}),
        ({"back": False, "port_status": 0x38}, {"PRN-PAPER-END"}),
        # firmware without port status, a healthy port, one that refuses the question: no news
        ({"mute": True, "port_status": 0x00}, {"PRN-MUTE"}),
        ({"mute": True, "port_status": 0x18}, {"PRN-MUTE"}),
        ({"refuses": True, "port_status": None}, {"PRN-MUTE"}),
        # what the printer says in its own language counts more
        ({"port_status": 0x30}, set()),
        ({"port_status": 0xFF}, set()),
    ],
)
def test_the_port_tells_what_the_printer_does_not(on_bus: OnBus, behaviour: dict[str, Any], found: set[str]) -> None:
    on_bus(UsbPrinter(**behaviour))
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == found


@pytest.mark.parametrize("halt", [errno.EPIPE, errno.EOVERFLOW, errno.EIO])
def test_a_halted_endpoint_is_cleared(on_bus: OnBus, halt: int) -> None:
    """A halt, more than was asked for, a bad moment: the printer is there, and its transfer is done again."""
    printer = UsbPrinter(halts=1, halt=halt)
    on_bus(printer)
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    assert [one for one in printer.done if one.startswith("cleared")]


@pytest.mark.parametrize("halt", [errno.EPIPE, errno.EOVERFLOW])
def test_an_endpoint_that_stays_halted_is_silent(on_bus: OnBus, halt: int) -> None:
    on_bus(UsbPrinter(halts=1_000_000, halt=halt))
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-MUTE"}


@pytest.mark.parametrize(("unconfigured", "found"), [("settable", set()), ("for want of power", {"HOST-DRIVER"})])
def test_a_printer_that_the_kernel_has_not_configured(on_bus: OnBus, unconfigured: str, found: set[str]) -> None:
    """What is on the bus is not absent: it is configured, or the bench's trouble is named."""
    on_bus(UsbPrinter(unconfigured=unconfigured))
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == found


@pytest.mark.parametrize(("on_usb", "found"), [(True, "PRN-MUTE"), (False, "PRN-ABSENT")])
def test_transfers_that_fail_for_good(bus: Callable[..., None], on_bus: OnBus, on_usb: bool, found: str) -> None:
    """What is on the bus is not absent."""
    on_bus(UsbPrinter(halts=1_000_000, halt=errno.EIO))
    if on_usb:
        bus("1-2", "04b8:0202", "TM-T88V", "07", at=UsbPrinter.address)
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {found}


def test_a_printer_that_drops_off_the_bus_in_a_page(on_bus: OnBus) -> None:
    """It had answered: what the page draws may have pulled its supply down. Each look for it gives the port back."""
    printer = UsbPrinter(lost_at=500)
    on_bus(printer)
    events, _ = examine("printer", AT, level=Level.EXTERNAL, timeout_s=TIMEOUT)
    keeps_the_contract("printer", events)
    assert findings(events) == {"PRN-ABSENT", "PRN-SUPPLY-LOW"}
    assert printer.done.count("claimed") == printer.done.count("released") > 1


@pytest.mark.parametrize("answers", ["unknown", "status"])
@pytest.mark.parametrize(
    ("named", "garbled"), [("TSPL", True), ("ZPL", True), ("PJL,PCL5e,POSTSCRIPT", True), ("TSPL,ESC/POS", False)]
)
def test_a_silent_printer_of_another_language(on_bus: OnBus, named: str, garbled: bool, answers: str) -> None:
    """A label printer hears no question of ours: the wrong model, and neither mute nor one-way.

    The question that others might print goes to ZPL only.
    """
    printer = UsbPrinter(mute=True, device_id=f"MFG:Munbyn;CMD:{named};MDL:RW403B;".encode())
    on_bus(printer)
    events, _ = examine("printer", AT, timeout_s=TIMEOUT, answers=answers)
    keeps_the_contract("printer", events)
    silent = {"PRN-MUTE"} if answers == "status" else set()
    assert findings(events) == ({"PRN-GARBLED"} if garbled else silent)
    assert printer.text_asked == (named == "ZPL")


def test_what_the_device_id_names() -> None:
    raw = b"\x00\x33MFG:XX;CMD:ESC/POS,epl ;MDL:P80;CLS:PRINTER;\0\0"
    assert commands(text_of(raw)) == ("ESC/POS", "EPL")
    assert commands("MANUFACTURER:Star;COMMAND SET:STAR;MODEL:TSP143 (STR_T-001);") == ("STAR",)
    assert commands("") == commands("no fields at all") == ()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make sysfs show a USB device: its ids and name, the class of its interface, its driver, its node, its power."""
    monkeypatch.setattr(usb_bus, "DEVICES", tmp_path)
    monkeypatch.setattr(usb_bus, "MODULES", tmp_path / "module")

    def put(
        place: str, ids: str, name: str, klass: str, driver: str = "", node: str = "", *, power: str = "on", at: int = 7
    ) -> None:
        interface = tmp_path / place / f"{place}:1.0"
        interface.mkdir(parents=True)
        vendor, product = ids.split(":")
        attributes = {"idVendor": vendor, "idProduct": product, "product": name, "busnum": "1", "devnum": str(at)}
        (tmp_path / place / "power").mkdir()
        (tmp_path / place / "power" / "control").write_text(power + "\n")
        for key, text in attributes.items():
            (tmp_path / place / key).write_text(text + "\n")
        (interface / "bInterfaceClass").write_text(klass + "\n")
        if driver:
            (tmp_path / driver).mkdir(exist_ok=True)
            (interface / "driver").symlink_to(tmp_path / driver)
        if node:
            (interface / node).mkdir(parents=True)

    return put


@pytest.mark.parametrize(
    ("at", "device", "error", "said"),
    [
        ("/dev/usb/lp7", ("0fe6:811e", "USB Device", "07"), HostDriver, r"0fe6:811e.*modprobe usblp.*usb:0fe6:811e"),
        ("/dev/usb/lp7", ("04b8:0e28", "TM-T20III", "ff"), HostDriver, "TM-T20III"),
        ("/dev/usb/lp7", ("04b8:0202", "TM-T88V", "07", "usbfs"), HostBusy, "through libusb"),
        ("/dev/usb/lp7", ("04b8:0202", "TM-T88V", "07", "usblp", "usbmisc/lp8"), HostDriver, "/dev/usb/lp8"),
        ("/dev/usb/lp7", ("0483:5740", "POS58 Receipt", "02", "cdc_acm", "tty/ttyACM3"), HostDriver, "/dev/ttyACM3"),
        ("/dev/lp7", ("1a86:7584", "USB2.0-Print", "07"), HostDriver, "USB2.0-Print"),
        ("/dev/ttyUSB77", ("1a86:7523", "USB Serial", "ff"), HostDriver, "modprobe ch341"),
        ("/dev/ttyUSB77", ("10c4:ea60", "CP2102", "ff", "usbfs"), HostBusy, "through libusb"),
        ("/dev/ttyACM77", ("0483:5740", "Virtual COM Port", "02"), HostDriver, "modprobe cdc_acm"),
        # something else is there, and the printer is not
        ("/dev/usb/lp7", ("1bc7:0021", "HE910", "02", "cdc_acm", "tty/ttyACM0"), DeviceGone, "no such device node"),
        ("/dev/ttyUSB77", ("10c4:ea60", "CP2102", "ff", "cp210x", "ttyUSB0"), DeviceGone, "No such file"),
        ("/dev/ttyUSB77", ("04b8:0202", "TM-T88V", "07", "usblp", "usbmisc/lp0"), DeviceGone, "No such file"),
    ],
)
def test_a_missing_node_with_a_device_on_the_bus(
    bus: Callable[..., None], at: str, device: tuple[str, ...], error: type[Exception], said: str
) -> None:
    bus("1-1.4", *device)
    with pytest.raises(error, match=said):
        Address(at, "x").open_stream(1)


def test_a_driver_that_is_loaded_and_has_let_the_adapter_go(bus: Callable[..., None], tmp_path: Path) -> None:
    """As brltty leaves it: loading the module once more changes nothing."""
    (tmp_path / "module" / "ch341").mkdir(parents=True)
    bus("1-1.4", "1a86:7523", "USB Serial", "ff")
    with pytest.raises(HostDriver, match="ch341 is loaded and does not have it: plug it in again") as raised:
        Address("/dev/ttyUSB77", "x").open_stream(1)
    assert "modprobe" not in str(raised.value)


def test_a_printer_that_the_kernel_may_put_to_sleep(bus: Callable[..., None], on_bus: OnBus) -> None:
    on_bus(UsbPrinter(mute=True))
    bus("1-2", "04b8:0202", "TM-T88V", "07", power="auto", at=UsbPrinter.address)
    said, _ = doctor.report("en")
    assert "autosuspend may put 04b8:0202 TM-T88V (1-2) to sleep" in said
    events, _ = examine("printer", AT, timeout_s=TIMEOUT)
    seen = [str(event["detail"]) for event in events if event["event"] == "fact" and event["name"] == "on-bus"]
    assert "may_sleep" in seen[0]


@pytest.mark.parametrize(("program", "said"), [("ModemManager", "ask again in half a minute"), ("till", "")])
def test_a_serial_port_that_modem_manager_asks(program: str, said: str) -> None:
    """A port that was just plugged in is asked whether it is a modem; a printer prints that."""
    master, slave = pty.openpty()
    words = [program, "-c", "print(flush=True); input()"]
    with subprocess.Popen(
        words, executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[slave]
    ) as held:
        assert held.stdout is not None
        held.stdout.readline()
        with pytest.raises(HostBusy, match=rf"{program} -c .*\(pid {held.pid}\).*{said}") as raised:
            Address(os.ttyname(slave), "x").open_stream(1)
        held.communicate(b"\n")
    assert ("a modem" in str(raised.value)) == bool(said)
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize("at", ["/dev/usb/lp0", "/dev/usb/lp*", "/dev/lp1"])
def test_nodes_of_printers(at: str) -> None:
    assert is_printer_node(at)
    assert not is_printer_node(at.replace("lp", "hiddev"))


def test_a_printer_s_node_tells_its_port_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """LPGETSTATUS and the device id; what the printer says while it takes nothing is not lost."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    real = fcntl.ioctl

    def ioctl(descriptor: int, request: int, argument: Any = 0, mutate_flag: bool = True) -> Any:
        if request == 0x060B:
            argument[:] = struct.pack("i", 0x30)
            return 0
        if request & 0xFFFF == 0x5001:
            argument[:25] = b"\x00\x19MFG:XX;CMD:ESC/POS;MD:"
            return 0
        return real(descriptor, request, argument, mutate_flag)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    port = PrinterNode(os.ttyname(slave), 1)
    assert port.port_status() == 0x30
    assert port.traits.port_status
    assert commands(port.device_id()) == ("ESC/POS",)
    os.write(master, b"\x16\x12")
    with pytest.raises(DeviceSilent, match=r"bytes taken in 0\.3 s"):
        port.write(bytes(1 << 20), 0.3)
    assert port.read(1) == b"\x16\x12"
    port.close()
    os.close(slave)
    os.close(master)


class Once:
    """A TCP printer that serves one connection after the other, and is away for a time after each."""

    def __init__(self, answers: int, away: float) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._place = self._server.getsockname()
        self.at = f"socket://127.0.0.1:{self._place[1]}"
        self._answers, self._away, self.served = answers, away, 0
        self._over = threading.Event()
        self.cut = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Once:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._server.close()
            self.served += 1
            with connection, suppress(OSError):
                for _ in range(self._answers):
                    data = connection.recv(4096)
                    connection.sendall(b"".join(HEALTHY.get(number, b"") for number in data[2::3]))
            self.cut.set()
            if self._over.wait(self._away):
                return
            self._server = socket.create_server(self._place, backlog=1)


@pytest.mark.parametrize("away", [0.0, 1.0])
def test_a_connection_that_is_cut_between_two_questions(away: float) -> None:
    with Once(answers=1, away=away) as printer:
        port = TcpPort(printer.at, 2, Interruption())
        for _ in range(3):
            printer.cut.clear()
            port.write(b"\x10\x04\x01", 1)
            assert port.read(2) == HEALTHY[1]
            assert printer.cut.wait(5)
        assert printer.served == 3
        port.close()


def test_a_connection_that_is_cut_in_a_question() -> None:
    """Nobody answers; the question is not put again, for a page would be printed twice."""
    with live_peers.on_tcp(lambda data: None) as at:
        port = TcpPort(at, 2, Interruption())
        port.write(b"\x10\x04\x01", 1)
        with pytest.raises(PortRefused, match="cut the connection"):
            port.read(2)
        port.close()


def test_a_printer_that_cuts_each_connection_is_never_absent() -> None:
    with Once(answers=2, away=0.6) as printer:
        events, _ = examine("printer", printer.at, timeout_s=TIMEOUT)
    assert not findings(events) & {"PRN-ABSENT", "PRN-CABLE", "PRN-MUTE"}


def test_doctor_names_what_is_on_usb(bus: Callable[..., None]) -> None:
    bus("1-1", "0416:5011", "POS58 Printer", "07")
    bus("1-2", "04b8:0202", "TM-T88V", "07", "usblp", "usbmisc/lp8")
    bus("1-3", "1a86:7523", "USB Serial", "ff")
    bus("1-4", "1bc7:0021", "HE910", "02", "cdc_acm", "tty/ttyACM0")
    said, _ = doctor.report("en")
    assert "0416:5011 POS58 Printer is on USB, no kernel driver" in said
    assert "04b8:0202 TM-T88V is on USB (usb:1-2): /dev/usb/lp8" in said
    assert "modprobe ch341" in said
    assert "HE910" not in said
