"""The search over languages and line settings, on a slow serial server: each change costs half a second."""

from __future__ import annotations

import pytest

from diag.contract.links.line import Line
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.stream import Stream
from drivers.printer.pure import escpos, star
from drivers.printer.search import Search
from drivers.printer.settings import PrinterSettings

_CHANGE = 0.5  # s for new line settings through a serial server
_ANSWERS = {star.ASK_STATUS: bytes.fromhex("23 06 00 00 00 00 00 00 00")} | {
    escpos.ask_status(kind): b"\x12" for kind in escpos.Status
}


class SlowWire(Stream):
    """A printer that understands one language at one setting of the line; time passes when it is waited for only."""

    def __init__(self, right: SerialLine, language: str) -> None:
        self.line = SerialLine()
        self._right, self._star = right, language == "star"
        self._now = 0.0
        self._answer = b""

    def now(self) -> float:
        return self._now

    def read(self, timeout: float, *, despite_interruption: bool = False) -> bytes:
        answer, self._answer = self._answer, b""
        self._now += 0.001 if answer else timeout
        return answer

    def write(self, data: bytes, timeout: float, *, secret: bool = False) -> None:
        if self.line == self._right and (data == star.ASK_STATUS) == self._star:
            self._answer = _ANSWERS.get(data, b"")

    def set_line(self, line: SerialLine) -> bool:
        self._now += _CHANGE
        self.line = line
        return True


@pytest.mark.parametrize("language", ["escpos", "star"])
@pytest.mark.parametrize(
    "right",
    [SerialLine(19200), SerialLine(115200), SerialLine(9600, parity="O"), SerialLine(19200, parity="E")],
    ids=["19200", "115200", "9600 8O1", "19200 8E1"],
)
def test_either_language_is_found_at_its_usual_settings(right: SerialLine, language: str) -> None:
    wire = SlowWire(right, language)
    settings = PrinterSettings.model_validate({"timeout_s": 1.0})
    found = Search(Line(wire, 1.0), settings, remote=True, has_rate=True).find()
    assert found
    assert (found.settings.dialect, found.settings.baud, found.settings.parity) == (language, right.baud, right.parity)
    assert wire.now() < 50
