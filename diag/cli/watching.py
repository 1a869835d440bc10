"""Watching: the parts that can be watched are watched for so many minutes once they are examined."""

from __future__ import annotations

from dataclasses import replace

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge.profile import Profile

_KEY = "watch_minutes"  # of the settings of a driver that can watch its device


def watched(profile: Profile, minutes: float) -> Profile:
    """Return the profile with the minutes set wherever a part can be watched.

    Raises: ConfigError where no part can be watched.
    """
    able = {name: part for name, part in profile.components.items() if _KEY in type(part.settings).model_fields}
    if not able:
        raise ConfigError(Said("at", where="--watch", said=Said("nothing_to_watch", profile=profile.id)))
    set_ = {
        name: replace(part, settings=part.settings.model_copy(update={_KEY: minutes})) for name, part in able.items()
    }
    return replace(profile, components={**profile.components, **set_})
