"""What the lines of standard commands say: 3GPP TS 27.007 and 27.005. Each reader raises ValueError for other lines.

A reader states no more than the line holds: a value that is missing, or is the standard's "not known", is None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.modem.pure import shapes
from drivers.modem.pure.at import fields, number, unquoted
from drivers.modem.pure.seen import Seen

# TS 27.007 clause 7.2 <stat>
_STATES = {
    0: "off", 1: "home", 2: "searching", 3: "denied", 4: "unknown", 5: "roaming", 6: "home-sms", 7: "roaming-sms",
    8: "emergency", 9: "home", 10: "roaming", 11: "emergency",
    90: "card-failed",  # Nordic nRF91
}  # fmt: skip
# TS 27.007 clause 7.2 <AcT>
_ACCESS = {
    0: "GSM", 1: "GSM", 2: "UMTS", 3: "EDGE", 4: "HSPA", 5: "HSPA", 6: "HSPA", 7: "LTE", 8: "EC-GSM-IoT", 9: "NB-IoT",
    10: "LTE (5GC)", 11: "NR", 12: "NG-RAN", 13: "LTE+NR",
}  # fmt: skip
#: TS 24.008 annex G and TS 24.301 annex A: why a network refused
CAUSES = {
    2: "IMSI unknown in HLR", 3: "illegal MS", 5: "IMEI not accepted", 6: "illegal ME", 7: "packet service not allowed",
    8: "no service allowed", 11: "network not allowed", 12: "area not allowed", 13: "roaming not allowed in this area",
    14: "packet service not allowed in this network", 15: "no suitable cells", 17: "network failure", 22: "congestion",
}  # fmt: skip


_BANDS = {"RSSI": (-73, -83, -93), "RSCP": (-75, -85, -95), "RSRP": (-80, -90, -100), "SS-RSRP": (-80, -90, -100)}


class Sim(StrEnum):
    """State of the SIM card as the module tells it, TS 27.007 clauses 8.3 and 9.2."""

    READY = "ready"
    ABSENT = "absent"
    PIN = "pin"
    PUK = "puk"
    LOCKED = "locked"  # to another device, network or provider (PH-…)
    FAILED = "failed"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Registration:
    """State in one domain. `access`: the technology, empty where not told. `cause`: of a refusal, 0 where not told."""

    state: str
    access: str = ""
    cause: int = 0

    @property
    def good(self) -> bool:
        """Whether the module is registered, for more than emergency calls."""
        return self.state in ("home", "roaming", "home-sms", "roaming-sms")

    @property
    def refused(self) -> bool:
        """Tell whether a network has refused the module; one that searches on may tell why it was refused last."""
        return self.state == "denied" or (self.cause != 0 and not self.good)

    @property
    def messages_only(self) -> bool:
        """Whether the registration carries short messages only, and no data."""
        return self.state in ("home-sms", "roaming-sms")

    @property
    def seen(self) -> Seen:
        """The state with its technology and the reason of a denial."""
        state = Seen(self.state)
        if self.access:
            state = Seen("state_with", {"state": state, "access": self.access})
        return Seen("state_because", {"state": state, "why": cause(self.cause)}) if self.cause else state

    def __str__(self) -> str:
        why = f": {CAUSES.get(self.cause, f'cause {self.cause}')}" if self.cause else ""
        return f"{self.state}{f' ({self.access})' if self.access else ''}{why}"


def cause(number: int) -> Seen:
    """Return why a network refused, by the number that the network gave."""
    known = CAUSES.get(number)
    return Seen(known) if known else Seen("cause_number", {"number": number})


@dataclass(frozen=True, slots=True)
class Signal:
    """A level in dBm. `quantity`: RSSI, RSCP (UMTS), RSRP (LTE) or SS-RSRP (NR)."""

    quantity: str
    dbm: float

    @property
    def quality(self) -> str:
        """The level in a word: excellent, good, fair or poor.

        The limits of the RSSI are 20, 15 and 10 of +CSQ; those of the others are the usual limits.
        """
        bands = zip(_BANDS[self.quantity], ("excellent", "good", "fair"), strict=True)
        return next((word for least, word in bands if self.dbm >= least), "poor")

    def __str__(self) -> str:
        return f"{self.quantity} {self.dbm:g} dBm"


@dataclass(frozen=True, slots=True)
class Context:
    """A packet data context of +CGDCONT."""

    number: int
    kind: str
    apn: str


def registration(lines: Sequence[str], head: str) -> Registration:
    """Read the answer to +CREG?, +CGREG?, +CEREG? or +C5GREG? (clauses 7.2, 10.1.20, 10.1.22, 10.1.47).

    The answer is `<n>,<stat>[,…]`; a report that comes unasked begins with `<stat>`, and may come beside the answer.
    """
    for line in reversed(lines):
        values = fields(line, head)
        if len(values) > 1 and re.fullmatch(r"0{0,2}[0-5]", values[0]) and (state := _state(values[1])):
            found = Registration(state, _access(values))
            return found if found.good else replace(found, cause=_cause(values, head))
    raise ValueError(f"no answer to {head}?")


def _state(value: str) -> str:
    return _STATES.get(int(value), "") if re.fullmatch(r"\d{1,4}", value) else ""


def _access(values: list[str]) -> str:
    # <n>,<stat>,<lac>,<ci>,<AcT>; release 8 put <rac> before <ci>, which is the longer one then
    at = 5 if len(values) > 5 and len(unquoted(values[4])) > 2 else 4
    value = values[at] if len(values) > at else ""
    return _ACCESS.get(int(value), "") if re.fullmatch(r"\d{1,2}", value) else ""


def _cause(values: list[str], head: str) -> int:
    # behind <AcT>, with <rac> before it in the packet domain, and two fields about slices in 5G
    at = {"+CGREG": 6, "+C5GREG": 7}.get(head, 5)
    kind, cause = [*values[at : at + 2], "", ""][:2]
    if kind == "0" and re.fullmatch(r"\d{1,3}", cause) and int(values[0]) in (3, 5):
        return int(cause)
    return 0


def report_level(lines: Sequence[str], head: str) -> int:
    """Read the `<n>` of the same answer: which reports are switched on."""
    registration(lines, head)
    return next(int(values[0]) for line in reversed(lines) if len(values := fields(line, head)) > 1)


def quality(lines: Sequence[str]) -> Signal | None:
    """Read +CSQ (clause 8.5); None where the level is not known. Values from 100 on are TD-SCDMA's (Quectel EC25)."""
    for line in reversed(lines):
        values = fields(line, "+CSQ")
        if len(values) == 2 and (values[1] == "" or number(values[1]) <= 255):  # no error rate is more
            level = number(values[0])
            if level <= 31:
                return Signal("RSSI", 2 * level - 113)
            if 100 <= level <= 191:
                return Signal("RSCP", level - 216)
            if level in (99, 199):
                return None
    raise ValueError("no answer to +CSQ")


def extended_quality(lines: Sequence[str]) -> Signal | None:
    """Read +CESQ (clause 8.69): the level of the technology in use; some modules answer with the head +CSQ."""
    for line in reversed(lines):
        values = fields(line, "+CSQ" if line.upper().startswith("+CSQ") else "+CESQ")
        if len(values) >= 6:
            rxlev, _, rscp, _, _, rsrp, *fifth = (number(value) for value in values[:9])
            if rsrp <= 97:  # with NR beside it the module is registered by LTE (EN-DC)
                return Signal("RSRP", rsrp - 141)
            if len(fifth) == 3 and fifth[1] <= 126:
                return Signal("SS-RSRP", fifth[1] - 157)
            if rscp <= 96:
                return Signal("RSCP", rscp - 121)
            if rxlev <= 63:
                return Signal("RSSI", rxlev - 111)
            if {rxlev, rscp, rsrp} <= {99, 255}:
                return None
    raise ValueError("no answer to +CESQ")


def sim_state(lines: Sequence[str]) -> Sim:
    """Read +CPIN? (clause 8.3), with or without quotes, and the words that makers added."""
    for line in reversed(lines):
        word = unquoted(fields(line, "+CPIN")[0]).upper()
        if word == "READY":
            return Sim.READY
        if word in ("NOT INSERTED", "SIM NOT INSERTED", "NO SIM", "SIM REMOVED", "SIM DROP", "EMPTY_EUICC"):
            return Sim.ABSENT
        if word in ("SIM FAILURE", "SIM CRASH"):
            return Sim.FAILED
        if word == "NOT READY":
            return Sim.BUSY
        if word in ("SIM PIN", "SIM PIN2"):
            return Sim.PIN if word == "SIM PIN" else Sim.READY
        if word in ("SIM PUK", "SIM PUK2"):
            return Sim.PUK if word == "SIM PUK" else Sim.READY
        if re.fullmatch(r"PH-\w+ (PIN|PUK)", word):
            return Sim.LOCKED
    raise ValueError("no answer to +CPIN?")


_SIM_ERRORS = {
    Sim.ABSENT: ("10", "SIM NOT INSERTED", "CMS 310"),
    Sim.PIN: ("11", "SIM PIN REQUIRED", "CMS 311"),
    Sim.PUK: ("12", "SIM PUK REQUIRED", "CMS 316"),
    Sim.FAILED: ("13", "15", "SIM FAILURE", "SIM WRONG", "CMS 313", "CMS 315"),
    Sim.BUSY: ("14", "515", "SIM BUSY", "CMS 314"),
    Sim.LOCKED: ("5", "6", "7", "40", "41", "42", "43", "44", "45", "46", "47", "CMS 312"),
}


def sim_error(result: str) -> Sim:
    """Return what an error result says of the card; UNKNOWN where the result says nothing of a card (plain ERROR)."""
    found = re.fullmatch(r"\+CM([ES]) ERROR ?: *(.*)", result, re.IGNORECASE)
    if not found:
        return Sim.UNKNOWN
    word = found[2].strip().upper()
    if re.fullmatch(r"(PH-|NETWORK|SERVICE PROVIDER|CORPORATE).* REQUIRED", word):
        return Sim.LOCKED
    key = f"CMS {word}" if found[1].upper() == "S" and word.isdecimal() else word
    return next((state for state, keys in _SIM_ERRORS.items() if key in keys), Sim.UNKNOWN)


def operator(lines: Sequence[str]) -> str:
    """Read the operator's name, or number, from +COPS? (clause 7.3); empty where no operator is selected."""
    shape = r'\+COPS ?: ?\(?\d(?: ?, ?\d ?, ?("[^"]*"|\d{5,6})[^(]*)?(?:\)?,\(.*\))?'
    for line in reversed(lines):
        found = re.fullmatch(shape, line, re.IGNORECASE)
        if found:
            return shapes.operator(_decoded(unquoted(found[1] or "")).strip())
    raise ValueError("no answer to +COPS?")


def _decoded(name: str) -> str:
    """Return a name in plain text; with +CSCS: "UCS2" modules tell names in hexadecimal UTF-16 (27.007 clause 5.5)."""
    if re.fullmatch(r"(00[2-7][0-9A-F]|[4-9][0-9A-F]{3}){2,}", name, re.IGNORECASE):
        return bytes.fromhex(name).decode("utf-16-be")
    return name


def selection(lines: Sequence[str]) -> int:
    """Read the `<mode>` of +COPS?: 0 automatic, 1 by hand, 2 deregistered, 4 by hand and then automatic."""
    for line in reversed(lines):
        found = re.match(r"\+COPS ?: ?\(?([0-4])\b", line, re.IGNORECASE)
        if found:
            return int(found[1])
    raise ValueError("no answer to +COPS?")


@dataclass(frozen=True, slots=True)
class Heard:
    """A network of a scan. `number`: country and network (MCC, MNC).

    `forbidden`: not for this card (TS 27.007 clause 7.3 <stat>: 3; 1 available, 2 current).
    """

    name: str
    number: str
    forbidden: bool


def networks(lines: Sequence[str]) -> list[Heard]:
    """Read +COPS=? (clause 7.3): the networks that a scan has heard; an empty list where none was heard.

    Some modules tell them in several lines, with the head in the first line only, or in each.
    """
    if not any(re.match(r"\+COPS ?:", line, re.IGNORECASE) for line in lines):
        raise ValueError("no answer to +COPS=?")
    found = re.findall(r'\( ?([0-3]) ?, ?"([^"]*)" ?, ?(?:"[^"]*")? ?, ?"?(\d{5,6})', " ".join(lines))
    return [
        Heard(shapes.operator(_decoded(name)).strip() or network, network, state == "3")
        for state, name, network in found
    ]


def attached(lines: Sequence[str]) -> bool:
    """Read +CGATT? (clause 10.1.9): whether packet data are allowed."""
    for line in reversed(lines):
        values = fields(line, "+CGATT")
        if values[0] in ("0", "1"):
            return values[0] == "1"
    raise ValueError("no answer to +CGATT?")


def functionality(lines: Sequence[str]) -> int:
    """Read +CFUN? (clause 8.2): 0 minimum, 1 full, 4 radio off, others by the maker."""
    for line in reversed(lines):
        values = fields(line, "+CFUN")
        if re.fullmatch(r"\d{1,3}", values[0]):
            return int(values[0])
    raise ValueError("no answer to +CFUN?")


def contexts(lines: Sequence[str]) -> list[Context]:
    """Read +CGDCONT? (clause 10.1.1), a line for each context; an empty list where no context is defined."""
    found = []
    for line in lines:
        values = fields(line, "+CGDCONT")
        if len(values) >= 3 and re.fullmatch(r"\d{1,2}", values[0]):
            kind = re.sub(r"[^A-Za-z0-9-]", "", unquoted(values[1]))[:12]
            found.append(Context(number(values[0]), kind, shapes.access_point(unquoted(values[2]))))
    return found


def active(lines: Sequence[str]) -> set[int]:
    """Read the numbers of the active contexts from +CGACT? (clause 10.1.10)."""
    found = set()
    for line in lines:
        values = fields(line, "+CGACT")
        if len(values) == 2 and values[1] == "1":
            found.add(number(values[0]))
    return found


def addresses(lines: Sequence[str]) -> dict[int, str]:
    """Read each context's IP address from +CGPADDR (clause 10.1.14); contexts without an address are left out."""
    found = {}
    for line in lines:
        values = fields(line, "+CGPADDR")
        text = " ".join(unquoted(value) for value in values[1:])
        address = re.search(r"\d{1,3}(?:\.\d{1,3}){3,15}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}", text)
        if address and re.search(r"[1-9A-Fa-f]", address[0]) and re.fullmatch(r"\d{1,2}", values[0]):
            found[number(values[0])] = address[0]
    return found


def iccid(lines: Sequence[str]) -> str:
    """Read the card's number: EF ICCID by +CRSM (TS 102 221 clause 13.2: nibbles swapped), or a maker's command.

    Only the last F is filler; other letters stand on some cards.
    """
    for line in reversed(lines):
        if line.upper().startswith("+CRSM"):
            values = fields(line, "+CRSM")
            if values[0] not in ("144", "145"):
                raise ValueError("the card refuses")
            data = unquoted(values[2]) if len(values) > 2 else ""
            text = "".join(data[at + 1] + data[at] for at in range(0, len(data) - 1, 2))
        else:
            text = re.sub(r"^[+^#%*$!]?[A-Za-z]\w* ?:? ?", "", line).split(",")[0].strip('" ')
        text = text.upper().removesuffix("F")
        if text.startswith("98") and len(text) >= 19:  # told as it stands on the card
            text = "".join(text[at + 1 : at + 2] + text[at] for at in range(0, len(text), 2))
        if re.fullmatch(r"89[0-9A-F]{16,18}", text):
            return text
    raise ValueError("no card number")


def card_error(lines: Sequence[str]) -> bool:
    """Return whether the status words of +CRSM tell of a broken card: memory, 92xx and 65xx, or no diagnosis, 6Fxx.

    TS 51.011 clause 9.4, TS 102 221 clause 10.2.1.
    """
    return any(fields(line, "+CRSM")[0] in ("146", "101", "111") for line in lines)


def digits(lines: Sequence[str], low: int, high: int) -> str:
    """Read a number of so many digits that stands alone or behind a head: IMEI, IMSI."""
    for line in lines:
        for found in re.findall(r"(?<![0-9A-Za-z])\d+(?![0-9A-Za-z])", line):
            if low <= len(found) <= high:
                return str(found)
    raise ValueError("no such number")


def imei(lines: Sequence[str]) -> str:
    """Read a module's number (TS 23.003 clause 6.2: 15 digits with a check digit by Luhn, or 16 with a version)."""
    found = digits(lines, 15, 16)
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(found[:15])]
    spare = found.endswith("0")  # in place of the check digit, as networks are told
    if len(found) == 15 and not spare and sum(value - 9 if value > 9 else value for value in doubled) % 10:
        raise ValueError("no number of a module")
    return found


def words(lines: Sequence[str]) -> str:
    """Read maker, model or firmware: the first line that says something, without its head, quotes and long numbers."""
    for line in lines:
        text = re.sub(r"^[+^#%*$!]?\w+ ?: *", "", line) if re.match(r"[+^#%*$!]\w+ ?:|Revision:", line) else line
        text = text.replace('"', "").strip()
        if text:
            return shapes.name(text)
    raise ValueError("nothing said")
