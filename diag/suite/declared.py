"""What drivers declare for the suite, taken apart into cases."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diag.contract.check import Level
from diag.contract.peers import Peer, Talker, Trial
from diag.knowledge import registry


@dataclass(frozen=True, slots=True)
class Case:
    """One examination: one driver, one peer, one way to reach the peer."""

    kind: str
    name: str
    peer: Peer
    settings: Mapping[str, Any]
    level: Level
    link: str
    longest: float
    secret: str

    def __str__(self) -> str:
        return self.name


def trials(kind: str) -> tuple[Trial, ...]:
    """Return what a driver's room declares; nothing where it has no `suite.py`."""
    if not registry.room_file(kind, "suite.py").exists():
        return ()
    found: tuple[Trial, ...] = importlib.import_module(f"{registry.package(kind)}.suite").TRIALS
    return found


def cases() -> Iterator[Case]:
    """Give the cases of all installed drivers."""
    for kind in registry.driver_names():
        for trial in trials(kind):
            yield from _of_trial(kind, trial)


def _of_trial(kind: str, trial: Trial) -> Iterator[Case]:
    for what, peer in trial.peers.items():
        for variant, settings in trial.settings.items():
            for level in trial.levels:
                for link in trial.links if isinstance(peer.place, Talker) else ("",):
                    name = "-".join(filter(None, (kind, what, variant, level.value, link)))
                    yield Case(kind, name, peer, settings, level, link, trial.longest, trial.secret)
