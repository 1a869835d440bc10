"""What surrounds a modem: its card, the network, the telephone line, and the person in front of it.

Settings: `technology` cellular or dialup, `family`, `model`, `apn`, `host` as in a profile; `urc`: seconds between
lines that come unasked (0: none); `echo` on, off, doubled or loose (CR CR LF); `results` words or numbers; `errors` 0,
1 or 2 (+CMEE); `late`: so many first answers come with the next command; `no_result`: +CPIN? ends without OK;
`answer_ms`; `silent_s`: seconds without a word; `tries` of the PIN; `unplug_after`: commands until the cable is pulled;
`only`: the domain that is registered (cs, ps, eps); `ports`: how many there are, the last one for commands; `volts` of
a telephone line; `progress`: X of a dial-up modem; `rings`: seconds until a call is answered; `handshake`: seconds that
follow, in which it cannot be ended; `rate`: the only one at which it hears; `busy_s`: seconds that the SIM is busy;
`search_s`: seconds until it is registered; `refuses`: commands that get ERROR, with `/` between them.
"""

from __future__ import annotations

from collections.abc import Sequence

from diag.sim.process import Order

_OF_THE_SIM = ("SIM-ABSENT", "SIM-PIN", "SIM-PUK", "SIM-LOCK", "SIM-FAILURE", "DENIED", "DETACHED")


class World:
    """One modem's surroundings."""

    def __init__(self, want: Order) -> None:
        self.settings = want.settings
        self._faults = want.faults
        self.outdoors = self.other_sim = False

    def has(self, code: str) -> bool:
        """Whether this fault shows now."""
        if self.other_sim and code in _OF_THE_SIM:
            return False
        if self.outdoors and code in ("SIGNAL-NONE", "SIGNAL-WEAK"):
            return False
        return f"MDM-{code}" in self._faults

    def get(self, key: str, usual: str) -> str:
        """A setting, or its usual value."""
        return self.settings.get(key) or usual

    def number(self, key: str, usual: float = 0.0) -> float:
        """The same as a number."""
        return float(self.settings.get(key) or usual)

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """What the person does and sees."""
        if prompt == "go_outdoors":
            self.outdoors = True
        elif prompt == "other_sim":
            self.other_sim = True
        elif prompt == "first_sim_back":
            self.other_sim = False
            return "shown"
        elif prompt == "telephone":
            return "no_tone" if self.has("NO-DIALTONE") else "tone"
        return "done" if "done" in choices else None

    @property
    def rssi(self) -> int | None:
        """+CSQ's level; None without a signal."""
        if self.has("SIGNAL-NONE"):
            return None
        return 4 if self.has("SIGNAL-WEAK") or self.has("ANTENNA") else 22
