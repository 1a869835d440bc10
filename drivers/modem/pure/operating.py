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
            off = re.fullmatch(r"offline|low power mode|factory test mode|reset", values[1], re.IGNORECASE)
            return Seen("as_told", {"words": line}) if off else None
    raise ValueError("no answer to +CPSI")


def _pcinfo(lines: Sequence[str]) -> Seen | None:
    """Read Sierra's state, and who votes for low power: heat, supply, user, the pin W_DISABLE, a firmware mismatch."""
    text = " ".join(lines)
    found = re.search(r"State ?: ?(Low ?Power ?Mode|LPM|Online|[A-Za-z ]+)", text, re.IGNORECASE)
    if not found:
        raise ValueError("no answer to !PCINFO")
    if not re.match(r"low ?power|lpm", found[1], re.IGNORECASE):
        return None
    voters = [f"{name}:{count}" for name, count in re.findall(r"(\w+) ?: ?(\d+)", text) if int(count)]
    return Seen("low_power_by", {"voters": ", ".join(voters)}) if voters else Seen("low_power")


def _rfswitch(lines: Sequence[str]) -> Seen | None:
    """Read Huawei's two switches: the software's, and the pin W_DISABLE; 0 is off."""
    for line in lines:
        values = [number(value) for value in fields(line, "^RFSWITCH")]
        off = [name for name, value in zip(("software", "pin"), values, strict=False) if value == 0]
        if len(off) > 1:
            return Seen("off_by_both", {"line": line})
        return Seen("off_by_pin" if "pin" in off else "off_by_software", {"line": line}) if off else None
    raise ValueError("no answer to ^RFSWITCH")


#: family -> the question that tells what holds the radio back although +CFUN is full; None: nothing does
HOLDS: dict[Name, Question[Seen | None]] = {
    "simcom": Question(Command("AT+CPSI?", ("+CPSI",)), _cpsi),
    "sierra": Question(Command("AT!PCINFO?", ("!PCINFO",), bare=True), _pcinfo),
    "huawei": Question(Command("AT^RFSWITCH?", ("^RFSWITCH",)), _rfswitch),
}
