"""The cash drawer beyond its usual pulse: a longer pulse, and the other pin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Measurement, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.drawer import pin_changes, pin_is_high
from drivers.printer.pure.conditions import Condition
from drivers.printer.settings import PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_PULSE_FAULT = reported.answers_tell({Condition.DRAWER_PIN_HIGH: "PRN-DRAWER-PULSE"})


def _has_drawer(settings: PrinterSettings) -> bool:
    return settings.drawer != "none"


class DrawerPulses:
    """Other pulses for a drawer that stayed shut."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_PULSE_FAULT,
        needs=("drawer_seen",),
        essential=False,
        seconds=20,
        applies=_has_drawer,
    )
    def drawer_other_pulse(self) -> Yields:
        """Give a drawer that stayed shut a longer pulse, then one on the other pin; each is watched, or asked about."""
        if self.learned.drawer_did != "shut":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        pin = int(self.settings.drawer)
        other = 5 if pin == 2 else 2
        component = self.session.component
        told = {
            "drawer_longer": Said("longer_opens", pin=pin),
            "drawer_other_pin": Said("other_pin_opens", other=other, pin=pin, component=component),
        }
        unseen = False
        for prompt, evidence in told.items():
            before = pin_is_high(self.session)
            self.session.dialect.open_drawer(
                pin if prompt == "drawer_longer" else other, longer=prompt == "drawer_longer"
            )
            did = "opened" if pin_changes(self.session, before) else (yield Prompt(prompt, ("opened", "shut")))
            unseen = unseen or did is None
            if did == "opened":
                yield Measurement("drawer_opened", True)
                yield Fact("drawer-opened", evidence)
                yield Finding("PRN-DRAWER-PULSE", evidence)
                return
        yield Skipped(reasons.NO_PERSON) if unseen else Measurement("drawer_opened", False)
