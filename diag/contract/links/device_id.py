"""The IEEE 1284 device id: "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;", behind its own length in two bytes."""

from __future__ import annotations


def text_of(raw: bytes) -> str:
    """Return the text of a device id as devices send it; empty where there is none."""
    return raw[2:].split(b"\0", 1)[0].decode("latin-1")


def commands(device_id: str) -> tuple[str, ...]:
    """Return the command sets that a device id names (CMD or COMMAND SET), in capitals."""
    fields = dict(_field(part) for part in device_id.split(";") if ":" in part)
    named = fields.get("CMD") or fields.get("COMMAND SET") or ""
    return tuple(name.strip().upper() for name in named.split(",") if name.strip())


def _field(part: str) -> tuple[str, str]:
    key, _, value = part.partition(":")
    return key.strip().upper(), value
