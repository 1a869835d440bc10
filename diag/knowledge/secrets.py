"""Secret settings, such as a PIN: they never stand on a command line, which every user of the computer can read."""

from __future__ import annotations

import getpass
import re
from pathlib import Path

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said

_MOST = 4096  # bytes


def covered(word: str) -> str:
    """Return what a message shows of a word that stands in the wrong place: of KEY=VALUE only KEY.

    VALUE may be a PIN, and so may each number in a setting that is none (`modem.pin:1234`).
    """
    key, equals, _ = word.partition("=")
    return f"{key}=…" if equals else word


def covered_numbers(word: str) -> str:
    """Return the same of what is no KEY=VALUE at all."""
    return re.sub(r"\d[\d\W]{2,}\d", "…", word)


def given(key: str, value: str) -> str:
    """Return a secret: what stands in the file of @FILE, or what is typed for `?`.

    Raises ConfigError, which never holds the secret, also where the secret itself is given.
    """
    if value == "?":
        try:
            return getpass.getpass(f"{key}: ").strip()
        except (OSError, EOFError) as error:
            raise ConfigError(Said("at", where=f"--set {key}=?", said=Said("nobody_types"))) from error
    if not value.startswith("@"):
        raise ConfigError(Said("at", where=f"--set {key}", said=Said("secret_typed", key=key)))
    try:
        return files.content(Path(value[1:]), _MOST).decode().strip()
    except UnicodeDecodeError as error:
        raise ConfigError(Said("at", where=f"--set {key}={value}", said=Said("no_utf8"))) from error
