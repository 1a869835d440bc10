"""What the shell's completion offers for arguments."""

from __future__ import annotations

import os


def is_asked() -> bool:
    """Return whether the shell asks for completions, through the function that `posdiag --show-completion` prints."""
    return "_POSDIAG_COMPLETE" in os.environ


def profiles(incomplete: str) -> list[str]:
    """Return the profiles whose names begin so; that of the set-up terminal first."""
    from diag.knowledge import places
    from diag.knowledge.profile import available

    set_up = [places.SET_UP] if places.terminal_file() else []
    return [name for name in (*set_up, *available()) if name.startswith(incomplete)]


def faults(incomplete: str) -> list[str]:
    """Return the fault codes that begin so."""
    from diag.knowledge import catalogue

    rooms = catalogue.load_all().rooms.values()
    return [code for room in rooms for code in room.faults if code.startswith(incomplete)]


def acquirers(incomplete: str) -> list[str]:
    """Return the acquirers with a table of response codes that begin so."""
    from diag.knowledge import codes

    return [name for name in codes.tables() if name.startswith(incomplete)]
