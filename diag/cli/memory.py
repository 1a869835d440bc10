"""Keep the process out of core dumps: what a device sent may be card data, and a PIN may be among the settings."""

from __future__ import annotations

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def keep_from_disk() -> None:
    """Let this process leave no core dump, whatever the system does with those (core(5), prctl(2)).

    The limit alone does not count where dumps are piped to a program. Other programs of this user can no longer look
    into the process either; who holds a port they learn from its lock (`diag/contract/links/holders.py`).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
