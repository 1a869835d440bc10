"""IPP, as far as asking for a printer's state needs: Get-Printer-Attributes (RFC 8011, 4.2.5), CUPS-Get-Printers.

The encoding is that of RFC 8010, section 3. Own code: pyipp needs aiohttp and an event loop for one request.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from drivers.printer.pure.conditions import Condition

CONTENT_TYPE, PATH = "application/ipp", "/ipp/print"
WANTED = ("printer-state", "printer-state-reasons", "printer-make-and-model", "printer-is-accepting-jobs")
#: of the queues of CUPS (https://www.cups.org/doc/spec-ipp.html, CUPS-Get-Printers)
OF_QUEUES = ("printer-name", "device-uri", "printer-state", "printer-is-accepting-jobs", "queued-job-count")
_GET_PRINTER_ATTRIBUTES, _CUPS_GET_PRINTERS = 0x000B, 0x4002
_OPERATION, _END, _PRINTER = 0x01, 0x03, 0x04
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_KEYWORD, _URI, _CHARSET, _LANGUAGE = 0x44, 0x45, 0x47, 0x48
_LAST_DELIMITER, _SUCCESS = 0x0F, 0x00FF
STATES = {3: "idle", 4: "printing", 5: "stopped"}  # printer-state, RFC 8011, 5.4.11; 4: processing
#: printer-state-reasons (RFC 8011, 5.4.12, and PWG 5100.9), without the severity at their end
CONDITIONS = {
    "media-low": Condition.NEAR_END,
    "media-empty": Condition.PAPER_END,
    "media-needed": Condition.PAPER_END,
    "cover-open": Condition.COVER_OPEN,
    "door-open": Condition.COVER_OPEN,
    "interlock-open": Condition.COVER_OPEN,
    "media-jam": Condition.PAPER_JAM,
    "offline": Condition.OFFLINE,
    "shutdown": Condition.OFFLINE,
}
#: of ribbons and toner
EMPTY = ("marker-supply-empty", "toner-empty")
_SEVERITY = re.compile(r"-(error|warning|report)$")

Value = int | str
Attributes = dict[str, list[Value]]


def ask(uri: str) -> bytes:
    """Return the request for a printer's state."""
    return _request(_GET_PRINTER_ATTRIBUTES, [_attribute(_URI, "printer-uri", uri)], WANTED)


def ask_queues() -> bytes:
    """Return the request for all queues of CUPS."""
    return _request(_CUPS_GET_PRINTERS, [], OF_QUEUES)


def attributes(answer: bytes) -> Attributes:
    """Return the attributes of a printer; none where the request failed. Raises: ValueError."""
    return next(iter(printers(answer)), {})


def printers(answer: bytes) -> list[Attributes]:
    """Return the attributes of each printer in a response; none where the request failed. Raises: ValueError."""
    if len(answer) < 8 or answer[0] not in (1, 2):
        raise ValueError("no IPP response")
    if int.from_bytes(answer[2:4], "big") > _SUCCESS:
        return []
    found: list[Attributes] = []
    group, name = 0, ""
    for tag, own_name, value in _fields(answer[8:]):
        if tag <= _LAST_DELIMITER:
            group, name = tag, ""
            found += [{}] if tag == _PRINTER else []
            continue
        name = own_name or name  # another value of the attribute before
        if group == _PRINTER:
            found[-1].setdefault(name, []).append(_value(tag, value))
    return found


def reason(keyword: str) -> str:
    """Return a reason for a printer's state without its severity."""
    return _SEVERITY.sub("", keyword)


def _request(operation: int, first: list[bytes], wanted: tuple[str, ...]) -> bytes:
    attributes = [
        _attribute(_CHARSET, "attributes-charset", "utf-8"),
        _attribute(_LANGUAGE, "attributes-natural-language", "en"),
        *first,
        *(_attribute(_KEYWORD, "" if at else "requested-attributes", name) for at, name in enumerate(wanted)),
    ]
    head = struct.pack(">BBHIB", 1, 1, operation, 1, _OPERATION)
    return head + b"".join(attributes) + bytes((_END,))


def _fields(data: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Yield tag, name and value of each attribute, and each delimiter of groups. Raises: ValueError."""
    at = 0
    while at < len(data) and data[at] != _END:
        tag = data[at]
        at += 1
        if tag <= _LAST_DELIMITER:
            yield tag, "", b""
            continue
        name, at = _counted(data, at)
        value, at = _counted(data, at)
        yield tag, name.decode("ascii", "replace"), value
    if at >= len(data):
        raise ValueError("cut off")


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + 2], "big")
    end = at + 2 + length
    if end > len(data):
        raise ValueError("cut off")
    return data[at + 2 : end], end


def _value(tag: int, value: bytes) -> Value:
    if tag in (_INTEGER, _ENUM, _BOOLEAN):
        return int.from_bytes(value, "big", signed=tag != _BOOLEAN)
    return value.decode("utf-8", "replace")


def _attribute(tag: int, name: str, value: str) -> bytes:
    fields = (name.encode("ascii"), value.encode())
    return bytes((tag,)) + b"".join(struct.pack(">H", len(field)) + field for field in fields)
