"""What makers added to the standard: commands for the card's number and tries left, for the level, for a ping.

Sources: the makers' AT command manuals, ModemManager's plug-ins, and answers published by users (README.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from drivers.modem.pure import pings
from drivers.modem.pure.answers import Signal
from drivers.modem.pure.at import Command, fields, number, unquoted
from drivers.modem.pure.pings import Ping
from drivers.modem.pure.seen import Seen

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One command, and how its answer is read. `read` raises ValueError where the lines are no such answer."""

    command: Command
    read: Callable[[Sequence[str]], T]


@dataclass(frozen=True, slots=True)
class Guard:
    """What keeps a modem from breaking into a call of others.

    `command` tells the bits, of which the lowest is the detection of a line in use; `set` sets the bits.
    """

    command: Command
    read: Callable[[Sequence[str]], int]
    set: str


@dataclass(frozen=True, slots=True)
class Family:
    """One maker's modules. None: the makers' manuals name no such command.

    `pattern`: of what maker or model say. `gap`: seconds between a result and the next command. `iccid`: asks for
    the card's number. `tries`: how often a wrong PIN may still be entered. `level`: None where there is no signal.
    `card`: the switch of the card's holder; `detection`: whether the module goes by the switch. `slot`: what has the
    module look for its card in another slot than the first; an empty text: nothing. `pings`: the ways to a host, the
    best first. `line`: volts between tip and ring of a telephone line. `guard`: the detection of a line in use.
    """

    pattern: str
    iccid: Command | None = None
    tries: Question[int] | None = None
    level: Question[Signal | None] | None = None
    pings: tuple[Ping, ...] = ()
    card: Command | None = None
    detection: Question[Seen | None] | None = None
    slot: Question[Seen | None] | None = None
    line: Question[float] | None = None
    guard: Guard | None = None
    gap: float = 0.0


Name = Literal[
    "standard",
    "quectel-bc95",
    "quectel-bc26",
    "quectel",
    "simcom-sim800",
    "simcom-sim7000",
    "simcom-sim7020",
    "simcom-sim7080",
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
    "nordic",
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


_LEAST_RSSI = -113  # dBm; no GSM receiver hears less (+CSQ: 0)
_QCSQ = dict.fromkeys(("LTE", "CAT-M1", "CAT-NB1", "EMTC", "NBIOT"), ("RSRP", 1))
_QCSQ |= {"WCDMA": ("RSCP", 1), "TDSCDMA": ("RSCP", 1), "GSM": ("RSSI", 0), "NR5G": ("SS-RSRP", 0)}


def _qcsq(lines: Sequence[str]) -> Signal | None:
    """Read Quectel's level: technology, then levels in dBm; some firmware leaves the sign of the RSSI out."""
    for line in lines:
        kind, *values = (unquoted(value) for value in fields(line, "+QCSQ"))
        if kind.upper() == "NOSERVICE":
            return None
        quantity, place = _QCSQ.get(kind.upper(), ("", 0))
        if quantity and len(values) > place and re.fullmatch(r"-?[1-9]\d{1,2}", values[place]):
            dbm = -abs(int(values[place]))
            if quantity == "RSSI" and dbm < _LEAST_RSSI:
                break
            return Signal(quantity, dbm)
    raise ValueError("no answer to +QCSQ")


def _hcsq(lines: Sequence[str]) -> Signal | None:
    """Read Huawei's level: technology, then coded levels; NR as users of MT5700M compared it with ^MONSC."""
    for line in lines:
        kind, *values = (unquoted(value) for value in fields(line, "^HCSQ"))
        coded = [number(value) for value in values]
        if kind.upper() == "NOSERVICE" or (coded and set(coded) == {255}):
            return None
        if kind.upper() == "NR" and coded and coded[0] <= 97:
            return Signal("SS-RSRP", coded[0] - 141)
        if kind.upper() == "LTE" and len(coded) > 1 and coded[1] <= 97:
            return Signal("RSRP", coded[1] - 141)
        if kind.upper() == "WCDMA" and len(coded) > 1 and coded[1] <= 96:
            return Signal("RSCP", coded[1] - 121)
        if kind.upper() == "GSM" and coded and coded[0] <= 96:
            return Signal("RSSI", coded[0] - 121)
    raise ValueError("no answer to ^HCSQ")


# SIMCom's technology -> what is measured, the place of the value, and how many parts make 1 dBm
_CPSI = {
    "GSM": ("RSSI", 6, 1), "WCDMA": ("RSCP", 10, 1), "LTE": ("RSRP", 11, 10), "LTE CAT-M1": ("RSRP", 11, 1),
    "LTE NB-IOT": ("RSRP", 11, 1), "NR5G_SA": ("SS-RSRP", 8, 10), "NR5G_NSA": ("SS-RSRP", 4, 10),
}  # fmt: skip


def _cpsi(lines: Sequence[str]) -> Signal | None:
    """Read SIMCom's level, which stands at another place for each technology; the RSCP is told without its sign."""
    for line in lines:
        kind, *values = fields(line, "+CPSI")
        if kind.upper() == "NO SERVICE":
            return None
        quantity, place, parts = _CPSI.get(kind.upper(), ("", 0, 1))
        if quantity and len(values) > place and re.fullmatch(r"-?\d{2,4}", values[place - 1]):
            dbm = -abs(int(values[place - 1])) / parts
            if -157 <= dbm <= -31:  # TS 36.133 clause 9.1.4, and what stands nearer to a mast
                return Signal(quantity, dbm)
    raise ValueError("no answer to +CPSI")


def _trv(lines: Sequence[str]) -> float:
    """Read Conexant's -TRV: volts as a decimal number; 1.4 V is no line (the drop of two diodes)."""
    for line in lines:
        if found := re.fullmatch(r"(?:-TRV: ?)?(\d{1,3}(?:\.\d{1,2})?)", line):
            return float(found[1])
    raise ValueError("no answer to -TRV")


def _ste(lines: Sequence[str]) -> int:
    """Read Conexant's -STE (100722B clause 3.2.3.19): bit 0 line in use, 1 extension pickup, 2 remote hangup."""
    for line in lines:
        if found := re.fullmatch(r"-STE ?: ?([0-7])", line, re.IGNORECASE):
            return int(found[1])
    raise ValueError("no answer to -STE")


def _u6c(lines: Sequence[str]) -> float:
    """Read register U6C of Silicon Labs' Si24xx: its high byte is the voltage with its sign, 1 V a bit (AN93)."""
    for line in lines:
        if re.fullmatch(r"[0-9A-Fa-f]{4}", line):
            value = int(line[:2], 16)
            return float(abs(value - 256 if value > 127 else value))
    raise ValueError("no answer to :R6C")


def _slot(head: str, first: str, automatic: str = "") -> Question[Seen | None]:
    """Return the question for the slot in use: the first value behind the head, `first` for the first slot.

    `automatic`: the module looks in each slot.
    """

    def read(lines: Sequence[str]) -> Seen | None:
        for line in lines:
            value = unquoted(fields(line, head)[0])
            if re.fullmatch(r"\d", value):
                told = {"told": f"{head}: {value}", "command": f"AT{head}={first}"}
                return None if value in (first, automatic) else Seen("another_slot", told)
        raise ValueError(f"no answer to {head}")

    return Question(Command(f"AT{head}?", (head,)), read)


def _qsimdet(lines: Sequence[str]) -> Seen | None:
    """Read Quectel's detection: enabled, and the level of the pin while a card is in (0 low, 1 high).

    A level that is not the board's makes the module blind for a card that is in. Quectel's manual: AT+QSIMDET.
    """
    for line in lines:
        values = fields(line, "+QSIMDET")
        if len(values) == 2 and values[0] in ("0", "1"):
            level = Seen({"0": "low", "1": "high"}.get(values[1], "low"))
            return Seen("goes_by_switch", {"told": line, "level": level}) if values[0] == "1" else None
    raise ValueError("no answer to +QSIMDET")


#: SIMCom's modules of several families
_SPIC = Question(Command("AT+SPIC", ("+SPIC",)), lambda lines: _value(lines, "+SPIC", 0))
_CPSI_LEVEL = Question(Command("AT+CPSI?", ("+CPSI",)), _cpsi)
FAMILIES: dict[Name, Family] = {
    "standard": Family("", iccid=Command("AT+CCID", ("+CCID", "+ICCID"), bare=True)),
    "quectel-bc95": Family(  # HiSilicon's chips for NB-IoT: BC95, BC28, BC35
        r"(?<![a-z])bc(95|28|35|39)",
        iccid=Command("AT+NCCID", ("+NCCID",)),
        pings=(pings.QUECTEL_BC95,),
    ),
    "quectel-bc26": Family(  # MediaTek's and others' chips for NB-IoT
        r"(?<![a-z])bc(20|25|26|65|66|92)",
        iccid=Command("AT+QCCID", ("+QCCID",)),
        card=Command("AT+QSIMSTAT?", ("+QSIMSTAT",)),
        pings=(pings.QUECTEL_BC26,),
    ),
    "quectel": Family(
        "quectel",
        iccid=Command("AT+QCCID", ("+QCCID",)),
        tries=Question(Command("AT+QPINC?", ("+QPINC",)), lambda lines: _value(lines, "+QPINC", 1, "SC")),
        level=Question(Command("AT+QCSQ", ("+QCSQ",)), _qcsq),
        card=Command("AT+QSIMSTAT?", ("+QSIMSTAT",)),
        detection=Question(Command("AT+QSIMDET?", ("+QSIMDET",)), _qsimdet),
        slot=_slot("+QUIMSLOT", "1"),  # EC2x, EG2x; +QDSIM of EC20 and EC600 counts from 0
        pings=(pings.QUECTEL,),
    ),
    "simcom-sim800": Family(
        r"sim[89]\d\d(?!\d)",
        iccid=Command("AT+CCID", ("+CCID",), bare=True),
        tries=_SPIC,
        card=Command("AT+CSMINS?", ("+CSMINS",)),
        pings=(pings.SIM800, pings.SIM800_CONNECT),
    ),
    "simcom-sim7000": Family(
        "sim7000",
        iccid=Command("AT+CCID", ("+CCID",), bare=True),
        tries=_SPIC,
        level=_CPSI_LEVEL,
        pings=(pings.SIM800, pings.SIM800_CONNECT),
    ),
    "simcom-sim7020": Family(  # MediaTek's chip for NB-IoT
        "sim7020",
        iccid=Command("AT+CCID", ("+CCID",), bare=True),
        pings=(pings.SIM7020,),
    ),
    "simcom-sim7080": Family(
        r"sim70[789]0",
        iccid=Command("AT+CCID", ("+CCID",), bare=True),
        tries=_SPIC,
        level=_CPSI_LEVEL,
        pings=(pings.SIM7080, pings.SIM7080_CONNECT),
    ),
    "simcom": Family(
        r"simcom|sim\d{3}|a76\d\d",
        iccid=Command("AT+CICCID", ("+ICCID", "+CICCID")),
        tries=_SPIC,
        level=_CPSI_LEVEL,
        card=Command("AT+CSMINS?", ("+CSMINS",)),
        pings=(pings.SIMCOM,),
    ),
    "ublox": Family(
        r"u-?blox|sara|lara|toby|lisa",
        iccid=Command("AT+CCID", ("+CCID",)),
        tries=Question(Command("AT+UPINCNT", ("+UPINCNT",)), lambda lines: _value(lines, "+UPINCNT", 0)),
        pings=(pings.UBLOX,),
    ),
    "telit": Family(
        "telit",
        iccid=Command("AT#CCID", ("#CCID",)),
        card=Command("AT#QSS?", ("#QSS",)),
        slot=_slot("#SIMSELECT", "1"),
        pings=(pings.TELIT,),
        gap=0.02,  # the manual asks for it
    ),
    "huawei": Family(
        "huawei",
        iccid=Command("AT^ICCID?", ("^ICCID",)),
        tries=Question(Command("AT^CPIN?", ("^CPIN",)), lambda lines: _value(lines, "^CPIN", 3)),
        level=Question(Command("AT^HCSQ?", ("^HCSQ",)), _hcsq),
        pings=(pings.HUAWEI_CONNECT,),
    ),
    "fibocom": Family(
        "fibocom",
        iccid=Command("AT+CCID", ("+CCID", "+ICCID")),
        tries=Question(Command("AT+TPIN?", ("+TPIN",)), lambda lines: _value(lines, "+TPIN", 0)),
        slot=_slot("+GTDUALSIM", "0"),
        pings=(pings.FIBOCOM,),
    ),
    "neoway": Family(
        "neoway",
        iccid=Command("AT+CCID", ("+CCID", "+ICCID"), bare=True),
        slot=_slot("+SIMCROSS", "1"),
        pings=(pings.NEOWAY,),
    ),
    "meig": Family("meig|slm|srm", iccid=Command("AT+ICCID", ("+ICCID", "ICCID"), bare=True)),
    "zte": Family("zte|gosuncn", iccid=Command("AT+ZICCID?", ("+ZICCID",))),
    "sierra": Family(
        "sierra",
        iccid=Command("AT!ICCID?", ("!ICCID",)),
        tries=Question(Command("AT+CPINC?", ("+CPINC",)), lambda lines: _value(lines, "+CPINC", 0)),
        slot=_slot("!UIMS", "0", automatic="3"),
    ),
    "cinterion": Family(
        "cinterion|gemalto|thales",
        iccid=Command("AT^SCID", ("^SCID",)),
        tries=Question(Command('AT^SPIC="SC"', ("^SPIC",)), lambda lines: _value(lines, "^SPIC", 0)),
    ),
    "nordic": Family(r"nordic|nrf9\d", iccid=Command("AT%XICCID", ("%XICCID",))),
    "conexant": Family(
        r"conexant|cx\d{5}|acf\d|-v9\d",
        line=Question(Command("AT-TRV", bare=True), _trv),
        guard=Guard(Command("AT-STE?", bare=True), _ste, "AT-STE={}"),
    ),
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
