"""Asks ModemManager what it knows of modems, by its own tool; nothing is asked that would start ModemManager."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diag.bench import detect_part as part
from diag.bench.detect_part import Attached
from diag.contract.card_numbers import luhn

_ANSWER = 0.7  # s for one question
_MOST = 4  # modems that are asked for
_NUMBER = re.compile(r"\d{15}")  # an IMEI, whose last digit is a check digit (TS 23.003 annex B)


@dataclass(frozen=True, slots=True)
class Managed:
    """A modem that ModemManager keeps. `at`: its address in a profile, by its IMEI where that is known."""

    maker: str
    model: str
    at: str
    #: its folder in sysfs
    device: str
    #: names of its ports, without /dev
    ports: tuple[str, ...]


def managed() -> list[Managed]:
    """Return the modems that ModemManager has; none where ModemManager does not run, or does not answer."""
    if not shutil.which("mmcli") or not _runs():
        return []
    paths = [str(path) for path in _ask("-L").get("modem-list", [])[:_MOST]]
    found = [(path.rpartition("/")[2], _ask("-m", path)) for path in paths]
    return [_modem(index, answer) for index, answer in found if answer]


def without_serial_ports(modems: Iterable[Managed], ports: Container[str]) -> Iterator[Attached]:
    """Yield the modems that have no port among the serial ports of this computer: QMI and MBIM, PCI Express."""
    for modem in modems:
        if not any(port in ports for port in modem.ports):
            nodes = tuple(f"/dev/{port}" for port in modem.ports if Path("/dev", port).exists())
            said = f"{modem.maker} {modem.model}".strip()
            yield Attached(
                "modem", said, nodes, place=part.usb_place(Path(modem.device)), addresses={"mm": modem.at}, said=said,
                generic=("generic/cellular-modem",), in_use="modem_manager",
            )  # fmt: skip


def _modem(index: str, answer: dict[str, Any]) -> Managed:
    generic = answer.get("modem", {}).get("generic", {})
    ports = tuple(str(port).partition(" ")[0] for port in generic.get("ports", []))
    maker, model = (_said(generic.get(key)) for key in ("manufacturer", "model"))
    number = _said(generic.get("equipment-identifier"))
    is_imei = _NUMBER.fullmatch(number) and luhn(number)  # some firmware tells the subscriber's number in its place
    at = f"mm:{number if is_imei else index}"
    return Managed(maker, model, at, _said(generic.get("device")), ports)


def _said(value: object) -> str:
    """Return a value of mmcli's; mmcli writes -- for what ModemManager does not know."""
    return value if isinstance(value, str) and value != "--" else ""


def _runs() -> bool:
    return any(part.text(comm) == "ModemManager" for comm in Path("/proc").glob("[0-9]*/comm"))


def _ask(*words: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            ["mmcli", "-J", *words], capture_output=True, text=True, errors="replace", timeout=_ANSWER, check=False
        )
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return found if isinstance(found, dict) else {}
