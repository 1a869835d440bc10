"""The device error that only a card reader knows."""

from __future__ import annotations

from diag.contract.errors import CardProtocol
from diag.contract.said import Said
from drivers.card_reader.pure.atr import Atr, AtrError, parse


class BadAtr(CardProtocol):
    """The ATR breaks a rule of ISO/IEC 7816-3; readers then refuse to go on with the card."""


def parse_atr(raw: bytes) -> Atr:
    """Parse an ATR. Raises BadAtr."""
    try:
        return parse(raw)
    except AtrError as error:
        raise BadAtr(Said(error.key, **error.values)) from error
