"""Is the radio of a cellular module on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Yields, check
from drivers.modem.pure import answers
from drivers.modem.pure.at import Command
from drivers.modem.settings import is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_CFUN_S = 15.0  # s; Quectel's is the longest that makers name
_OFF = (0, 2, 3, 4)  # clause 8.2: minimum, no transmission, no reception, both off


class Radio:
    """The switch of the radio."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(Level.INTERNAL, finds=("MDM-RADIO-OFF",), needs=("present",), essential=False)
    def radio(self) -> Yields:
        """Ask +CFUN?: full functionality, or the radio switched off."""
        functionality = self.session.value(Command("AT+CFUN?", ("+CFUN",)), answers.functionality, _CFUN_S)
        if functionality is None:
            yield NotAnswered(reasons.NO_VALUE, "it does not tell whether its radio is on")
            return
        yield Measurement("functionality", functionality)
        self.learned.radio_on = functionality not in _OFF
        if not self.learned.radio_on:
            yield Finding("MDM-RADIO-OFF", f"+CFUN: {functionality}")
