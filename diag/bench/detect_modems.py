"""Asks ModemManager what it knows of modems, by its own tool; nothing is asked that would start ModemManager."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diag.bench import detect_part as part

_ANSWER = 0.7  # s for one question
_MOST = 4  # modems that are asked for


@dataclass(frozen=True, slots=True)
class Managed:
    """One modem of ModemManager's."""

    maker: str
    model: str
    #: names of its ports, without /dev
    ports: tuple[str, ...]


def managed() -> list[Managed]:
    """Return the modems that ModemManager has; none where ModemManager does not run, or does not answer."""
    if not shutil.which("mmcli") or not _runs():
        return []
    found = [_ask("-m", str(modem)) for modem in _ask("-L").get("modem-list", [])[:_MOST]]
    return [_modem(answer) for answer in found if answer]


def _modem(answer: dict[str, Any]) -> Managed:
    generic = answer.get("modem", {}).get("generic", {})
    ports = tuple(str(port).partition(" ")[0] for port in generic.get("ports", []))
    maker, model = (_said(generic.get(key)) for key in ("manufacturer", "model"))
    return Managed(maker, model, ports)


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
