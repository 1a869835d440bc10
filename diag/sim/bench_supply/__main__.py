"""A bench supply with a terminal on it, over SCPI.

Settings: `link` pty or tcp; `channel`, as in a profile; `ends`: what its lines end with, lf, crlf or nothing; `fields`
of *IDN?, 1 to 5; `units`: yes, written behind numbers; `lost`: so many first questions get no answer; `silent`,
`garbled`: yes; `output`: off; `unknown`: yes, set points are not told.
"""

from __future__ import annotations

import os
import pty
import socket
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

from diag.sim.process import Order, end_with_parent, order, say

_SET_V, _LIMIT_A = 9.0, 3.0
_IDLE_A, _BOOT_A = 0.31, 1.2
_BOOTS = 1.0  # s


class Supply:
    """The instrument, and the terminal that hangs on it."""

    def __init__(self, want: Order) -> None:
        self._want = want
        self._lost = int(want.settings.get("lost", "0"))
        self._on_since = 0.0

    def answer(self, line: str) -> str | None:
        """To one command line; None for silence."""
        if self._is("silent"):
            return None
        if self._lost > 0:
            self._lost -= 1
            return None
        command = line.strip().upper().removesuffix(self._want.settings.get("channel", "").upper()).strip()
        said = self._said(command)
        return "#?%" if said is not None and self._is("garbled") else said

    def person(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Switches the terminal on."""
        self._on_since = time.monotonic()
        return "done" if "done" in choices else None

    def _is(self, key: str) -> bool:
        return self._want.settings.get(key) == "yes"

    def _said(self, command: str) -> str | None:
        unknown = self._is("unknown")
        answers: dict[str, Callable[[], str | None]] = {
            "*IDN?": lambda: ",".join(
                ["ACME Instruments", "PS-30", "SN:7001", "1.02", "V3.0"][: int(self._want.settings.get("fields", "4"))]
            ),
            "OUTP?": lambda: None if unknown else "OFF" if self._want.settings.get("output") == "off" else "1",
            "MEAS:CURR?": lambda: self._shown(self._amperes(), "A"),
            "MEAS:VOLT?": lambda: self._shown(0.4 if "PWR-SHORT" in self._want.faults else _SET_V - 0.004, "V"),
            "VOLT?": lambda: None if unknown else f"{_SET_V:.3f}",
            "CURR?": lambda: None if unknown else f"{_LIMIT_A:+.8E}",
        }
        return answers.get(command, lambda: None)()

    def _shown(self, value: float, unit: str) -> str:
        return f"{value:.3f}{unit}" if self._is("units") else f"{value:+.8E}"

    def _amperes(self) -> float:
        faults = self._want.faults
        if "PWR-SHORT" in faults:
            return _LIMIT_A
        if "PWR-DRAW-NONE" in faults:
            return 0.0
        if "PWR-DRAW-HIGH" in faults:
            return 0.97
        starting = self._on_since and time.monotonic() - self._on_since < _BOOTS
        return _BOOT_A if starting and "PWR-NO-BOOT" not in faults else _IDLE_A


def serve(supply: Supply, read: Callable[[], bytes], write: Callable[[bytes], object], end: bytes) -> None:
    """Answer line by line until there is nobody."""
    waiting = b""
    while data := read():
        waiting += data
        *lines, waiting = waiting.replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            said = supply.answer(line.decode("latin-1")) if line.strip() else None
            if said is not None:
                write(said.encode("latin-1") + end)


def main() -> None:
    """Start from the command line."""
    want = order(__doc__ or "", Path(__file__).with_name("faults.json"))
    supply = Supply(want)
    end = {"crlf": b"\r\n", "nothing": b""}.get(want.settings.get("ends", "lf"), b"\n")
    end_with_parent(person=lambda _, prompt, choices: supply.person(prompt, choices))
    if want.settings.get("link") == "tcp":
        _on_tcp(supply, end)
    else:
        _on_pty(supply, end)


def _on_tcp(supply: Supply, end: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        say(at=f"socket://127.0.0.1:{server.getsockname()[1]}")
        while True:
            client, _ = server.accept()
            with client:
                serve(supply, lambda client=client: client.recv(4096), client.sendall, end)  # type: ignore[misc]  # bound


def _on_pty(supply: Supply, end: bytes) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    say(at=os.ttyname(slave))
    serve(supply, lambda: os.read(master, 4096), lambda data: os.write(master, data), end)


if __name__ == "__main__":
    main()
