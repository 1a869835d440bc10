"""The cash drawer, which hangs on the printer's drive and sensor pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yields, check
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.learned import hindrance
from drivers.printer.pure.conditions import Condition
from drivers.printer.reasons import DRAWER_OPEN, DRAWER_UNSEEN

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter
    from drivers.printer.session import Session

_OPENING = 2.0  # s until a drawer has opened; a spring takes well under one
_POLL = 0.05  # s
_CHOICES = ("opened", "stood-open", "shut")
DRAWER_FAULT = reported.answers_tell({Condition.DRAWER_PIN_HIGH: "PRN-DRAWER"})


def pin_is_high(session: Session) -> bool:
    """Return the level of the sensor pin now."""
    return Condition.DRAWER_PIN_HIGH in session.dialect.drawer().on


def pin_changes(session: Session, before: bool) -> bool:
    """Return whether the sensor pin leaves this level within the time that a drawer needs to open."""
    end = session.now() + _OPENING
    while pin_is_high(session) == before:
        if session.now() > end:
            return False
        session.pause(_POLL)
    return True


def _level(high: bool) -> Said:
    return Said("high" if high else "low")


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
        applies=lambda settings: settings.drawer != "none",
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
        before = Condition.DRAWER_PIN_HIGH in answer.on
        open_level = self.settings.drawer_open_level
        was_open = open_level != "unknown" and before == (open_level == "high")
        dialect.open_drawer(int(self.settings.drawer))
        changed = pin_changes(self.session, before)
        yield Measurement("drawer_opened", changed)
        if not changed:
            self.learned.drawer_unseen = True
            unmoved = Said("pin_stays", level=_level(before), seconds=_OPENING)
            yield NotAnswered(DRAWER_OPEN if was_open else DRAWER_UNSEEN, unmoved)
            return
        yield Fact("drawer-opened", Said("pin_went", level=_level(not before)))
        if was_open:  # a pulse closes no drawer: this switch is the other way round
            yield Measurement("drawer_open_level", "low" if before else "high")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=DRAWER_FAULT,
        needs=("status",),
        essential=False,
        answers_for=("drawer",),
        seconds=10,
        applies=lambda settings: settings.drawer != "none",
    )
    def drawer_seen(self) -> Yields:
        """Ask what the drawer did, where its sensor said nothing."""
        if not self.learned.drawer_unseen:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        yield from self._look(Prompt("drawer_seen", _CHOICES))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=DRAWER_FAULT,
        needs=("drawer_seen",),
        essential=False,
        seconds=10,
        confirms=("drawer_seen",),
        applies=lambda settings: settings.drawer != "none",
    )
    def drawer_second_look(self) -> Yields:
        """Give a second pulse to a drawer that stayed shut, and ask again."""
        if self.learned.drawer_did != "shut":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.session.dialect.open_drawer(int(self.settings.drawer))
        yield from self._look(Prompt("drawer_seen", _CHOICES, again=True))

    def _look(self, prompt: Prompt) -> Yields:
        did = self.learned.drawer_did = yield prompt
        if did is None:
            yield Skipped(reasons.NO_PERSON)
            return
        yield Measurement("drawer_seen", did)
        if did == "shut":
            yield Finding("PRN-DRAWER", Said("stays_shut"))
        elif did == "stood-open" and not prompt.again:
            yield from self._pushed_shut()
        elif did == "opened":
            yield Measurement("drawer_sensor_wired", False)

    def _pushed_shut(self) -> Yields:
        """Have a drawer that stands open pushed shut: the sensor's levels are learned, and another pulse counts."""
        before = pin_is_high(self.session)
        if (yield Prompt("drawer_shut", ("done", "cannot"))) != "done":
            yield NotAnswered(DRAWER_OPEN, Said("stood_open"))
            return
        now = pin_is_high(self.session)
        yield Measurement("drawer_sensor_wired", now != before)
        if now != before:
            yield Measurement("drawer_open_level", "high" if before else "low")
        self.session.dialect.open_drawer(int(self.settings.drawer))
        if pin_changes(self.session, now):
            yield Measurement("drawer_opened", True)
            yield Fact("drawer-opened", Said("opened_after_push"))
        elif now != before:
            yield Finding("PRN-DRAWER", Said("only_by_hand"))
        else:
            yield NotAnswered(DRAWER_UNSEEN, Said("no_switch"))
