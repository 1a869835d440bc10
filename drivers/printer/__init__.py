"""Receipt printers: ESC/POS and Star, thermal and impact, over serial, TCP, RFC 2217 and USB."""

from drivers.printer.driver import ReceiptPrinter

__all__ = ["DRIVER"]

DRIVER = ReceiptPrinter
