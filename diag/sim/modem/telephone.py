"""A dial-up modem of Conexant's (ITU-T V.250) with its telephone line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from diag.sim.modem.wire import Unknown, Wire, parts
from diag.sim.modem.world import World
from diag.sim.process import say

_RINGS = 0.3  # s until a call is answered, or is not


class Telephone:
    """One dial-up modem. Each change of its hook is reported on standard output."""

    def __init__(self, world: World, write: Callable[[bytes], object]) -> None:
        self.world = world
        self.wire = Wire(world, write, self.run)
        self._progress = int(world.number("progress", 4))
        self._calls = 0
        self._guarded = 0  # -STE: bit 0 has a line in use refused
        self.wire.online = world.get("call", "") != ""
        self.wire.escapes = world.get("call", "") != "dtr"

    def drop(self) -> None:
        """End a call, for DTR has dropped."""
        if self.wire.online:
            self._hook("on")

    def run(self, line: str) -> str:
        """Carry out a command line, and return its result; "" where the result comes later."""
        for command in parts(line):
            head = command[0].upper()
            if head == "D":
                return self._dial(command[1:])
            if head in "EVQX":
                self._basic(head, int(command[1:2] or 0))
            elif head == "H":
                self._hook("on")
            elif head == "I" or head in "-+&":
                self._tell(command.upper())
            elif head not in "ZS":
                raise Unknown
        return "OK"

    def _tell(self, command: str) -> None:
        """Tell what the modem is, how its line is, and how the modem is set."""
        info, model = self.wire.info, self.world.get("model", "CX93001")
        if command.startswith("I"):
            info({"I": "56000", "I0": "56000", "I3": "CX93001-EIS_V0.2002-V92"}.get(command, "OK"))
        elif command == "&V":
            info(f"ACTIVE PROFILE: E1 L1 M1 Q0 V1 W0 X{self._progress} &C1 &D2")
        elif command == "-TRV":
            info(f"{self._volts():.2f}")
        elif command.startswith("-STE"):
            self._guard_line(command[4:])
        elif command in ("+GMI", "+GMM"):
            model = "OTHER-1" if self.world.has("OTHER-MODEL") else model
            info({"+GMI": "+GMI: CONEXANT", "+GMM": f"+GMM: {model}"}[command])
        elif not command.startswith("&"):
            raise Unknown

    def _guard_line(self, value: str) -> None:
        if value == "?":
            self.wire.info(f"-STE: {self._guarded}")
        else:
            self._guarded = int(value.strip("="))

    def _basic(self, head: str, value: int) -> None:
        if head == "E":
            self.wire.echo = bool(value)
        elif head == "V":
            self.wire.words = bool(value)
        elif head == "Q":
            self.wire.quiet = bool(value)
        else:
            self._progress = value

    def _volts(self) -> float:
        if self.world.get("volts", ""):
            return self.world.number("volts")
        return {True: 1.4}.get(self.world.has("NO-DIALTONE"), 8.0 if self.world.has("LINE-IN-USE") else 48.5)

    def _hook(self, state: str) -> None:
        self.wire.online = False
        say(hook=state, progress=self._progress)

    def _dial(self, string: str) -> str:
        world = self.world
        result = ""
        if world.has("LINE-IN-USE") and self._guarded & 1:
            return "LINE-IN-USE"
        self._hook("off")
        if world.has("LINE-IN-USE"):
            result = "LINE IN USE"
        elif world.has("NO-DIALTONE") or world.has("FAULT"):
            result = "NO DIALTONE" if self._progress in (2, 4) or "W" in string.upper() else "NO CARRIER"
        elif world.has("DIAL-TONE") and (self._progress in (2, 4) or "W" in string.upper()):
            result = "NO DIALTONE"
        elif string.endswith(";"):
            return "OK"
        if result:
            self._hook("on")
            return result
        threading.Thread(target=self._call, args=(string.upper(),), daemon=True).start()
        return ""

    def _call(self, string: str) -> None:
        """Ring until the call is answered; any character ends the ringing (clause 5.6.1)."""
        world, wire = self.world, self.wire
        outside = not world.has("PREFIX") or string.lstrip("TPW").startswith("0,")
        wire.interrupted.clear()
        self._calls += 1
        if wire.interrupted.wait(world.number("rings", _RINGS)) or (world.has("PULSE") and not string.startswith("P")):
            self._hook("on")
            wire.say("NO CARRIER")
        elif world.has("BUSY") or not outside:
            self._hook("on")
            wire.say("BUSY" if self._progress in (3, 4) else "NO CARRIER")
        elif world.has("NO-ANSWER") or world.has("NO-CARRIER") or self._calls <= world.number("lost"):
            self._hook("on")
            wire.say("NO ANSWER" if world.has("NO-ANSWER") else "NO CARRIER")
        else:
            wire.handshaking = True
            time.sleep(world.number("handshake"))
            wire.handshaking = False
            wire.say("CONNECT 9600")
            wire.online = True
