"""Swipes that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

from diag.contract.errors import DeviceGarbled
from diag.contract.said import Said
from drivers.magstripe.swipe import SwipeResult

_LONGEST = 5.0  # s of swipes in a row


def drop_swipes(read: Callable[[], SwipeResult | None], now: Callable[[], float]) -> None:
    """Take what is there without a look. Raises: DeviceGarbled where there is no end: a key may be stuck."""
    end = now() + _LONGEST
    while read() is not None:
        if now() > end:
            raise DeviceGarbled(Said("talks_on"))
