"""The cash drawer, which hangs on the printer's drive and sensor pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Level, Measurement, NotAnswered, Yields, check
from diag.contract.said import Said
from drivers.printer.learned import hindrance
from drivers.printer.pure.conditions import Condition
from drivers.printer.reasons import DRAWER_OPEN, DRAWER_UNSEEN

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter
    from drivers.printer.session import Session
    from drivers.printer.settings import PrinterSettings

_OPENING = 2.0  # s until a drawer has opened; a spring takes well under one
_STILL = 0.3  # s in which the sensor pin has to stay as it is, without a pulse
_POLL = 0.05  # s


def pin_is_high(session: Session) -> bool:
    """Return the level of the sensor pin now."""
    return Condition.DRAWER_PIN_HIGH in session.dialect.drawer().on


def pin_is_restless(session: Session) -> bool:
    """Return whether the sensor pin moves by itself: a loose wire."""
    before = pin_is_high(session)
    end = session.now() + _STILL
    while session.now() < end:
        session.pause(_POLL)
        if pin_is_high(session) != before:
            return True
    return False


def pin_changes(session: Session, before: bool) -> bool:
    """Return whether the sensor pin leaves this level within the time that a drawer needs to open."""
    end = session.now() + _OPENING
    while pin_is_high(session) == before:
        if session.now() > end:
            return False
        session.pause(_POLL)
    return True


def has_drawer(settings: PrinterSettings) -> bool:
    """Return whether a drawer is fitted."""
    return settings.drawer != "none"


def level(high: bool) -> str:
    """Return the word for a level of the sensor pin."""
    return "high" if high else "low"


class Drawer:
    """The pulse, and what the sensor pin says of it."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.EXTERNAL,
        needs=("status",),
        essential=False,
        applies=has_drawer,
    )
    def drawer(self) -> Yields:
        """Give a pulse, and watch the sensor pin."""
        if in_the_way := hindrance(self.learned, one_way=self.session.one_way):
            yield in_the_way
            return
        dialect = self.session.dialect
        answer = dialect.drawer()
        if Condition.DRAWER_PIN_HIGH not in answer.tells:
            yield NotAnswered(reasons.NO_VALUE, Said("does_not_tell"))
            return
        if pin_is_restless(self.session):
            self.learned.drawer_restless = self.learned.drawer_unseen = True
            dialect.open_drawer(int(self.settings.drawer))
            yield NotAnswered(DRAWER_UNSEEN, Said("pin_restless", seconds=_STILL))
            return
        before = Condition.DRAWER_PIN_HIGH in answer.on
        open_level = self.settings.drawer_open_level
        was_open = open_level != "unknown" and before == (open_level == "high")
        dialect.open_drawer(int(self.settings.drawer))
        changed = pin_changes(self.session, before)
        yield Measurement("drawer_opened", changed)
        if not changed:
            self.learned.drawer_unseen = True
            unmoved = Said("pin_stays", level=Said(level(before)), seconds=_OPENING)
            yield NotAnswered(DRAWER_OPEN if was_open else DRAWER_UNSEEN, unmoved)
            return
        yield Fact("drawer-opened", Said("pin_went", level=Said(level(not before))))
        if was_open:  # a pulse closes no drawer: this switch is the other way round
            yield Measurement("drawer_open_level", level(not before))
