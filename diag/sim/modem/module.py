"""A cellular module (3GPP TS 27.007, and a maker's additions) with a SIM and a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from diag.sim.modem.data import DataPath
from diag.sim.modem.wire import Refused, Unknown, Wire, parts
from diag.sim.modem.world import World

_ABSENT, _PIN = (10, "SIM not inserted"), (11, "SIM PIN required")
_PUK, _FAILURE, _BUSY = (12, "SIM PUK required"), (13, "SIM failure"), (14, "SIM busy")
_ICCID, _IMSI, _IMEI = "89860012345678901234", "460001234567890", "490154203237518"
_WHO = {
    "quectel": ("Quectel", "EC25", "EC25EFAR06A06M4G"), "telit": ("Telit", "LE910-EUG", "20.00.405"),
    "simcom": ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E", "LE20B04SIM7600M22"),
    "ublox": ("u-blox", "LARA-R6001", "00.13"),
    "huawei": ("huawei", "ME909s-821", "11.617.09.00.00"), "standard": ("Maker", "Module", "1.0"),
    "simcom-sim800": ("SIMCOM_Ltd", "SIMCOM_SIM800C", "R14.18"), "fibocom": ("Fibocom", "L610-CN", "16000.1000.00"),
    "simcom-sim7000": ("SIMCOM_Ltd", "SIMCOM_SIM7000E", "1529B11SIM7000"),
    "simcom-sim7020": ("SIMCOM_Ltd", "SIM7020E", "1752B06SIM7020E"),
    "simcom-sim7080": ("SIMCOM_Ltd", "SIMCOM_SIM7080", "1951B16SIM7080"),
    "neoway": ("Neoway", "N58", "N58-R05-STD"), "quectel-bc95": ("Quectel", "BC95-B5", "V150R100C10B657SP2"),
    "quectel-bc26": ("Quectel_Ltd", "Quectel_BC26", "BC26NAR01A08"), "sierra": ("Sierra", "EM7455", "SWI9X30C"),
    "zte": ("ZTE CORPORATION", "MF626", "BD_P673A2"), "cinterion": ("Cinterion", "ELS61-E", "01.000"),
}  # fmt: skip
_ICCID_COMMANDS = {
    "quectel": "+QCCID", "simcom": "+CICCID", "telit": "#CCID", "huawei": "^ICCID", "ublox": "+CCID",
    "quectel-bc95": "+NCCID", "quectel-bc26": "+QCCID", "simcom-sim7000": "+CCID", "simcom-sim7020": "+CCID",
    "simcom-sim7080": "+CCID",
}  # fmt: skip
_CARD = ("+CPIN", "+CPINR", "+QPINC", "+CSIM", "+CRSM", "+CIMI", "+QSIMSTAT")

_HUNG_IN = {"network": 2, "denial": 3}  # registrations that a module that hangs stays in
_UNREGISTERED = ("NOT-REGISTERED", "COVERAGE", "OPERATOR", "RESTRICTED")


class Module:
    """One cellular module."""

    def __init__(self, world: World, write: Callable[[bytes], object]) -> None:
        self.world = world
        self.wire = Wire(world, write, self.run)
        self._functionality = 4 if world.has("RADIO-OFF") else 1
        self._unlocked = False
        self._began = time.monotonic()
        self._tries = int(world.number("tries", 3))
        self._reports = {"+CREG": 0, "+CGREG": 0, "+CEREG": 0}
        self._asked = 0
        self._volts = world.number("volts", 3.9)
        family = world.get("family", "quectel")
        self._family = family if family in _WHO else "standard"
        self._data = DataPath(world, self.wire, self._family, self._attached)

    def run(self, line: str) -> str:
        """Carry out a command line, and return its result; "" where no result follows."""
        for command in parts(line):
            if self._command(command) == "silent":
                return ""
        return "OK"

    def _command(self, command: str) -> str | None:
        self._asked += 1
        if self.world.has("RESTART") and self._asked == 12:
            self.wire.unasked("RDY")
        head = command[0].upper()
        if head in "EVQ":
            value = command[1:2] != "0"
            match head:
                case "E":
                    self.wire.echo = value
                case "V":
                    self.wire.words = value
                case _:
                    self.wire.quiet = value
            return None
        if head == "I":
            for text in _WHO[self._family]:
                self.wire.info(text)
            return None
        if head in "XHZ&":
            return None
        if head not in "+#^":
            raise Unknown
        name, mark, rest = command.partition("=" if "=" in command else "?")
        if name.upper() in self.world.get("refuses", "").split("/"):
            raise Unknown
        return self._extended(name.upper(), mark, rest)

    def _extended(self, name: str, mark: str, rest: str) -> str | None:
        maker, model, firmware = _WHO[self._family]
        model = "OTHER-1" if self.world.has("OTHER-MODEL") else self.world.get("model", model)
        plain = {"+CGMI": maker, "+CGMM": model, "+CGMR": firmware, "+CGSN": _IMEI, "+GMI": maker, "+GMM": model}
        values = [value.strip('"') for value in rest.split(",")]
        if name in plain:
            self.wire.info(plain[name])
        elif name == "+CMEE":
            if mark == "?":
                self.wire.info(f"+CMEE: {self.wire.errors}")
            else:
                self.wire.errors = int(rest)
        elif name == "+CFUN":
            if mark == "?":
                self.wire.info(f"+CFUN: {self._functionality}")
            else:
                self._switch(values)
        elif name in _CARD or name == _ICCID_COMMANDS.get(self._family):
            return self._card(name, mark, values)
        elif name == "+CBC":
            self.wire.info(f"+CBC: 0,67,{2900 if self.world.has('SUPPLY') else round(1000 * self._volts)}")
        elif name == "+CLCK":
            self.wire.info(f"+CLCK: {int(self.world.has('SIM-PIN'))}")
        elif name in ("+CSQ", "+CESQ", "+QCSQ"):
            self._levels(name)
        else:
            return self._network(name, mark, values)
        return None

    def _switch(self, values: list[str]) -> None:
        self._functionality = int(values[0])
        if values[1:2] == ["1"]:
            self.wire.say("OK")
            self.wire.restart()

    # ---- the card

    def _trouble(self, *, locked: bool = True) -> tuple[int, str] | None:
        """Return why the card cannot be used; a locked card can still be asked for its number."""
        world = self.world
        if world.has("SIM-ABSENT") or world.card_is_out(self._asked):
            return _ABSENT
        if time.monotonic() - self._began < world.number("busy_s"):
            return _BUSY
        hung = world.has("HUNG") and world.get("hung", "card") == "card"
        if world.has("SIM-FAILURE") or world.has("FAULT") or hung:
            return _FAILURE
        if locked and (world.has("SIM-PUK") or self._tries == 0):
            return _PUK
        if locked and world.has("SIM-PIN") and not self._unlocked:
            return _PIN
        return None

    def _card(self, name: str, mark: str, values: list[str]) -> str | None:
        if name == "+QSIMSTAT":
            if self._family != "quectel":
                raise Unknown
            self.wire.info(f"+QSIMSTAT: 0,{int(self._trouble(locked=False) != _ABSENT)}")
            return None
        if trouble := self._trouble(locked=name == "+CIMI"):
            raise Refused(*trouble)
        if name == "+CPIN":
            if mark != "=":
                return self._state()
            self._enter(values[0])
            return None
        swapped = "".join(_ICCID[at + 1] + _ICCID[at] for at in range(0, len(_ICCID), 2))
        answers = {
            "+CPINR": f"+CPINR: SIM PIN,{self._tries},3",
            "+QPINC": f'+QPINC: "SC",{self._tries},10',
            "+CSIM": f'+CSIM: 4,"63C{self._tries}"',
            "+CRSM": f'+CRSM: 144,0,"{swapped}"',
            "+CIMI": _IMSI,
        }
        if name == "+QPINC" and self._family != "quectel":
            raise Unknown
        self.wire.info(answers.get(name, f"{name}: {_ICCID}"))
        return None

    def _state(self) -> str | None:
        locked = self._trouble()
        word = {_PIN: "SIM PIN", _PUK: "SIM PUK"}.get(locked or _FAILURE, "READY")
        self.wire.info(f"+CPIN: {'PH-NET PIN' if self.world.has('SIM-LOCK') else word}")
        return "silent" if self.world.get("no_result", "") else None

    def _enter(self, pin: str) -> None:
        if pin != self.world.get("card_pin", "1234"):
            self._tries -= 1
            raise Refused(16, "incorrect password")
        self._unlocked, self._tries = True, 3

    # ---- the network

    def _level(self) -> int | None:
        return self.world.rssi if self._functionality == 1 else None

    def _registration(self, head: str) -> int:
        world = self.world
        searching = time.monotonic() - self._began < world.number("search_s")
        if self._functionality != 1 or self._trouble() or world.has("SIM-LOCK") or searching:
            return 0
        if world.has("OPERATOR") and self._selection() == 2:
            return 0
        if world.has("HUNG") and world.get("hung", "card") in _HUNG_IN:
            return _HUNG_IN[world.get("hung", "card")]
        if self._level() is None or any(world.has(fault) for fault in _UNREGISTERED):
            return 2
        only = {"cs": "+CREG", "ps": "+CGREG", "eps": "+CEREG"}.get(world.get("only", ""), head)
        if only != head:
            return 0
        return 3 if world.has("DENIED") and head != "+CREG" else 1

    def _levels(self, name: str) -> None:
        level, info = self._level(), self.wire.info
        csq = 99 if level is None else level
        if name == "+CSQ":
            info(f"+CSQ: {csq},99")
        elif name == "+CESQ":
            info(f"+CESQ: 99,99,255,255,{255 if level is None else 20},{255 if level is None else 2 * csq + 2}")
        elif self._family == "quectel":
            info('+QCSQ: "NOSERVICE"' if level is None else f'+QCSQ: "LTE",{2 * csq - 113},{2 * csq - 139},120,-10')
        else:
            raise Unknown

    def _network(self, name: str, mark: str, values: list[str]) -> str | None:
        info = self.wire.info
        if name in self._reports:
            self._reported(name, mark, values)
        elif name == "+COPS" and (mark, values) == ("=", ["?"]):
            return self._scan()
        elif name == "+COPS":
            info('+COPS: 0,0,"CHINA MOBILE",7' if self._registration("+CREG") == 1 else f"+COPS: {self._selection()}")
        elif name == "+QCFG" and self._family == "quectel" and values[0] == "nwscanmode":
            info(f'+QCFG: "nwscanmode",{int(self.world.has("RESTRICTED"))}')
        elif name == "+CGATT":
            info(f"+CGATT: {int(self._attached())}")
        elif name == "+CGDCONT":
            apn = "wrong" if self.world.has("APN") else self.world.get("apn", "cmnet")
            info(f'+CGDCONT: 1,"IP","{apn}","0.0.0.0",0,0,0,0')
        elif name == "+CGACT":
            info(f"+CGACT: 1,{int(self._attached())}")
        elif name == "+CGPADDR":
            info('+CGPADDR: 1,"10.64.12.7"' if self._attached() else '+CGPADDR: 1,"0.0.0.0"')
        else:
            return self._data.command(name, mark, values)
        return None

    def _scan(self) -> str:
        """Scan for networks, which a character ends; the result comes later."""
        self.wire.interrupted.clear()
        threading.Thread(target=self._scanning, daemon=True).start()
        return "silent"

    def _scanning(self) -> None:
        if self.wire.interrupted.wait(self.world.number("scan_s")):
            self.wire.say("ERROR")
            return
        own = f'({3 if self.world.has("DENIED") else 1},"CHINA MOBILE","CMCC","46000",7)'
        other = '(3,"CHN-UNICOM","UNICOM","46001",7)'
        heard = [] if self._level() is None else [other] if self.world.has("COVERAGE") else [own, other]
        self.wire.info(f"+COPS: {','.join(heard)},,(0-4),(0-2)")
        self.wire.say("OK")

    def _selection(self) -> int:
        """Return how the network is chosen, by +COPS."""
        return int(self.world.number("selection", 2)) if self.world.has("OPERATOR") else 0

    def _reported(self, name: str, mark: str, values: list[str]) -> None:
        if mark == "=":
            self._reports[name] = int(values[0])
            return
        state, level = self._registration(name), self._reports[name]
        # area, cell and technology are left out; the packet domain has a routing area too
        cause = (",,,,,0,7" if name == "+CGREG" else ",,,,0,7") if level == 3 and state == 3 else ""
        self.wire.info(f"{name}: {level},{state}{cause}")

    def _attached(self) -> bool:
        late = time.monotonic() - self._began < self.world.number("attach_s")
        registered = any(self._registration(head) == 1 for head in ("+CGREG", "+CEREG"))
        return registered and not late and not self.world.has("DETACHED")
