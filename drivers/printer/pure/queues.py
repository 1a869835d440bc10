"""Which queue of CUPS prints on a printer: by the queue's device URI (cups(1), backend(7))."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

_RAW_PORT = 9100


def is_on(uri: str, at: str, node: str, device_id: str) -> bool:
    """Return whether a queue's device URI means the printer at an address.

    `node`: the device node behind the address, links resolved; `device_id`: of a USB printer (IEEE 1284), may be empty.
    """
    parts = urlsplit(uri)
    if parts.scheme == "socket":
        there = urlsplit(at)
        return there.scheme == "socket" and (parts.hostname, parts.port or _RAW_PORT) == (there.hostname, there.port)
    if parts.scheme in ("serial", "parallel", "file"):
        return bool(node) and parts.path == node
    return parts.scheme == "usb" and _is_usb(uri, at, device_id)


def _is_usb(uri: str, at: str, device_id: str) -> bool:
    """Return whether usb://MAKER/MODEL?serial=NUMBER means this printer: by its number, else by maker and model."""
    parts = urlsplit(uri)
    number = (parse_qs(parts.query).get("serial") or [""])[0]
    of_address = at.split(":", 3)[3] if at.startswith("usb:") and at.count(":") >= 3 else ""
    if number and of_address:
        return number == of_address
    fields = {key.strip().upper(): value for key, _, value in (one.partition(":") for one in device_id.split(";"))}
    maker = fields.get("MFG") or fields.get("MANUFACTURER", "")
    model = fields.get("MDL") or fields.get("MODEL", "")
    own_number = fields.get("SN") or fields.get("SERN", "")
    if number and own_number and number != own_number:
        return False
    if number and number == own_number and unquote(parts.netloc) == maker:
        return True
    return bool(model) and (unquote(parts.netloc), unquote(parts.path[1:])) == (maker, model)
