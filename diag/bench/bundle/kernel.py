"""What the kernel has said of the devices that terminals have: of USB, serial ports, printers, memory cards, power."""

from __future__ import annotations

import re
import subprocess

from diag.contract import shown

#: the first that may be read; without the right (dmesg_restrict of sysctl, the group of the journal) both refuse
_COMMANDS = (("dmesg",), ("journalctl", "-k", "-b", "-o", "short-monotonic", "--no-pager", "-q", "-n", "20000"))
_PATIENCE = 5.0  # s
_LAST = 400  # lines
_LONGEST = 400  # characters of a line
_DEVICES = re.compile(
    r"\b(?:usb|usblp|usbhid|hub|xhci_hcd|ehci-pci|tty\w+|cdc_\w+|qmi_wwan|option(?= \d)|ftdi_sio|cp210x|pl2303"
    r"|ch34\d\w*|lp\d|parport\w*|printer|hidraw\d*|hid-\w+|mmc\w*|mmcblk\w*|sdhci\w*|battery|power[_ ]supply"
    r"|charger|hwmon\d*|under-?voltage|over-?current)\b",
    re.IGNORECASE,
)

#: lines that name devices and are about something else, and may hold what is private: arguments, users, services
_OTHERS = re.compile(r"command line|\baudit\b|\b(?:systemd|sudo)\S*\[", re.IGNORECASE)


def lines() -> list[str] | None:
    """Return the last lines that are about such devices; None where this user may not read the kernel's."""
    for command in _COMMANDS:
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and done.stdout:
            return chosen(done.stdout.decode(errors="replace"))
    return None


def chosen(text: str) -> list[str]:
    """Return the lines of the kernel's that matter, made harmless."""
    found = [line for line in text.splitlines() if _DEVICES.search(line) and not _OTHERS.search(line)]
    return [shown.in_a_line(line[:_LONGEST]) for line in found[-_LAST:]]
