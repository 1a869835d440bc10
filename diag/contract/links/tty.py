"""Local serial ports. pyserial sets the line up; its own reads use select(2), so the descriptor is polled instead."""

from __future__ import annotations

import errno
import os
import re
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diag.contract.errors import ConfigError, DeviceGone, DeviceSilent, HostBusy
from diag.contract.links import usb_bus
from diag.contract.links.bluetooth import CALL, failed_call, is_bluetooth
from diag.contract.links.bounded import open_within
from diag.contract.links.descriptor import DescriptorPort, as_device_error, errno_of, opening_error
from diag.contract.links.holders import holders, is_pty
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.traits import Traits
from diag.contract.said import Said, system

if TYPE_CHECKING:
    import serial

_USB_PORTS = ("/dev/ttyUSB", "/dev/ttyACM", "/dev/serial/")
_DSR_CHUNK = 32  # bytes; printers keep at least as much free when they drop DTR


class TtyPort(DescriptorPort):
    """A tty that pyserial has set up."""

    traits = Traits(has_rate=True)

    def __init__(self, url: str, timeout: float, line: SerialLine) -> None:
        self._serial = _open(url, timeout, line)
        super().__init__(self._serial)
        self._watch_dsr = line.flow == "dtr-dsr"

    def write(self, data: bytes, timeout: float) -> None:
        """Write all of it, or raise DeviceSilent. The kernel knows no DTR/DSR flow control: DSR is watched here."""
        if not self._watch_dsr:
            super().write(data, timeout)
            return
        end = time.monotonic() + timeout
        for start in range(0, len(data), _DSR_CHUNK):
            while not self.modem_lines().get("dsr", True):
                if time.monotonic() > end:
                    raise DeviceSilent(Said("taken_of_dsr", count=start, all=len(data), seconds=timeout))
                time.sleep(0.002)
            super().write(data[start : start + _DSR_CHUNK], max(0.0, end - time.monotonic()))
            self.drain(max(0.0, end - time.monotonic()))

    def set_line(self, line: SerialLine) -> bool:
        """Change the settings; bytes on their way in either direction are dropped."""
        before = self._serial.get_settings()
        with as_device_error("line settings"):
            done = self._taken(line_settings(line)) and self._is_framed(line)
            if not done:
                # One by one: what the port refused stands in the way until it is undone.
                for key, value in before.items():
                    self._taken({key: value})
            termios.tcflush(self._serial.fileno(), termios.TCIOFLUSH)
        return done

    def _taken(self, settings: dict[str, Any]) -> bool:
        """Return whether the port has such a rate (else ValueError) and framing (else EINVAL)."""
        try:
            self._serial.apply_settings(settings)
        except ValueError:
            return False
        except (OSError, termios.error) as error:
            if errno_of(error) == errno.EINVAL:
                return False
            raise
        return True

    def _is_framed(self, line: SerialLine) -> bool:
        """Return whether the kernel kept data bits and parity; a pseudo-terminal drops them without a word."""
        flags = termios.tcgetattr(self._serial.fileno())[2]
        size = termios.CS7 if line.bytesize == 7 else termios.CS8
        return flags & termios.CSIZE == size and bool(flags & termios.PARENB) == (line.parity != "N")

    def modem_lines(self) -> dict[str, bool]:
        """Return the lines by which a powered device shows itself (where it is wired so)."""
        try:
            return {"cts": self._serial.cts, "dsr": self._serial.dsr}
        except OSError:  # a pseudo-terminal has none
            return {}


def line_settings(line: SerialLine) -> dict[str, Any]:
    """Return the same settings as pyserial names them."""
    return {
        "baudrate": line.baud,
        "bytesize": line.bytesize,
        "parity": line.parity,
        "stopbits": line.stopbits,
        "rtscts": line.flow == "rts-cts",
        "xonxoff": line.flow == "xon-xoff",
    }


def node_of(url: str) -> str:
    """Return the node that a hwgrep:// address means; any other address as it is. Raises DeviceGone where none fits."""
    if not url.startswith("hwgrep://"):
        return url
    import serial
    from serial.urlhandler import protocol_hwgrep

    try:
        return str(protocol_hwgrep.Serial().from_url(url))
    except serial.SerialException as error:
        raise DeviceGone(Said("no_such_port", what=url)) from error
    except (re.error, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ConfigError(Said("no_port_pattern", what=url, why=str(error))) from error


def siblings(node: str) -> list[str]:
    """Return the other ttys of a tty's USB device; empty where the tty is of no USB device, or of an adapter.

    An adapter with several channels has a device of its own behind each.
    """
    own = os.path.basename(os.path.realpath(node))
    mine = _usb_device(Path("/sys/class/tty", own))
    if mine is None or _vendor(mine) in usb_bus.ADAPTERS:
        return []
    others = [entry for entry in Path("/sys/class/tty").glob("tty[A-Z]*") if _usb_device(entry) == mine]
    return sorted(f"/dev/{entry.name}" for entry in others if entry.name != own)


def _usb_device(entry: Path) -> Path | None:
    """Return the folder in sysfs of the USB device above a tty: the first one upwards that has an idVendor."""
    place = (entry / "device").resolve()
    return next((folder for folder in (place, *place.parents) if (folder / "idVendor").exists()), None)


def _vendor(device: Path) -> str:
    """Return the USB vendor number; empty where it was unplugged meanwhile."""
    try:
        return (device / "idVendor").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _open(url: str, timeout: float, line: SerialLine) -> serial.Serial:
    from diag.contract.links.as_found import Serial

    url = node_of(url)
    # a lock is met in opening below, which names its holder; /proc/locks costs up to 10 ms (the kernel waits there)
    if _is_tty(url) and (found := holders(url, locks=False)):
        held = Said("open_in", what=url, users=found)
        raise HostBusy(Said("modem_manager_asks", said=held) if any(map(_is_modem_manager, found)) else held)
    settings = line_settings(line)
    calls = is_bluetooth(url)
    try:
        port: serial.Serial = open_within(
            max(timeout, CALL) if calls else timeout,
            url,
            lambda: Serial(url, timeout=0, write_timeout=0, exclusive=True, **settings),
        )
    except ValueError as error:
        raise ConfigError(Said("says", what=url, why=str(error))) from error
    except (OSError, termios.error, DeviceSilent) as error:
        why = error.told if isinstance(error, DeviceSilent) else system(errno_of(error), error)
        if calls and (failed := failed_call(url, errno_of(error), why)):
            raise failed from error
        if isinstance(error, DeviceSilent):
            raise
        if errno_of(error) == errno.ENOENT and url.startswith(_USB_PORTS):
            raise usb_bus.instead_of_serial(url) or opening_error(url, error) from error
        raise opening_error(url, error) from error
    return port


def _is_modem_manager(program: str) -> bool:
    """Return whether a program (`holders`) is ModemManager, which asks new serial ports whether they are modems."""
    return Path(program.split(" ")[0]).name == "ModemManager"


def _is_tty(node: str) -> bool:
    """Return whether the kernel calls it a tty, without opening it; pty slaves are not in sysfs."""
    try:
        device = os.stat(node).st_rdev
    except OSError:
        return False
    subsystem = f"/sys/dev/char/{os.major(device)}:{os.minor(device)}/subsystem"
    return is_pty(device) or os.path.basename(os.path.realpath(subsystem)) == "tty"
