"""Pings and connections by the makers' own commands, and the protocol stack of the module that they go through.

Sources: AT manuals of Quectel (EC25, BG96; BC95 clause 4.16; BC26), SIMCom (SIM7600; SIM800 V1.09 clauses 8.2, 10.2;
SIM7000 PING application note V1.00; SIM7020 V1.05 chapter 7; SIM7070, SIM7080, SIM7090: +SNPING4, +CNACT, +CAOPEN, as
momoiot.co.kr/catm-at prints them, and Kampi/ESP32-SIM70XX), u-blox (SARA-R4), Telit (LE910), Motorola G24 and Fibocom
G510 (clauses 13.1.14, 13.1.15), Huawei (MU509, MC509 clause 10.2); for Neoway RT-Thread's at_device (N58, N21), for the
time-out of SIM7020 OneOS (sim7020_ping.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.modem.pure.at import Command, fields, number

PINGS = 3  # that each command asks for
_SNPING_MS = 8000  # ms that SIM7080 waits for each answer


@dataclass(frozen=True, slots=True)
class PingResult:
    """What became of the pings: how many were answered, or the maker's error number."""

    received: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Stack:
    """The module's own protocol stack. All commands are formatted with the context's number and the name `apn`.

    `begin`: open the stack, one command after the other. `begun`: asks whether the stack is open, and `is_open` reads
    that for a context's number; ValueError where the answer is none. `end`: closes the stack. `settles`: the
    stack opens only after the OK, so that `begun` is asked until the stack is open.
    """

    begin: tuple[Command, ...]
    begun: Command
    is_open: Callable[[Sequence[str], int], bool]
    end: Command
    settles: bool = False

    @property
    def needs_name(self) -> bool:
        """Whether the stack is told the access point's name."""
        return any("{apn}" in command.text for command in self.begin)


@dataclass(frozen=True, slots=True)
class Ping:
    """A maker's command that pings a host, or connects to its port.

    `ask` is formatted with `context`, `host` and `port`. `heads`: of its results. `read`: None while more results come,
    else what became of the pings; ValueError where they were not sent. `late`: the results come after the OK, so that
    they are listened for. `unresolved`: error numbers which say that the host's name was not found. `repeats`: how
    often the command is given, as each pings once. `numeric`: the host is an address in numbers.
    `close`: the command makes a connection, which this command closes again; an error is a connection that did
    not come about.
    """

    ask: str
    heads: tuple[str, ...]
    read: Callable[[Sequence[str]], PingResult | None]
    stack: Stack | None = None
    late: bool = False
    unresolved: tuple[int, ...] = ()
    repeats: int = 1
    numeric: bool = False
    close: Command | None = None

    @property
    def connects(self) -> bool:
        """Whether the command connects to a port in the place of a ping."""
        return self.close is not None


def usable(pings: Sequence[Ping], host: str, port: int | None) -> list[Ping]:
    """Return the ways to a host that a module can go: some take no names, and connections need a port."""
    numeric = re.fullmatch(r"[0-9.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", host) is not None
    return [ping for ping in pings if (numeric or not ping.numeric) and (port is not None or not ping.connects)]


def _summed(sent: str, received: str) -> PingResult:
    """Return the sum of a ping command. Raises: ValueError where nothing was sent: what was not sent is not lost."""
    if number(sent) == 0:
        raise ValueError("no ping was sent")
    return PingResult(number(received))


def _is_lost(time: str, live: str) -> bool:
    """Return whether time and time to live are those of a ping that nothing answered (Telit, SIM800, Neoway)."""
    return live == "0" or (time, live) == ("600", "255")


def _active(head: str) -> Callable[[Sequence[str], int], bool]:
    """Return a reader of lines that begin with a context's number and 1, where the context is active."""

    def read(lines: Sequence[str], context: int) -> bool:
        return any(fields(line, head)[:2] == [str(context), "1"] for line in lines)

    return read


def _first_is_one(head: str) -> Callable[[Sequence[str], int], bool]:
    """Return a reader of one line whose first value is 1 where the stack is open."""

    def read(lines: Sequence[str], _: int) -> bool:
        return any(fields(line, head)[0] == "1" for line in lines)

    return read


def _context_of_programs(lines: Sequence[str], _: int) -> bool:
    """Read SIM7080's +CNACT for context 0, which programs on the module use: 0,1,"10.1.2.3"; 2 is on its way."""
    return any(fields(line, "+CNACT")[:2] == ["0", "1"] for line in lines)


def _has_address(lines: Sequence[str], _: int) -> bool:
    """Read SIM800's +CIFSR: the module's address alone. Raises: ValueError where there is no address."""
    if not any(re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", line) for line in lines):
        raise ValueError("no address")
    return True


def _qping(lines: Sequence[str]) -> PingResult | None:
    """Read a line for each answer, and a last line that sums up: 0,sent,received,lost,…

    An error number stands alone: 565 DNS, 569 time-out.
    """
    for line in lines:
        values = fields(line, "+QPING")
        if len(values) >= 7 and values[0] == "0" and '"' not in line:
            return _summed(values[1], values[2])
        if len(values) == 1 and values[0] not in ("0", "569"):
            return PingResult(error=number(values[0]))
    return None


def _cping(lines: Sequence[str]) -> PingResult | None:
    """Read a line for each ping: 1 is an answer, 2 a time-out, 3 sums up: 3,sent,received,…"""
    for line in lines:
        values = fields(line, "+CPING")
        if values[0] == "3" and len(values) > 2:
            return _summed(values[1], values[2])
    return None


def _four_values(head: str) -> Callable[[Sequence[str]], PingResult | None]:
    """Return a reader of a line for each ping, then OK: number, address, time, time to live; 600,255 is a time-out."""

    def read(lines: Sequence[str]) -> PingResult | None:
        answered = [values for line in lines if len(values := fields(line, head)) == 4]
        return PingResult(sum(not _is_lost(*values[2:]) for values in answered)) if answered else None

    return read


def _late_four_values(lines: Sequence[str]) -> PingResult | None:
    """Read SIM7020's lines, which come behind the OK: as SIM800's; the time to live of a lost ping is 0."""
    answered = [values for line in lines if len(values := fields(line, "+CIPPING")) == 4]
    if len(answered) < PINGS:
        return None
    return PingResult(sum(not _is_lost(*values[2:]) for values in answered))


def _snping(lines: Sequence[str]) -> PingResult | None:
    """Read SIM7080's lines before the OK: number, address, milliseconds.

    Raises: ValueError where no line came: the manual does not say whether the pings were sent then.
    """
    answered = [values for line in lines if len(values := fields(line, "+SNPING4")) == 3]
    if not answered:
        raise ValueError("nothing said of the pings")
    return PingResult(sum(number(values[2]) < _SNPING_MS for values in answered))


def _caopen(lines: Sequence[str]) -> PingResult | None:
    """Read SIM7080's +CAOPEN: connection, result. 0 connected, 20 name not found, 23 refused, 27 failed.

    Raises: ValueError for other results, by which nothing was tried: no memory, a limit, the stack closed.
    """
    for line in lines:
        values = fields(line, "+CAOPEN")
        if len(values) == 2:
            result = number(values[1])
            if result not in (0, 20, 23, 27):
                raise ValueError("no connection was tried")
            return PingResult(received=int(result == 0), error=result if result == 20 else 0)
    return None


def _uping(lines: Sequence[str]) -> PingResult | None:
    """Read +UUPING: number, size, host, address, time to live, time; +UUPINGER: an error."""
    found = [line for line in lines if re.match(r"\+UUPING:", line, re.IGNORECASE)]
    for line in lines:
        if re.match(r"\+UUPINGER", line, re.IGNORECASE):
            return PingResult(error=number(fields(line, "+UUPINGER")[0]))
    return PingResult(len(found)) if len(found) >= PINGS else None


def _mping(lines: Sequence[str]) -> PingResult | None:
    """Read +MPINGSTAT: 0 sums up: 0,address,sent,received,…; 2: the stack was closed. 1 is one ping that got lost."""
    for line in lines:
        if re.match(r"\+MPINGSTAT", line, re.IGNORECASE):
            values = fields(line, "+MPINGSTAT")
            if values[0] == "0" and len(values) > 3:
                return _summed(values[2], values[3])
            if values[0] == "2":
                raise ValueError("the stack was closed")
    return None


def _reply_from(lines: Sequence[str]) -> PingResult | None:
    """Read Neoway's lines: Reply from ADDRESS: bytes= 36 time = 148(ms), TTL = 255."""
    shape = r"Reply from [0-9A-Fa-f.:]+: bytes ?= ?\d+ time ?= ?(\d+)\(ms\), ?TTL ?= ?(\d+).*"
    found = [match for line in lines if (match := re.fullmatch(shape, line, re.IGNORECASE))]
    answered = sum(not _is_lost(*match.groups()) for match in found)
    return PingResult(answered) if len(found) >= PINGS else None


def _nping(lines: Sequence[str]) -> PingResult | None:
    """Read +NPING, an answer, or +NPINGERR: 1 no answer, 2 not sent."""
    for line in lines:
        if re.match(r"\+NPINGERR", line, re.IGNORECASE):
            if number(fields(line, "+NPINGERR")[0]) != 1:
                raise ValueError("no ping was sent")
            return PingResult()
        if len(fields(line, "+NPING")) >= 3:
            return PingResult(1)
    return None


def _connected(lines: Sequence[str]) -> PingResult | None:
    """Read SIM800's line behind the OK of +CIPSTART."""
    for line in lines:
        if line.upper() == "CONNECT OK":
            return PingResult(1)
        if line.upper() in ("CONNECT FAIL", "STATE: TCP CLOSED"):
            return PingResult()
    return None


def _opened(lines: Sequence[str]) -> PingResult | None:
    """Read Huawei's ^IPOPEN, which has no lines: its OK is the connection."""
    return PingResult(1)


_QIACT = Stack(
    (Command("AT+QIACT={context}"),),
    Command("AT+QIACT?", ("+QIACT",)),
    _active("+QIACT"),
    Command("AT+QIDEACT={context}"),
)
_SGACT = Stack(
    (Command("AT#SGACT={context},1", ("#SGACT",)),),
    Command("AT#SGACT?", ("#SGACT",)),
    _active("#SGACT"),
    Command("AT#SGACT={context},0"),
)
_CIICR = Stack(
    # a stack that another program has left half open opens only after it was closed
    (
        Command("AT+CIPSHUT", ("SHUT OK",)),
        Command('AT+CSTT="{apn}"'),
        Command("AT+CIICR"),
        Command("AT+CIFSR", bare=True),
    ),
    Command("AT+CIFSR", bare=True),
    _has_address,
    Command("AT+CIPSHUT", ("SHUT OK",)),
)
_CNACT = Stack(
    (Command("AT+CNACT=0,1"),),
    Command("AT+CNACT?", ("+CNACT",)),
    _context_of_programs,
    Command("AT+CNACT=0,0"),
    settles=True,
)
_MIPCALL = Stack(
    (Command('AT+MIPCALL=1,"{apn}"', ("+MIPCALL",)),),
    Command("AT+MIPCALL?", ("+MIPCALL",)),
    _first_is_one("+MIPCALL"),
    Command("AT+MIPCALL=0", ("+MIPCALL",)),
    settles=True,
)
_XIIC = Stack(
    (Command("AT+XIIC=1"),),
    Command("AT+XIIC?", ("+XIIC",)),
    _first_is_one("+XIIC"),
    Command("AT+XIIC=0"),
    settles=True,
)
_IPINIT = Stack(
    (Command('AT^IPINIT="{apn}"'),),
    Command("AT^IPINIT?", ("^IPINIT",)),
    _first_is_one("^IPINIT"),
    Command("AT^IPCLOSE=7"),
)

QUECTEL = Ping('AT+QPING={context},"{host}",4,3', ("+QPING",), _qping, _QIACT, late=True, unresolved=(565,))
#: the modules for NB-IoT have their stack open as long as they are attached
QUECTEL_BC26 = Ping('AT+QPING={context},"{host}",10,3', ("+QPING",), _qping, late=True, unresolved=(565,))
QUECTEL_BC95 = Ping("AT+NPING={host}", ("+NPING", "+NPINGERR"), _nping, late=True, repeats=PINGS, numeric=True)
SIMCOM = Ping('AT+CPING="{host}",1,3', ("+CPING",), _cping, late=True)
SIM800 = Ping('AT+CIPPING="{host}",3', ("+CIPPING",), _four_values("+CIPPING"), _CIICR)
SIM800_CONNECT = Ping(
    'AT+CIPSTART="TCP","{host}",{port}',
    ("CONNECT OK", "CONNECT FAIL", "STATE"),
    _connected,
    _CIICR,
    late=True,
    close=Command("AT+CIPCLOSE", ("CLOSE OK",)),
)
#: SIM7020 has its stack open as long as it is attached; the time-out is told in tenths of a second
SIM7020 = Ping('AT+CIPPING="{host}",3,32,80', ("+CIPPING",), _late_four_values, late=True)
SIM7080 = Ping(f'AT+SNPING4="{{host}}",3,32,{_SNPING_MS}', ("+SNPING4",), _snping, _CNACT)
SIM7080_CONNECT = Ping(
    'AT+CAOPEN=0,0,"TCP","{host}",{port}',
    ("+CAOPEN",),
    _caopen,
    _CNACT,
    late=True,
    unresolved=(20,),
    close=Command("AT+CACLOSE=0"),
)
UBLOX = Ping('AT+UPING="{host}",3', ("+UUPING", "+UUPINGER"), _uping, late=True)
TELIT = Ping('AT#PING="{host}",3', ("#PING",), _four_values("#PING"), _SGACT)
FIBOCOM = Ping('AT+MPING=1,"{host}",3', ("+MPING", "+MPINGSTAT"), _mping, _MIPCALL, late=True)
NEOWAY = Ping("AT+PING={host},50,36,3", ("Reply from",), _reply_from, _XIIC, late=True)
HUAWEI_CONNECT = Ping(
    'AT^IPOPEN=1,"TCP","{host}",{port}',
    (),
    _opened,
    _IPINIT,
    numeric=True,
    close=Command("AT^IPCLOSE=1"),
)
