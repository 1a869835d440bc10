"""Swipes that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

from diag.contract.errors import DeviceGarbled
from diag.contract.said import Said
from drivers.magstripe.swipe import SwipeResult

_MOST = 20  # swipes in a row


def drop_swipes(read: Callable[[], SwipeResult | None]) -> None:
    """Take what is there without a look. Raises: DeviceGarbled where there is no end: a key may be stuck."""
    for _ in range(_MOST):
        if read() is None:
            return
    raise DeviceGarbled(Said("talks_on"))
