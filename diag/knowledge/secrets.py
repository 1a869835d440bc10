"""Secret settings, such as a PIN: they never stand on a command line, which every user of the computer can read."""

from __future__ import annotations

import getpass
from pathlib import Path

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said

_MOST = 4096  # bytes


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
