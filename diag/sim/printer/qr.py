"""QR codes that a printer makes by itself: parameters and data are kept, and printed on demand.

Epson ESC/POS Application Programming Guide, GS ( k functions 165 (model), 167 (dots of a module), 169 (error
correction), 180 (data), 181 (print); Star Line Mode command specifications, ESC GS y S 0 to 2, D 1 and P. Neither
prints a quiet zone.
"""

from __future__ import annotations

_LEVELS = "LMQH"


class QrCode:
    """What a printer keeps of a QR code; defaults are Epson's: 3 dots a module, level L."""

    def __init__(self) -> None:
        self.dots, self.level, self.data = 3, 0, b""

    def epson(self, function: int, rest: bytes) -> bool:
        """Carry out a function of GS ( k, cn 49; return whether the code is to be printed now."""
        if function == 67 and 1 <= rest[0] <= 16:
            self.dots = rest[0]
        elif function == 69 and 48 <= rest[0] <= 51:
            self.level = rest[0] - 48
        elif function == 80:
            self.data = rest[1:]
        return function == 81 and bool(self.data)

    def star(self, data: bytes) -> bool:
        """Carry out what follows ESC GS; return whether the code is to be printed now."""
        if data[:3] == b"yS1" and data[3] <= 3:
            self.level = data[3]
        elif data[:3] == b"yS2" and 1 <= data[3] <= 8:
            self.dots = data[3]
        elif data[:3] == b"yD1":
            self.data = data[6:]
        return data[:2] == b"yP" and bool(self.data)

    def picture(self) -> list[list[bool]]:
        """Return the code in dots, without a quiet zone."""
        import qrcode

        correction = getattr(qrcode.constants, f"ERROR_CORRECT_{_LEVELS[self.level]}")
        code = qrcode.QRCode(border=0, error_correction=correction)
        code.add_data(self.data)
        wide = [[dot for dot in row for _ in range(self.dots)] for row in code.get_matrix()]
        return [row for row in wide for _ in range(self.dots)]
