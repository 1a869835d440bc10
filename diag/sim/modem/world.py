"""What surrounds a modem: its card, the network, the telephone line, and the person in front of it.

Settings of any modem: `technology` cellular or dialup, `family`, `model` as in a profile; `urc`: seconds between lines
that come unasked (0: none); `echo` on, off, doubled or loose (CR CR LF); `results` words or numbers; `late`: so many
first answers come with the next command; `answer_ms`: milliseconds before an answer; `silent_s`: seconds without a word
at first; `says`: commands with answers of their own, COMMAND>LINE|LINE~COMMAND>LINE (an error as last line is the
result); `tells`: lines that come unasked, LINE|LINE, one before each answer from the eighth command on, or the
`tells_from`th; `unplug_after`: commands until the cable is pulled; `rate`: the only rate at which the modem hears;
`link` pty or tcp.

Settings of a module: `apn`, `host` as in a profile; `errors` 0, 1 or 2 (+CMEE); `no_result`: +CPIN? ends without OK;
`card_pin`: the card's PIN; `tries` of the PIN; `only`: the domain that is registered (cs, ps, eps); `ports`: how many
ports there are, the last for commands; `hung`: what a module that hangs has lost, card or network, or a network's
denial that it stays in; `attach_s`: seconds until the network allows data; `restart_s`: seconds that a restart takes;
`restart_at`: the command at which the module restarts by itself; `node`: the path of a port that vanishes meanwhile;
`out`: commands FIRST-LAST during which the card does not touch; `volts`: of the module's supply; `busy_s`: seconds that
the SIM is busy; `search_s`: seconds until the module is registered; `stack` open: another program has opened the
module's own protocol stack; `unsent`: pings are not sent; `selection`: the mode of +COPS where the operator is wrong;
`refuses`: commands that get ERROR, with `/` between them; `scan_s`: seconds that a scan for networks takes.

Settings of a dial-up modem: `volts` of the telephone line; `progress`: X; `rings`: seconds until a call is answered;
`handshake`: seconds after that, in which the call cannot be ended; `lost`: so many first calls come to nothing; `call`:
a killed program has left the modem in a call, which ends by +++ and ATH (`escape`), or when DTR drops only (`dtr`).
"""

from __future__ import annotations

from collections.abc import Sequence

from diag.sim.process import Order

_REGISTERED = 20  # commands after which every network has let the module in
_FIRST_TOLD = 8  # command before whose answer the first line is told
_OF_THE_SIM = ("SIM-ABSENT", "SIM-PIN", "SIM-PUK", "SIM-LOCK", "SIM-FAILURE", "DENIED", "DETACHED")


class World:
    """One modem's surroundings."""

    def __init__(self, want: Order) -> None:
        self.settings = want.settings
        self._faults = want.faults
        self.outdoors = self.other_sim = self.restarted = False

    def has(self, code: str) -> bool:
        """Return whether this fault shows now."""
        if self.other_sim and code in _OF_THE_SIM:
            return False
        if self.outdoors and code in ("SIGNAL-NONE", "SIGNAL-WEAK"):
            return False
        if self.restarted and code == "HUNG":
            return False
        return f"MDM-{code}" in self._faults

    def get(self, key: str, usual: str) -> str:
        """Return a setting, or its usual value."""
        return self.settings.get(key) or usual

    def answer(self, command: str) -> list[str] | None:
        """Return the lines of an answer that the order gives to a command; None where the order gives none."""
        for entry in self.settings.get("says", "").split("~"):
            text, mark, lines = entry.partition(">")
            if mark and text.upper() == command.upper():
                return lines.split("|")
        return None

    def untimely(self, commands: int) -> str:
        """Return the line that comes unasked before the answer to a command, counted from one; empty for none."""
        usual = "+CPIN: SIM REMOVED|+CPIN: READY" if self.has("SIM-LOOSE") else ""
        if self.has("NETWORK-LOST") and commands > _REGISTERED:
            return "+CEREG: 2"
        lines = self.get("tells", usual).split("|")
        place = commands - int(self.number("tells_from", _FIRST_TOLD))
        return lines[place] if 0 <= place < len(lines) else ""

    def card_is_out(self, commands: int) -> bool:
        """Return whether the card does not touch at a command, counted from one."""
        first, _, last = self.get("out", "").partition("-")
        return bool(first) and int(first) <= commands <= int(last)

    def number(self, key: str, usual: float = 0.0) -> float:
        """Return a setting as a number."""
        return float(self.settings.get(key) or usual)

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Do what the prompt asks, and return the answer of the person."""
        if prompt == "go_outdoors":
            self.outdoors = True
        elif prompt == "other_sim":
            self.other_sim = True
        elif prompt == "first_sim_back":
            self.other_sim = False
            return "shown"
        elif prompt == "telephone":
            return "no_tone" if self.has("NO-DIALTONE") else "tone"
        elif prompt == "outside_line":
            return "zero" if self.has("PREFIX") else "none"
        return "done" if "done" in choices else None

    @property
    def rssi(self) -> int | None:
        """The level as +CSQ codes it; None without a signal."""
        if self.has("SIGNAL-NONE"):
            return None
        return 4 if self.has("SIGNAL-WEAK") or self.has("ANTENNA") else 22
