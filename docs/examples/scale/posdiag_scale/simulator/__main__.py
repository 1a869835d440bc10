"""A scale with half a kilogram of sugar on it."""

from __future__ import annotations

import os
import pty
import tty
from collections.abc import Set as AbstractSet
from pathlib import Path

from diag.sim.process import end_with_parent, order, say


def answer(command: str, faults: AbstractSet[str]) -> str:
    """Return what the scale says to a command."""
    outside = {"SCL-OVERLOAD": "+", "SCL-UNDERLOAD": "-"}
    weight = next((f"S {outside[fault]}" for fault in faults if fault in outside), "")
    moving = "SCL-UNSTABLE" in faults
    answers = {
        "I2": 'I2 A "PBK785-6XS 6.1000 kg"',
        "I4": 'I4 A "B021002593"',
        "SI": weight or f"S {'D' if moving else 'S'}     0.5003 kg",
        "S": weight or ("S I" if moving else "S S     0.5003 kg"),
        "Z": "Z +" if "SCL-ZERO" in faults else "Z A",
    }
    return "\xff\x80" if "SCL-GARBLED" in faults else answers.get(command, "ES")


def main() -> None:
    """Serve until nobody needs the scale any more."""
    faults = order(__doc__ or "", Path(__file__).with_name("faults.json")).faults
    end_with_parent()
    master, slave = pty.openpty()
    tty.setraw(slave)
    say(at="/dev/ttyUSB-unplugged" if "SCL-ABSENT" in faults else os.ttyname(slave))
    waiting = b""
    while True:
        *commands, waiting = (waiting + os.read(master, 4096)).split(b"\r\n")
        for command in [] if "SCL-MUTE" in faults else commands:
            os.write(master, answer(command.decode("latin-1"), faults).encode("latin-1") + b"\r\n")


if __name__ == "__main__":
    main()
