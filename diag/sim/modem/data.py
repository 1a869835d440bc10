"""The way of data through a module: its own protocol stack, pings and connections, by the makers' commands."""

from __future__ import annotations

from collections.abc import Callable

from diag.sim.modem.wire import Refused, Unknown, Wire
from diag.sim.modem.world import World

_ADDRESS = "10.64.12.7"
_PINGS = 3
_NOT_ALLOWED = (3, "operation not allowed")

#: family -> the command that opens the stack and the command that closes the stack
_STACKS = {
    "quectel": ("+QIACT", "+QIDEACT"),
    "telit": ("#SGACT", "#SGACT"),
    "fibocom": ("+MIPCALL", "+MIPCALL"),
    "neoway": ("+XIIC", "+XIIC"),
    "huawei": ("^IPINIT", "^IPCLOSE"),
    "simcom-sim800": ("+CIICR", "+CIPSHUT"),
    "simcom-sim7000": ("+CIICR", "+CIPSHUT"),
    "simcom-sim7080": ("+CNACT", "+CNACT"),
}
_AS_SIM800 = ("simcom-sim800", "simcom-sim7000")
_REACHES = {
    "quectel": "+QPING", "quectel-bc26": "+QPING", "quectel-bc95": "+NPING", "telit": "#PING", "fibocom": "+MPING",
    "neoway": "+PING", "simcom": "+CPING", "simcom-sim800": "+CIPPING", "ublox": "+UPING",
    "simcom-sim7000": "+CIPPING", "simcom-sim7020": "+CIPPING", "simcom-sim7080": "+SNPING4",
}  # fmt: skip


class DataPath:
    """One module's stack and what the network behind the stack lets through."""

    def __init__(self, world: World, wire: Wire, family: str, attached: Callable[[], bool]) -> None:
        self._world = world
        self._wire = wire
        self._family = family
        self._attached = attached
        self._open = world.get("stack", "") == "open"
        self._named = False  # SIM800: the access point was told

    def command(self, name: str, mark: str, values: list[str]) -> str | None:
        """Carry out a command; return "silent" where no result follows. Raises: Unknown, Refused."""
        if self._family in _AS_SIM800 and name in ("+CIPSHUT", "+CSTT", "+CIICR", "+CIFSR", "+CIPSTART"):
            return self._sim800(name, values)
        if name in _STACKS.get(self._family, ()):
            return self._switch(name, mark, values)
        if name == _REACHES.get(self._family, ""):
            return self._ping(values)
        if (self._family, name) == ("huawei", "^IPOPEN"):
            if not (self._open and self._reached()):
                raise Refused(1001, "connection failed")
            return None
        if (self._family, name) == ("simcom-sim7080", "+CAOPEN"):
            return self._caopen()
        if (self._family, name) == ("simcom-sim7080", "+CACLOSE"):
            return None
        if name == "+CIPCLOSE":
            self._wire.info("CLOSE OK")
            return "silent"
        raise Unknown

    def _reached(self) -> bool:
        return self._attached() and not self._world.has("NO-DATA")

    def _switch(self, name: str, mark: str, values: list[str]) -> str | None:
        if mark == "?":
            self._tell(name)
        elif name in ("+QIDEACT", "^IPCLOSE"):
            self._open = self._open and (name == "^IPCLOSE" and values[0] != "7")
        else:
            self._open = self._attached() and values[-1 if name in ("#SGACT", "+CNACT") else 0] != "0"
            if name == "+CNACT":
                self._wire.say("OK")
                self._wire.info(f"+APP PDP: 0,{'ACTIVE' if self._open else 'DEACTIVE'}")
                return "silent"
            if name == "+MIPCALL" and self._open:
                self._wire.say("OK")
                self._wire.info(f"+MIPCALL: {_ADDRESS}")
                return "silent"
        return None

    def _tell(self, name: str) -> None:
        told = {
            "+QIACT": f'+QIACT: 1,1,1,"{_ADDRESS}"' if self._open else "",
            "#SGACT": f"#SGACT: 1,{int(self._open)}",
            "+MIPCALL": f"+MIPCALL: 1,{_ADDRESS}" if self._open else "+MIPCALL: 0",
            "+XIIC": f"+XIIC:    1,{_ADDRESS}" if self._open else "+XIIC:    0,0.0.0.0",
            "+CNACT": f'+CNACT: 0,1,"{_ADDRESS}"' if self._open else '+CNACT: 0,0,"0.0.0.0"',
            "^IPINIT": f"^IPINIT: 1,{_ADDRESS}" if self._open else "^IPINIT: 0",
        }[name]
        if told:
            self._wire.info(told)

    def _sim800(self, name: str, values: list[str]) -> str | None:
        say, info = self._wire.say, self._wire.info
        if name == "+CIPSHUT":
            self._open = self._named = False
            info("SHUT OK")
            return "silent"
        if name == "+CSTT":
            if self._open or self._named:
                raise Refused(*_NOT_ALLOWED)
            self._named = True
        elif name == "+CIICR":
            if not (self._named and self._attached()):
                raise Refused(*_NOT_ALLOWED)
            self._open = True
        elif name == "+CIFSR":
            if not self._open:
                raise Refused(*_NOT_ALLOWED)
            info(_ADDRESS)
            return "silent"
        else:
            say("OK")
            info("CONNECT OK" if self._reached() else "CONNECT FAIL")
            return "silent"
        return None

    def _ping(self, values: list[str]) -> str | None:
        if self._family in _STACKS and not self._open:
            raise Refused(*_NOT_ALLOWED)
        host = values[{"quectel": 1, "quectel-bc26": 1, "fibocom": 1}.get(self._family, 0)]
        lines = {
            "+QPING": self._qping, "+NPING": self._nping, "#PING": self._telit, "+MPING": self._mping,
            "+PING": self._neoway, "+CPING": self._cping, "+CIPPING": self._cipping, "+UPING": self._uping,
            "+SNPING4": self._snping,
        }[_REACHES[self._family]](host)  # fmt: skip
        if self._family in ("telit", "simcom-sim7080", *_AS_SIM800):
            for line in lines:
                self._wire.info(line)
            return None
        self._wire.say("OK")
        for line in lines:
            self._wire.info(line)
        return "silent"

    @property
    def _sent(self) -> int:
        return 0 if self._world.get("unsent", "") else _PINGS

    def _qping(self, host: str) -> list[str]:
        if self._world.has("HOST"):
            return ["+QPING: 565"]
        if not self._sent:
            return ["+QPING: 0,0,0,0,0,0,0"]
        if not self._reached():
            return [*["+QPING: 569"] * _PINGS, "+QPING: 0,3,0,3,0,0,0"]
        return [*[f'+QPING: 0,"{host}",32,61,54'] * _PINGS, "+QPING: 0,3,3,0,58,66,61"]

    def _nping(self, host: str) -> list[str]:
        if not self._sent:
            return ["+NPINGERR:2"]
        return [f"+NPING:{host},54,712"] if self._reached() else ["+NPINGERR:1"]

    def _telit(self, host: str) -> list[str]:
        end = "6,50" if self._reached() else "600,255"
        return [f'#PING: 0{number},"{host}",{end}' for number in range(1, 1 + self._sent)]

    def _cipping(self, host: str) -> list[str]:
        lost = "80,0" if self._family == "simcom-sim7020" else "600,255"
        end = "6,50" if self._reached() else lost
        return [f'+CIPPING: {number},"{host}",{end}' for number in range(1, 1 + self._sent)]

    def _snping(self, host: str) -> list[str]:
        time = 469 if self._reached() else 8000
        return [f"+SNPING4: {number},{host},{time}" for number in range(1, 1 + self._sent)]

    def _caopen(self) -> str:
        result = 21 if not self._open else 0 if self._reached() else 27
        self._wire.info(f"+CAOPEN: 0,{result}")
        self._wire.say("OK")
        return "silent"

    def _mping(self, host: str) -> list[str]:
        if not self._sent:
            return ["+MPINGSTAT: 2"]
        if not self._reached():
            return [*[f'+MPINGSTAT: 1,"{host}"'] * _PINGS, f'+MPINGSTAT: 0,"{host}",3,0']
        return [*[f'+MPING: "{host}",0,0,400'] * _PINGS, f'+MPINGSTAT: 0,"{host}",3,3,400']

    def _neoway(self, host: str) -> list[str]:
        time, live = (148, 54) if self._reached() else (600, 255)
        return [f"Reply from {host}: bytes= 36 time = {time}(ms), TTL = {live}"] * self._sent

    def _cping(self, host: str) -> list[str]:
        if not self._reached():
            return [*["+CPING: 2"] * self._sent, f"+CPING: 3,{self._sent},0,{self._sent},0,0,0"]
        return [*[f'+CPING: 1,"{host}",64,70,114'] * self._sent, f"+CPING: 3,{self._sent},{self._sent},0,70,70,70"]

    def _uping(self, host: str) -> list[str]:
        if not (self._sent and self._reached()):
            return ["+UUPINGER: 12"]
        return [f'+UUPING: {number},32,"{host}","192.0.2.1",51,349' for number in range(1, 1 + _PINGS)]
