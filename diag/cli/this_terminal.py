"""The terminal that is examined when no profile is named: the one that is set up, or else what is found here."""

from __future__ import annotations

import os
from collections.abc import Sequence

from diag.knowledge import places, profile
from diag.knowledge.profile import Profile

_ANY = "generic/this-terminal"  # what any terminal may have


def load(reference: str | None, settings: Sequence[str]) -> Profile:
    """Load the profile that is named, by an argument or POSDIAG_PROFILE; else that of this terminal.

    Raises ConfigError for a wrong profile or setting.
    """
    chosen = named(reference)
    if chosen is None:
        return _detected(settings)
    loaded = profile.load(chosen, settings)
    return _looked_for_again(loaded) if chosen == places.SET_UP else loaded


def named(reference: str | None) -> str | None:
    """Return the profile that is named, by an argument or POSDIAG_PROFILE, or set up here; None without one."""
    return reference or os.environ.get("POSDIAG_PROFILE") or (places.SET_UP if places.terminal_file() else None)


def _detected(settings: Sequence[str]) -> Profile:
    """Return a profile of what is attached, beside what any terminal may have."""
    from diag.bench import detect, detect_route, set_up
    from diag.bench.detect_profiles import Profiles

    profiles = Profiles()
    found = detect.survey(profiles)
    parts = set_up.detected(found, profiles)
    modem = next((part for part in parts if part.kind == "modem"), None)
    if modem and detect_route.modem_of_the_network(found):
        parts.append(set_up.Part("network", "network", _ANY, {"needs": [modem.name]}))
    return profile.parse(set_up.text(parts, inherits=_ANY), places.DETECTED, settings)


def _looked_for_again(loaded: Profile) -> Profile:
    from diag.bench import set_up

    if not any(part.at == set_up.NOT_SEEN for part in loaded.components.values()):
        return loaded
    from diag.bench import detect
    from diag.bench.detect_profiles import Profiles

    profiles = Profiles()
    return set_up.looked_for_again(loaded, detect.survey(profiles), profiles)
