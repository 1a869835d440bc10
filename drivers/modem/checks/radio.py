"""Is the radio of a cellular module on, and does the module get its voltage?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Limits, Measurement, NotAnswered, Yields, check
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.pure import answers, operating, supply
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import Name, Question
from drivers.modem.pure.seen import Seen
from drivers.modem.saying import said
from drivers.modem.settings import ModemSettings, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_CFUN_S = 15.0  # s; Quectel's is the longest that makers name


class Radio:
    """The switch of the radio, and the supply."""

    fits = staticmethod(is_cellular)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-RADIO-OFF",), needs=("present",), essential=False)
    def radio(self) -> Yields:
        """Ask +CFUN?, and the maker's command for what else holds the radio back: a pin, heat, the supply."""
        functionality = self.session.value(Command("AT+CFUN?", ("+CFUN",)), answers.functionality, _CFUN_S)
        if functionality is None:
            yield NotAnswered(reasons.NO_VALUE, Said("radio_untold"))
            return
        yield Measurement("functionality", functionality)
        is_on = operating.radio_on(functionality, self.learned.family_name)
        if is_on is None:  # a maker's own value: who is registered has a radio
            is_on = any(registration.good for registration in network.registrations(self.session).values())
        held = self._told(operating.HOLDS if is_on else operating.MAY_HOLD)
        self.learned.radio_on = is_on and held is None
        if is_on and held:
            yield Finding("MDM-RADIO-OFF", said(held))
        elif not is_on:
            off = said(operating.meaning(functionality))
            yield Finding("MDM-RADIO-OFF", Said("both", first=off, second=said(held)) if held else off)

    @check(Level.INTERNAL, finds=("MDM-SUPPLY",), needs=("present",), essential=False)
    def supply(self) -> Yields:
        """Ask the module for the voltage that it gets, where its maker has a command for that."""
        question = supply.question(self.learned.family_name)
        volts = self.session.value(question.command, question.read)
        if volts is None:
            yield NotAnswered(reasons.NO_VALUE, Said("supply_untold"))
            return
        least = self.settings.supply_volts
        yield Measurement("supply", volts, "V", Limits(min=least))
        if volts < least:
            yield Finding("MDM-SUPPLY", Said("supply_low", volt=volts, limit=least))

    def _told(self, questions: Mapping[Name, Question[Seen | None]]) -> Seen | None:
        """Return what holds the radio back, as the maker's question tells; None where nothing does, or tells."""
        question = questions.get(self.learned.family_name)
        return self.session.value(question.command, question.read) if question else None
