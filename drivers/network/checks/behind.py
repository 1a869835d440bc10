"""What lies behind a broken link is not judged: its failure is a consequence."""

from __future__ import annotations

from collections.abc import Iterator

from diag.contract.check import Finding, Skipped, Yielded
from diag.contract.said import Said
from drivers.network import reasons
from drivers.network.learned import Learned
from drivers.network.verdicts.verdict import Verdict


def behind(learned: Learned) -> Skipped | None:
    """Return why a link is not judged; None where the path holds up to here."""
    return Skipped(reasons.BEHIND, Said("behind", fault=learned.broken)) if learned.broken else None


def broken(learned: Learned, verdict: Verdict) -> Iterator[Yielded]:
    """Tell that the path is broken here, and remember that."""
    learned.broken = learned.broken or verdict.code
    yield from verdict.told()


def breaks(learned: Learned, code: str, said: Said) -> Finding:
    """Return a finding after which the path is broken."""
    learned.broken = learned.broken or code
    return Finding(code, said)
