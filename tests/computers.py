"""A computer with what is attached to it made up, as in test_detect, and posdiag on it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.attached import KEYS, Sysfs
from tests.conftest import Done, Served


@dataclass
class Computer:
    """A computer with what is attached to it, and posdiag on it."""

    sysfs: Sysfs
    folder: Path
    env: dict[str, str]

    @property
    def file(self) -> Path:
        return self.folder / "etc/terminal.yaml"

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return found

    def posdiag(self, *words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
        """Run a command to its end; nobody is at the screen."""
        done = subprocess.run(
            self._command(words), input=stdin, capture_output=True, text=True, env={**self.env, **(env or {})},
            cwd=self.folder, timeout=90, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def typing(self, text: str, *words: str) -> Done:
        """Run a command with a person at the screen who types."""
        keyboard, screen = pty.openpty()
        with subprocess.Popen(
            self._command(words), stdin=screen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env,
            cwd=self.folder,
        ) as process:  # fmt: skip
            os.close(screen)
            os.write(keyboard, text.encode())
            out, err = process.communicate(timeout=90)
        os.close(keyboard)
        assert "Traceback" not in err
        return Done(process.returncode, out, err)

    def printer(self, served: Served) -> Path:
        """Attach a simulated printer as a serial port with a stable name."""
        self.sysfs.serial("1-3", "0483:5740", "Receipt Printer", Path(served.at).name, "cdc_acm")
        link = (self.folder / "links").resolve() / "usb-Receipt_Printer"
        link.symlink_to(served.at)
        return link

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "tests.attached", str(self.folder), *words]


def several(computer: Computer) -> None:
    """Attach a printer of a known model, a modem, a stripe reader and a battery."""
    epson = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;"
    computer.sysfs.usb("1-2", "04b8:0202", "TM-T88V", "07", "usblp", ieee1284_id=epson)
    computer.sysfs.put("bus/usb/devices/1-2", serial="K3MF012345")
    computer.sysfs.serial("1-1", "1bc7:0021", "HE910", "ttyACM0", "cdc_acm")
    computer.sysfs.hid("1-4", "0801:0001", "Mag-Tek USB Swipe Reader", KEYS, keys=True)
    computer.sysfs.put("class/power_supply/BAT0", type="Battery", present="1")
    computer.sysfs.put("class/power_supply/AC", type="Mains")
