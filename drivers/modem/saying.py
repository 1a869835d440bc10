"""What the pure functions have seen, as it is said: key and values."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from diag.contract.said import Said
from drivers.modem.pure.answers import Registration
from drivers.modem.pure.restrictions import Restriction
from drivers.modem.pure.seen import Seen


def said(seen: Seen) -> Said:
    """Return what was seen as it is said."""
    return Said(seen.key, **{name: said(one) if isinstance(one, Seen) else one for name, one in seen.values.items()})


def registrations(found: Mapping[str, Registration]) -> Said:
    """Say the registration in each domain."""
    domains = [Said("in_domain", domain=domain, state=said(one.seen)) for domain, one in found.items()]
    return Said("domains", domains=domains)


def restricted(restrictions: list[Restriction]) -> Said:
    """Say what restricts the search for a network, and what lifts each restriction."""
    return functools.reduce(_both, map(_restriction, restrictions))


def _restriction(one: Restriction) -> Said:
    return Said("restricted", told=one.told, what=[said(seen) for seen in one.what], lift=one.lift)


def _both(first: Said, second: Said) -> Said:
    return Said("both", first=first, second=second)
