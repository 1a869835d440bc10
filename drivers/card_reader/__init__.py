"""IC card readers over PC/SC: contact slots (ISO/IEC 7816-3)."""

from drivers.card_reader.driver import CardReader

__all__ = ["DRIVER"]

DRIVER = CardReader
