"""Simulate card readers: a virtual reader for each part that is asked for, all behind one private pcscd.

Settings: `restart_after`, seconds after which pcscd is killed and started again; `activate`: pcscd starts with the
first connection to its socket, as under systemd.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from diag.sim.card_reader.daemon import Daemon, is_installed, own_namespaces
from diag.sim.card_reader.slot import Slot
from diag.sim.process import end_with_parent, orders, places, say

_NOWHERE = {"PCSCLITE_CSOCK_NAME": "/nonexistent/posdiag"}


def main() -> None:
    """Serve until standard input ends."""
    wanted = orders(__doc__ or "", Path(__file__).with_name("faults.json"))
    slots = [Slot(want) for want in wanted]
    _name_apart(slots)

    def absent(why: str) -> None:
        """Say that there is no simulated reader, and steer clients away from the bench's real readers."""
        say(missing=why, at=places({slot.name: "pcsc:*" for slot in slots}), env=_NOWHERE)

    if not is_installed():
        absent("sudo apt-get install pcscd vsmartcard-vpcd")
        return
    try:
        own_namespaces()
    except OSError as error:
        print(f"the virtual readers' ports are open to the network ({error})", file=sys.stderr)
    try:
        later = "activate" in wanted[0].settings
        attached = [slot for slot in slots if "ICC-ABSENT" not in slot.faults]
        names = [slot.reader for slot in attached] + [slot.reader for slot in attached if slot.listed_twice]
        daemon = Daemon(names, activate=later)
    except OSError as error:
        absent(f"a private pcscd cannot be started: {error}; stop pcscd, or run as root")
        return
    end_with_parent(daemon.end, lambda part, prompt, choices: _slot_of(part, slots).person(prompt, choices))
    for slot in slots:
        slot.port = daemon.ports.get(slot.reader, 0)
        if slot.port and not slot.starts_empty:
            slot.put_in()
    for slot in slots:
        if slot.port and not slot.starts_empty and slot.switch != "open" and not later:
            slot.seen.wait(3.0)  # pcscd looks every 0.4 s
    at = {slot.name: f"pcsc:{slot.reader} ?? 00" for slot in slots}
    say(at=places(at), env={"PCSCLITE_CSOCK_NAME": str(daemon.socket)})
    if after := float(wanted[0].settings.get("restart_after", 0)):
        time.sleep(after)
        daemon.restart()
    signal.pause()


def _name_apart(slots: Sequence[Slot]) -> None:
    """Give a number to the second reader of a kind, and to each further one."""
    for place, slot in enumerate(slots):
        before = sum(other.kind == slot.kind for other in slots[:place])
        slot.reader += f" {before + 1}" if before else ""


def _slot_of(part: str, slots: Sequence[Slot]) -> Slot:
    """Return the slot that stands for a part; a slot that is alone stands for any part, whatever the part's name."""
    return slots[0] if len(slots) == 1 else next(slot for slot in slots if slot.name == part)


if __name__ == "__main__":
    main()
