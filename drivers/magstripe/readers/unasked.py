"""Swipes that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

from diag.contract.errors import DeviceGarbled
from diag.contract.said import Said
from drivers.magstripe.swipe import SwipeResult

_MOST, _LONGEST = 20, 5.0  # swipes in a row, and s that they may take


def drop_swipes(read: Callable[[], SwipeResult | None], now: Callable[[], float]) -> None:
    """Take what is there without a look. Raises: DeviceGarbled where there is no end: a key may be stuck."""
    end = now() + _LONGEST
    for _ in range(_MOST):
        if read() is None:
            return
        if now() > end:
            break
    raise DeviceGarbled(Said("talks_on"))
