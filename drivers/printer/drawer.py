"""The cash drawer, which hangs on the printer's drive and sensor pins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Yields, check
from drivers.printer import reported
from drivers.printer.learned import hindrance
from drivers.printer.pure.conditions import Condition
from drivers.printer.reasons import DRAWER_OPEN

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_OPENING = 2.0  # s until a drawer has opened; a spring takes well under one
_POLL = 0.05  # s


class Drawer:
    """The pulse, and what the sensor pin says of it."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.EXTERNAL,
        finds=reported.answers_tell({Condition.DRAWER_HIGH: "PRN-DRAWER"}),
        needs=("status",),
        essential=False,
        applies=lambda settings: settings.drawer != "none",
    )
    def drawer(self) -> Yields:
        """Give a pulse, and watch the sensor pin."""
        if in_the_way := hindrance(self.learned, one_way=self.session.one_way):
            yield in_the_way
            return
        dialect = self.session.dialect
        answer = dialect.drawer()
        if Condition.DRAWER_HIGH not in answer.tells:
            yield NotAnswered(reasons.NO_VALUE, "this printer does not tell")
            return
        before = Condition.DRAWER_HIGH in answer.on
        if before == (self.settings.drawer_open_level == "high") and self.settings.drawer_open_level != "unknown":
            yield NotAnswered(DRAWER_OPEN, "the drawer is open already; push it in and try again")
            return
        begin = self.session.now()
        dialect.open_drawer(int(self.settings.drawer))
        while not (changed := (Condition.DRAWER_HIGH in dialect.drawer().on) != before):
            if self.session.now() > begin + _OPENING:
                break
            time.sleep(_POLL)
        yield Measurement("drawer_opened", changed)
        if not changed:
            level = "high" if before else "low"
            yield Finding("PRN-DRAWER", f"the sensor pin stays {level} for {_OPENING:g} s after the pulse")
