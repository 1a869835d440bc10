"""Devices that say nothing but noise, in this process and with a clock of their own: no run may find one healthy."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diag.contract.check import Level
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.links.traits import Traits
from diag.knowledge import profile
from diag.knowledge.profile import Component
from diag.records.record import Record
from diag.run.session import Options, Run

#: profiles of devices on a stream of bytes, with their components
PROFILES = (
    ("generic/escpos-thermal", "printer"), ("demo/star", "printer"), ("demo/countertop", "magstripe"),
    ("generic/msr-serial", "magstripe"), ("generic/msr605", "magstripe"), ("generic/escpos-impact", "printer"),
    ("demo/countertop", "modem"), ("demo/handheld", "modem"), ("generic/cellular-modem", "modem"),
)  # fmt: skip


class Noise:
    """The tap of one device. Answers are bytes by chance, of many kinds: rare, dripping, printable, one byte only."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- the same each time
        self._now = 0.0
        self._rate = self._chance.choice((0.02, 0.3, 0.9, 1.0))
        self._most = self._chance.choice((1, 3, 16, 200))
        self._letters = self._chance.choice(
            (
                bytes(range(256)),
                bytes(range(32, 127)) + b"\r\n",
                b"OK\r\n",
                b"0123456789\r\n",
                b"\x1by\r",
                b"\x12\x00\xff",
            )
        )

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Answer in the place of the device."""
        if op == "read":
            if self._chance.random() < self._rate:
                self._now += 0.01
                return bytes(self._chance.choices(self._letters, k=self._chance.randint(1, self._most))).hex()
            self._now += wait or 0.0
            return ""
        self._now += 0.001
        return {"open": asdict(Traits(has_rate=True)), "line": True, "modem-lines": {}, "siblings": []}.get(op)

    def ask(self, sent: Any, do: Callable[[], str | None]) -> str | None:
        """Nobody is there."""
        return None

    def now(self) -> float:
        """Return the time of this device."""
        return self._now

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Let the time go by."""
        self._now += seconds
        return interruption.is_set()


class NoisyRun(Run):
    """A run of which all devices make noise."""

    seed = 0

    def _address(self, part: Component) -> Address:
        address = Address(part.at, part.name, interruption=self.interruption)
        address.tap = Noise(self.seed)
        return address


def run(name: str, component: str, seed: int, folder: Path) -> Record:
    """Examine one component that makes the noise of a seed."""
    loaded = profile.load(name, [f"{component}.at=/dev/ttyUSB0"])
    kind = type("Seeded", (NoisyRun,), {"seed": seed})
    found: Record = (
        kind(loaded, Options(Level.INTERNAL, (component,)), lambda *_: None, lambda _: None, folder).execute().record
    )
    return found


def trouble(record: Record) -> str | None:
    """Return what is wrong with a run that met noise only: a healthy component, or a defect of posdiag."""
    for part in record.components:
        if part.status == "healthy":
            return f"{part.kind} is healthy"
        for check in part.checks:
            if check.outcome == "errored":
                return f"{part.kind}.{check.name}: {check.reason} {check.detail}"
    return None
