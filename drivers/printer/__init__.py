"""Receipt printers: ESC/POS, thermal and impact, over serial and TCP."""

from drivers.printer.driver import ReceiptPrinter

__all__ = ["DRIVER"]

DRIVER = ReceiptPrinter
