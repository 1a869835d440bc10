"""What a network printer's SNMP agent tells of the printer.

Host Resources MIB (RFC 2790), hrDeviceTable and hrPrinterTable; Printer MIB v2 (RFC 3805), marker supplies and alerts;
sysDescr (RFC 3418). In hrPrinterDetectedErrorState bit 0 is the most significant bit of the first octet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.printer.pure.conditions import Condition

SYSTEM = "1.3.6.1.2.1.1.1"  # sysDescr
_DEVICE = "1.3.6.1.2.1.25.3.2.1"
NAME, DEVICE_STATUS = f"{_DEVICE}.3", f"{_DEVICE}.5"
_PRINTER = "1.3.6.1.2.1.25.3.5.1"
STATUS, ERRORS = f"{_PRINTER}.1", f"{_PRINTER}.2"
SERIAL_NUMBER = "1.3.6.1.2.1.43.5.1.1.17"
_SUPPLIES = "1.3.6.1.2.1.43.11.1.1"
MAX_CAPACITY, LEVEL = f"{_SUPPLIES}.8", f"{_SUPPLIES}.9"
_ALERTS = "1.3.6.1.2.1.43.18.1.1"
SEVERITY, TRAINING, GROUP, CODE, DESCRIPTION = (f"{_ALERTS}.{column}" for column in (2, 3, 4, 7, 8))
ALERT = (SEVERITY, TRAINING, GROUP, CODE, DESCRIPTION)
#: the columns that the first question asks for; a device that has none of the printer's is no printer
FIRST = (SYSTEM, STATUS, ERRORS, SERIAL_NUMBER, LEVEL, MAX_CAPACITY)

_STATUSES = {1: "other", 3: "idle", 4: "printing", 5: "warmup"}  # hrPrinterStatus; 2: unknown
_DEVICE_STATUSES = {2: "running", 3: "warning", 4: "testing", 5: "down"}  # hrDeviceStatus; 1: unknown
_BITS = (
    "lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
    "inputTrayMissing", "outputTrayMissing", "markerSupplyMissing", "outputNearFull", "outputFull", "inputTrayEmpty",
    "overduePreventMaint",
)  # fmt: skip
#: names of bits, and of alerts, with the printer's condition; the others are shown and prove nothing
CONDITIONS: Mapping[str, Condition] = {
    "lowPaper": Condition.NEAR_END,
    "noPaper": Condition.PAPER_END,
    "doorOpen": Condition.COVER_OPEN,
    "jammed": Condition.PAPER_JAM,
    "offline": Condition.OFFLINE,
}
_CRITICAL = 3  # PrtAlertSeverityLevelTC: the printer has stopped
_MARKER_SUPPLIES = 11  # PrtAlertGroupTC
#: PrtAlertCodeTC, where the alert says the same as a bit: coverOpen, interlockOpen, jam, doorOpen, inputMediaSupplyLow
#: and Empty, mediaPathJam; empty supplies, toner, ink and ribbon are looked up by their group
_CODES = {3: "doorOpen", 5: "doorOpen", 8: "jammed", 501: "doorOpen", 807: "lowPaper", 808: "noPaper", 1306: "jammed"}
_SUPPLY_CODES = {12: "lowToner", 13: "noToner", 1103: "noToner", 1106: "lowToner"}
_SMALLEST_CAPACITY = 1  # -1: other, -2: unknown; of a level -3: some

Value = int | bytes


@dataclass(frozen=True)
class Alert:
    """One entry of the printer's alert table. `name`: of the bit that says the same; empty where none does."""

    name: str
    critical: bool
    training: int
    text: str


@dataclass(frozen=True)
class Told:
    """What a printer told. `status`, `device_status`: words of the standard, empty where unknown."""

    status: str
    device_status: str
    errors: tuple[str, ...]
    raw: bytes


def is_printer(first: Mapping[str, object]) -> bool:
    """Return whether a first row shows a printer."""
    return STATUS in first or ERRORS in first


def told(status: object, errors: object, device_status: object) -> Told:
    """Return what the status objects of a printer say; objects that are missing are None."""
    raw = errors if isinstance(errors, bytes) else b""
    return Told(_word(_STATUSES, status), _word(_DEVICE_STATUSES, device_status), error_names(raw), raw)


def error_names(raw: bytes) -> tuple[str, ...]:
    """Return the names of the bits that are set in hrPrinterDetectedErrorState."""
    places = (place for place in range(8 * len(raw)) if raw[place // 8] & 0x80 >> place % 8)
    return tuple(_BITS[place] for place in places if place < len(_BITS))


def alerts(rows: Sequence[Mapping[str, Value]]) -> list[Alert]:
    """Return the entries of the alert table, the critical ones first."""
    found = [_alert(row) for row in rows]
    return sorted(found, key=lambda alert: not alert.critical)


def percent_left(level: object, capacity: object) -> float | None:
    """Return how much is left of a marker supply; None where the printer does not measure that."""
    if not isinstance(level, int) or not isinstance(capacity, int) or level < 0 or capacity < _SMALLEST_CAPACITY:
        return None
    return round(min(100.0, 100 * level / capacity), 1)


def text(value: object) -> str:
    """Return a text of the device on one line; empty for another value."""
    return " ".join(value.decode("utf-8", "replace").replace("\0", "").split()) if isinstance(value, bytes) else ""


def _alert(row: Mapping[str, Value]) -> Alert:
    code, group, training = (row.get(column) for column in (CODE, GROUP, TRAINING))
    names = _SUPPLY_CODES if group == _MARKER_SUPPLIES else _CODES
    name = names.get(code, "") if isinstance(code, int) else ""
    number = training if isinstance(training, int) else 0
    return Alert(name, row.get(SEVERITY) == _CRITICAL, number, text(row.get(DESCRIPTION)))


def _word(words: Mapping[int, str], value: object) -> str:
    return words.get(value, "") if isinstance(value, int) else ""
