"""Device nodes of this computer, by their kinds: what to name where a node does not exist."""

from __future__ import annotations

from pathlib import Path

from diag.contract.said import Said

SERIAL = ("ttyUSB*", "ttyACM*", "ttyS[0-9]", "rfcomm*")
#: how the nodes of one kind begin, below /dev -> the patterns of all nodes of the kind
_KINDS = {
    "tty": SERIAL,
    "rfcomm": SERIAL,
    "serial/": ("serial/by-id/*",),
    "usb/lp": ("usb/lp*", "lp[0-9]"),
    "lp": ("usb/lp*", "lp[0-9]"),
    "hidraw": ("hidraw*",),
    "input/": ("input/event*",),
}


def existing(*patterns: str) -> list[str]:
    """Return the nodes below /dev that fit any of these patterns, and have hardware behind them."""
    return sorted(str(node) for pattern in patterns for node in Path("/dev").glob(pattern) if is_real(node))


def instead_of(node: str, missing: Said) -> Said:
    """Return what is said of a missing node, with the nodes of its kind that exist; of other paths what is given."""
    patterns = next((each for begin, each in _KINDS.items() if node.startswith(f"/dev/{begin}")), None)
    if patterns is None:
        return missing
    found = existing(*patterns)
    return Said("others_there", said=missing, nodes=found) if found else Said("none_there", said=missing)


def is_real(port: Path) -> bool:
    """Return whether hardware is behind a port: the kernel makes ttyS0 to ttyS3 anyway, with type 0 where none is."""
    kind = Path("/sys/class/tty") / port.name / "type"
    return not port.name.startswith("ttyS") or not kind.exists() or kind.read_text(encoding="ascii").strip() != "0"
