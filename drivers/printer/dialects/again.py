"""Questions that are put once more over another connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from diag.contract.errors import PortRefused

T = TypeVar("T")


def once_more(ask: Callable[[], T]) -> T:
    """Return what a question brings; where its connection is cut meanwhile, put the question again over another one.

    For questions that change nothing in the printer. One cut is an accident, or the printer's way after each answer.
    Raises: PortRefused where the second connection is cut as well, or refused; what `ask` raises.
    """
    try:
        return ask()
    except PortRefused:
        return ask()
