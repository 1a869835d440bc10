"""What makers added to the standard: commands for the card's number and tries left, for the level, for a ping.

Sources: the makers' AT command manuals, ModemManager's plug-ins, and answers published by users (README.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from drivers.modem.pure.answers import Signal
from drivers.modem.pure.at import Command, fields, number, unquoted
from drivers.modem.pure.seen import Seen

T = TypeVar("T")

PINGS = 3  # that each command asks for


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One command, and how its answer is read. `read` raises ValueError where the lines are no such answer."""

    command: Command
    read: Callable[[Sequence[str]], T]


@dataclass(frozen=True, slots=True)
class PingResult:
    """What became of the pings: how many were answered, or the maker's error number."""

    received: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Ping:
    """A maker's command that pings a host.

    `ask` is formatted with the context's number and the host. `head`, `error`: the heads of its results. `late`: the
    results come after the OK, so that they are listened for. `unresolved`: error numbers which say that the host's name
    was not found. `read`: None while more results come, else what became of
    the pings. `begin`, `end`: commands that make and drop the data connection of the module's own protocol stack, where
    that needs a connection; `begun` asks for the connection.
    """

    ask: str
    head: str
    read: Callable[[Sequence[str]], PingResult | None]
    error: str = ""
    begin: str = ""
    begun: str = ""
    end: str = ""
    late: bool = False
    unresolved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """One maker's modules. None: the makers' manuals name no such command.

    `pattern`: of what maker or model say. `gap`: seconds between a result and the next command. `iccid`: asks for
    the card's number. `tries`: how often a wrong PIN may still be entered. `level`: None where there is no signal.
    `card`: the switch of the card's holder. `slot`: what has the module look for its card in another slot than
    the first; an empty text: nothing. `line`: volts between tip and ring of a telephone line.
    """

    pattern: str
    iccid: Command | None = None
    tries: Question[int] | None = None
    level: Question[Signal | None] | None = None
    ping: Ping | None = None
    card: Command | None = None
    slot: Question[Seen | None] | None = None
    line: Question[float] | None = None
    gap: float = 0.0


Name = Literal[
    "standard",
    "quectel",
    "simcom",
    "ublox",
    "telit",
    "huawei",
    "fibocom",
    "neoway",
    "meig",
    "zte",
    "sierra",
    "cinterion",
    "conexant",
    "silabs",
]


def _value(lines: Sequence[str], head: str, place: int, begin: str = "") -> int:
    for line in lines:
        values = fields(line, head)
        if (not begin or unquoted(values[0]).upper() == begin) and len(values) > place:
            return number(unquoted(values[place]))
    raise ValueError(f"no answer to {head}")


#: PIN tries left by the standard (clause 8.65), and by the card itself: VERIFY with no PIN only reads the counter
#: (TS 102 221 clause 11.1.9: 63 Cx, x tries; 69 83: none)
STANDARD_TRIES = Question(Command("AT+CPINR", ("+CPINR",)), lambda lines: _value(lines, "+CPINR", 1, "SIM PIN"))


def _verify(lines: Sequence[str]) -> int:
    for line in lines:
        values = fields(line, "+CSIM")
        word = unquoted(values[1]).upper() if len(values) == 2 else ""
        if re.fullmatch(r"63C[0-9A-F]", word):
            return int(word[3], 16)
        if word == "6983":
            return 0
    raise ValueError("no answer to +CSIM")


CARD_TRIES = Question(Command('AT+CSIM=10,"0020000100"', ("+CSIM",)), _verify)


_QCSQ = dict.fromkeys(("LTE", "CAT-M1", "CAT-NB1", "EMTC", "NBIOT"), ("RSRP", 1))
_QCSQ |= {"WCDMA": ("RSCP", 1), "TDSCDMA": ("RSCP", 1), "GSM": ("RSSI", 0)}


def _qcsq(lines: Sequence[str]) -> Signal | None:
    """Read Quectel's level: technology, then levels in dBm; some firmware leaves the sign of the RSSI out."""
    for line in lines:
        kind, *values = (unquoted(value) for value in fields(line, "+QCSQ"))
        if kind.upper() == "NOSERVICE":
            return None
        quantity, place = _QCSQ.get(kind.upper(), ("", 0))
        if quantity and len(values) > place and re.fullmatch(r"-?[1-9]\d{0,2}", values[place]):
            return Signal(quantity, -abs(int(values[place])))
    raise ValueError("no answer to +QCSQ")


def _hcsq(lines: Sequence[str]) -> Signal | None:
    """Read Huawei's level: technology, then coded levels."""
    for line in lines:
        kind, *values = (unquoted(value) for value in fields(line, "^HCSQ"))
        coded = [number(value) for value in values]
        if kind.upper() == "NOSERVICE":
            return None
        if kind.upper() == "LTE" and len(coded) > 1 and coded[1] <= 97:
            return Signal("RSRP", coded[1] - 141)
        if kind.upper() == "WCDMA" and len(coded) > 1 and coded[1] <= 96:
            return Signal("RSCP", coded[1] - 121)
        if kind.upper() == "GSM" and coded and coded[0] <= 96:
            return Signal("RSSI", coded[0] - 121)
    raise ValueError("no answer to ^HCSQ")


def _cpsi(lines: Sequence[str]) -> Signal | None:
    """Read SIMCom's level: RSRP in tenths of dBm, the twelfth value with LTE."""
    for line in lines:
        values = fields(line, "+CPSI")
        if values[0].upper() == "NO SERVICE":
            return None
        if values[0].upper().startswith("LTE") and len(values) > 12 and re.fullmatch(r"-\d{3,4}", values[11]):
            return Signal("RSRP", int(values[11]) / 10)
    raise ValueError("no answer to +CPSI")


def _qping(lines: Sequence[str]) -> PingResult | None:
    """Read a line for each answer, and a last line that sums up: 0,sent,received,lost,…

    An error number stands alone: 565 DNS, 569 time-out.
    """
    for line in lines:
        values = fields(line, "+QPING")
        if len(values) >= 7 and values[0] == "0" and '"' not in line:
            return PingResult(number(values[2]))
        if len(values) == 1 and values[0] not in ("0", "569"):
            return PingResult(error=number(values[0]))
    return None


def _cping(lines: Sequence[str]) -> PingResult | None:
    """Read a line for each ping: 1 is an answer, 2 a time-out, 3 sums up: 3,sent,received,…"""
    for line in lines:
        values = fields(line, "+CPING")
        if values[0] == "3" and len(values) > 2:
            return PingResult(number(values[2]))
    return None


def _telit_ping(lines: Sequence[str]) -> PingResult | None:
    """Read a line for each ping, then OK: number, address, time, time to live; 600,255 is a time-out."""
    answered = [values for line in lines if len(values := fields(line, "#PING")) == 4]
    return PingResult(sum(values[2:] != ["600", "255"] for values in answered)) if answered else None


def _uping(lines: Sequence[str]) -> PingResult | None:
    """Read +UUPING: number, size, host, address, time to live, time; +UUPINGER: an error."""
    found = [line for line in lines if re.match(r"\+UUPING:", line, re.IGNORECASE)]
    for line in lines:
        if re.match(r"\+UUPINGER", line, re.IGNORECASE):
            return PingResult(error=number(fields(line, "+UUPINGER")[0]))
    return PingResult(len(found)) if len(found) >= PINGS else None


def _trv(lines: Sequence[str]) -> float:
    """Read Conexant's -TRV: volts as a decimal number; 1.4 V is no line (the drop of two diodes)."""
    for line in lines:
        if found := re.fullmatch(r"(?:-TRV: ?)?(\d{1,3}(?:\.\d{1,2})?)", line):
            return float(found[1])
    raise ValueError("no answer to -TRV")


def _u6c(lines: Sequence[str]) -> float:
    """Read register U6C of Silicon Labs' Si24xx: its high byte is the voltage with its sign, 1 V a bit (AN93)."""
    for line in lines:
        if re.fullmatch(r"[0-9A-Fa-f]{4}", line):
            value = int(line[:2], 16)
            return float(abs(value - 256 if value > 127 else value))
    raise ValueError("no answer to :R6C")


def _slot(head: str, first: str) -> Question[Seen | None]:
    """Return the question for the slot in use: the first value behind the head, `first` for the first slot."""

    def read(lines: Sequence[str]) -> Seen | None:
        for line in lines:
            value = unquoted(fields(line, head)[0])
            if re.fullmatch(r"\d", value):
                told = {"told": f"{head}: {value}", "command": f"AT{head}={first}"}
                return None if value == first else Seen("another_slot", told)
        raise ValueError(f"no answer to {head}")

    return Question(Command(f"AT{head}?", (head,)), read)


FAMILIES: dict[Name, Family] = {
    "standard": Family("", iccid=Command("AT+CCID", ("+CCID", "+ICCID"), bare=True)),
    "quectel": Family(
        "quectel",
        iccid=Command("AT+QCCID", ("+QCCID",)),
        tries=Question(Command("AT+QPINC?", ("+QPINC",)), lambda lines: _value(lines, "+QPINC", 1, "SC")),
        level=Question(Command("AT+QCSQ", ("+QCSQ",)), _qcsq),
        card=Command("AT+QSIMSTAT?", ("+QSIMSTAT",)),
        slot=_slot("+QUIMSLOT", "1"),  # EC2x, EG2x; +QDSIM of EC20 and EC600 counts from 0
        ping=Ping(
            'AT+QPING={0},"{1}",4,3',
            "+QPING",
            _qping,
            begin="AT+QIACT={0}",
            begun="AT+QIACT?",
            end="AT+QIDEACT={0}",
            late=True,
            unresolved=(565,),
        ),
    ),
    "simcom": Family(
        r"simcom|sim\d{3}|a76\d\d",
        iccid=Command("AT+CICCID", ("+ICCID", "+CICCID")),
        tries=Question(Command("AT+SPIC", ("+SPIC",)), lambda lines: _value(lines, "+SPIC", 0)),
        level=Question(Command("AT+CPSI?", ("+CPSI",)), _cpsi),
        card=Command("AT+CSMINS?", ("+CSMINS",)),
        ping=Ping('AT+CPING="{1}",1,3', "+CPING", _cping, late=True),
    ),
    "ublox": Family(
        r"u-?blox|sara|lara|toby|lisa",
        iccid=Command("AT+CCID", ("+CCID",)),
        tries=Question(Command("AT+UPINCNT", ("+UPINCNT",)), lambda lines: _value(lines, "+UPINCNT", 0)),
        ping=Ping('AT+UPING="{1}",3', "+UUPING", _uping, "+UUPINGER", late=True),
    ),
    "telit": Family(
        "telit",
        iccid=Command("AT#CCID", ("#CCID",)),
        card=Command("AT#QSS?", ("#QSS",)),
        slot=_slot("#SIMSELECT", "1"),
        ping=Ping(
            'AT#PING="{1}",3',
            "#PING",
            _telit_ping,
            begin="AT#SGACT={0},1",
            begun="AT#SGACT?",
            end="AT#SGACT={0},0",
        ),
        gap=0.02,  # the manual asks for it
    ),
    "huawei": Family(
        "huawei",
        iccid=Command("AT^ICCID?", ("^ICCID",)),
        tries=Question(Command("AT^CPIN?", ("^CPIN",)), lambda lines: _value(lines, "^CPIN", 3)),
        level=Question(Command("AT^HCSQ?", ("^HCSQ",)), _hcsq),
    ),
    "fibocom": Family(
        "fibocom",
        iccid=Command("AT+CCID", ("+CCID", "+ICCID")),
        tries=Question(Command("AT+TPIN?", ("+TPIN",)), lambda lines: _value(lines, "+TPIN", 0)),
    ),
    "neoway": Family("neoway", iccid=Command("AT+CCID", ("+CCID", "+ICCID"), bare=True), slot=_slot("+SIMCROSS", "1")),
    "meig": Family("meig|slm|srm", iccid=Command("AT+ICCID", ("+ICCID", "ICCID"), bare=True)),
    "zte": Family("zte", iccid=Command("AT+ZICCID?", ("+ZICCID",))),
    "sierra": Family(
        "sierra",
        iccid=Command("AT!ICCID?", ("!ICCID",)),
        tries=Question(Command("AT+CPINC?", ("+CPINC",)), lambda lines: _value(lines, "+CPINC", 0)),
    ),
    "cinterion": Family(
        "cinterion|gemalto|thales",
        iccid=Command("AT^SCID", ("^SCID",)),
        tries=Question(Command('AT^SPIC="SC"', ("^SPIC",)), lambda lines: _value(lines, "^SPIC", 0)),
    ),
    "conexant": Family(r"conexant|cx\d{5}|acf\d|-v9\d", line=Question(Command("AT-TRV", bare=True), _trv)),
    "silabs": Family(r"silicon lab|si24\d\d", line=Question(Command("AT:R6C", bare=True), _u6c)),
}


def recognised(*words: str) -> Name:
    """Return the family of a module by what the module says of itself; the standard where no maker is known."""
    text = " ".join(words).lower()
    return next(
        (name for name, family in FAMILIES.items() if family.pattern and re.search(family.pattern, text)), "standard"
    )


def card_present(lines: Sequence[str]) -> bool | None:
    """Read the switch of the card's holder; None where the switch does not tell.

    +QSIMSTAT: report,inserted; +CSMINS: report,inserted; #QSS: report,state.
    """
    for line in lines:
        head = next((head for head in ("+QSIMSTAT", "+CSMINS", "#QSS") if line.upper().startswith(head)), "+CSMINS")
        values = fields(line, head)
        if len(values) == 2 and values[1] in ("0", "1", "2", "3"):
            return None if line.upper().startswith("+QSIMSTAT") and values[1] == "2" else values[1] != "0"
    return None
