"""Whether a module's radio works: +CFUN in all makers' values, and the makers' words for what holds a radio back.

TS 27.007 clause 8.2: 0 minimum, 1 full, 2 no transmission, 3 no reception, 4 both off; 5 to 127 are the makers' own.
SIMCom, Huawei, Sierra (Qualcomm): 5 factory test, 6 restart, 7 offline. u-blox: 19 minimum, the SIM off too. Telit: 5
full with power saving, 7 and 9 sleep in turns. Cinterion: 5 to 9 sleep in turns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from drivers.modem.pure.at import Command, fields, number
from drivers.modem.pure.families import Name, Question
from drivers.modem.pure.seen import Seen

_FULL: dict[Name, tuple[int, ...]] = {"telit": (1, 5, 7, 8, 9), "cinterion": (1, 5, 6, 7, 8, 9)}
_OFF = (0, 2, 3, 4)
_WORDS = {
    0: "minimum functionality", 2: "no transmission", 3: "no reception", 4: "flight mode", 5: "factory test",
    6: "restarting", 7: "offline", 19: "minimum functionality, the SIM off",
}  # fmt: skip


def radio_on(functionality: int, family: Name) -> bool | None:
    """Return whether the radio is on; None for a value that this maker is not known to have."""
    if functionality in _FULL.get(family, (1,)):
        return True
    known = functionality in _OFF or (family not in ("standard", *_FULL) and functionality in _WORDS)
    return False if known else None


def meaning(functionality: int) -> Seen:
    """Return the value with what the value means."""
    word, value = _WORDS.get(functionality), {"value": functionality}
    return Seen("cfun_means", {**value, "means": Seen(word)}) if word else Seen("cfun", value)


def _cpsi(lines: Sequence[str]) -> Seen | None:
    """Read SIMCom's operating mode, the second value of +CPSI."""
    for line in lines:
        values = fields(line, "+CPSI")
        if len(values) > 1:
            off = re.fullmatch(r"offline|low power mode|factory test mode|reset|powering off", values[1], re.IGNORECASE)
            return Seen("as_told", {"words": line}) if off else None
    raise ValueError("no answer to +CPSI")


_SIERRA_STATES = {"0": "Low Power Mode", "1": "Online", "2": "Offline", "3": "Power off"}  # of older firmware
_SIERRA_OFF = re.compile(r"(entering)?low ?power|.*\bLPM\b|offline|power ?(off|down)", re.IGNORECASE)


def _pcinfo(lines: Sequence[str]) -> Seen | None:
    """Read Sierra's state, and who votes for low power: heat, supply, user, the pin W_DISABLE, a firmware mismatch.

    Only the voters' own line tells votes: the lines behind it hold settings that look like votes.
    """
    told = next((found[1].strip() for line in lines if (found := re.match(r"State ?: ?(.+)", line))), "")
    if not told:
        raise ValueError("no answer to !PCINFO")
    state = _SIERRA_STATES.get(told, told)
    if not _SIERRA_OFF.match(state):
        return None
    voters = [f"{name}:{count}" for name, count in re.findall(r"(\w+) ?: ?(\d+)", _votes(lines)) if int(count)]
    if voters:
        return Seen("low_power_by", {"state": state, "voters": ", ".join(voters)})
    return Seen("low_power", {"state": state})


def _votes(lines: Sequence[str]) -> str:
    """Return the voters with their votes, which may go on in a second line, behind a comma."""
    begin = next((at for at, line in enumerate(lines) if re.match(r"LPM (voters|force flags)", line)), len(lines))
    votes = ""
    for line in lines[begin:]:
        votes += line
        if not line.endswith(","):
            break
    return re.sub(r"^LPM (voters|force flags)\W*", "", votes)


def _zoprt(lines: Sequence[str]) -> Seen | None:
    """Read ZTE's operating mode: 6 is off, 5 on (oFono, plugins/zte.c); others are on too."""
    for line in lines:
        if fields(line, "+ZOPRT")[0] == "6":
            return Seen("off_by_mode", {"line": line, "lift": "AT+ZOPRT=5"})
        return None
    raise ValueError("no answer to +ZOPRT")


def _airplane_control(lines: Sequence[str]) -> Seen | None:
    """Read whether Quectel's pin W_DISABLE may switch the radio off: 0 is no (QCFG manual, "airplanecontrol")."""
    for line in lines:
        values = fields(line, "+QCFG")
        if len(values) > 1 and values[0].strip('"').lower() == "airplanecontrol":
            return Seen("pin_may_hold", {"line": line}) if values[1] != "0" else None
    raise ValueError("no answer to +QCFG")


def _rfswitch(lines: Sequence[str]) -> Seen | None:
    """Read Huawei's two switches: the software's, and the pin W_DISABLE; 0 is off."""
    for line in lines:
        values = [number(value) for value in fields(line, "^RFSWITCH")]
        off = [name for name, value in zip(("software", "pin"), values, strict=False) if value == 0]
        if len(off) > 1:
            return Seen("off_by_both", {"line": line})
        return Seen("off_by_pin" if "pin" in off else "off_by_software", {"line": line}) if off else None
    raise ValueError("no answer to ^RFSWITCH")


_OF_SIMCOM = Question(Command("AT+CPSI?", ("+CPSI",)), _cpsi)
#: family -> the question that tells what holds the radio back although +CFUN is full; None: nothing does
HOLDS: dict[Name, Question[Seen | None]] = {
    "simcom": _OF_SIMCOM,
    "simcom-sim7000": _OF_SIMCOM,
    "simcom-sim7080": _OF_SIMCOM,
    "sierra": Question(Command("AT!PCINFO?", ("!PCINFO",), bare=True), _pcinfo),
    "huawei": Question(Command("AT^RFSWITCH?", ("^RFSWITCH",)), _rfswitch),
    "zte": Question(Command("AT+ZOPRT?", ("+ZOPRT",)), _zoprt),
}
#: family -> the question that tells what may have switched a radio off that +CFUN calls off
MAY_HOLD: dict[Name, Question[Seen | None]] = {
    **HOLDS,
    "quectel": Question(Command('AT+QCFG="airplanecontrol"', ("+QCFG",)), _airplane_control),
}
