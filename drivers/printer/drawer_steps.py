"""The cash drawer with a person beside it: what it did, other pulses, and a drawer that is moved by hand."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Fact,
    Finding,
    Level,
    Measurement,
    NotAnswered,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.by_hand import Told, done, told
from drivers.printer.drawer import has_drawer, level, pin_changes, pin_is_high
from drivers.printer.pure.conditions import Condition
from drivers.printer.reasons import DRAWER_OPEN, DRAWER_UNSEEN

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter

_DID = ("opened", "stood-open", "shut")
_SENSED = "sensed"  # the drawer opened, as its sensor says
_OPENED = ("opened", _SENSED)


def _told_by_sensor(*faults: str) -> reported.FaultsOfSettings:
    return reported.answers_tell(*({Condition.DRAWER_PIN_HIGH: fault} for fault in faults))


class DrawerSteps:
    """Questions and deeds where the drawer's sensor said nothing."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER"),
        needs=("status",),
        essential=False,
        answers_for=("drawer",),
        seconds=10,
        applies=has_drawer,
    )
    def drawer_seen(self) -> Yields:
        """Ask what the drawer did, where its sensor said nothing."""
        if not self.learned.drawer_unseen:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        yield from self._look(Prompt("drawer_seen", _DID))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER"),
        needs=("drawer_seen",),
        essential=False,
        seconds=10,
        confirms=("drawer_seen",),
        applies=has_drawer,
    )
    def drawer_second_look(self) -> Yields:
        """Give a second pulse to a drawer that stayed shut, and ask again."""
        if self.learned.drawer_did != "shut":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.session.dialect.open_drawer(int(self.settings.drawer))
        yield from self._look(Prompt("drawer_seen", _DID, again=True))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER-PULSE"),
        needs=("drawer_seen",),
        essential=False,
        seconds=20,
        applies=has_drawer,
    )
    def drawer_other_pulse(self) -> Yields:
        """Give a drawer that stayed shut a longer pulse, then one on the other pin; each is watched, or asked about."""
        if self.learned.drawer_did != "shut":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        unseen = False
        for prompt, opens in self._other_pulses().items():
            did = yield from self._pulse(prompt)
            unseen = unseen or did is None
            if did in _OPENED:
                self.learned.drawer_opens = prompt
                yield Measurement("drawer_opened", True)
                yield from [Fact("drawer-opened", opens)] if did == _SENSED else []
                yield Finding("PRN-DRAWER-PULSE", opens)
                return
        yield Skipped(reasons.NO_PERSON) if unseen else Measurement("drawer_opened", False)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER-PULSE"),
        needs=("drawer_other_pulse",),
        essential=False,
        seconds=20,
        confirms=("drawer_other_pulse",),
        applies=has_drawer,
    )
    def drawer_pulse_again(self) -> Yields:
        """Have a drawer that another pulse opened pushed shut, and give that pulse once more."""
        self.learned.drawer_opens_again = yield from self._pulse_again()

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER-PULSE"),
        needs=("drawer_pulse_again",),
        essential=False,
        seconds=20,
        confirms=("drawer_other_pulse", "drawer_pulse_again"),
        applies=has_drawer,
    )
    def drawer_pulse_third(self) -> Yields:
        """Give the pulse a third time, where it opened the drawer once, and once not."""
        if self.learned.drawer_opens_again is not False:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield from self._pulse_again()) is False:
            self.learned.drawer_opens = None  # the drawer is still to be opened by hand

    def _pulse_again(self) -> Generator[Yielded, str | None, bool | None]:
        """Give the pulse that opened the drawer; return whether the drawer opens again, None where nobody tells."""
        prompt = self.learned.drawer_opens
        if prompt is None:
            yield Skipped(reasons.NOT_APPLICABLE)
            return None
        if (yield from done("drawer_shut")) is None:
            return None
        did = yield from self._pulse(prompt, again=True)
        if did is None:
            yield Skipped(reasons.NO_PERSON)
            return None
        opened = did in _OPENED
        yield Measurement("drawer_opened", opened)
        if opened:
            yield Fact("drawer-opened", self._other_pulses()[prompt])
            yield Finding("PRN-DRAWER-PULSE", self._other_pulses()[prompt])
        return opened

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=_told_by_sensor("PRN-DRAWER", "PRN-DRAWER-LOCKED"),
        needs=("drawer_other_pulse",),
        essential=False,
        seconds=30,
        applies=has_drawer,
    )
    def drawer_by_hand(self) -> Yields:
        """Have a drawer that stayed shut opened by hand: it may be locked, and its sensor's levels are learned."""
        if self.learned.drawer_did != "shut" or self.learned.drawer_opens:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = pin_is_high(self.session)
        how = yield from told(Prompt("drawer_by_hand", ("was-locked", "not-locked", "cannot")))
        if how is None:
            return
        yield Measurement("drawer_by_hand", how)
        follows = not self.learned.drawer_restless and pin_is_high(self.session) != before
        yield from self._learned_by_hand(follows, open_is_high=not before)
        if how == "not-locked":
            yield Finding("PRN-DRAWER", Said("only_by_hand" if follows else "not_locked"))
        elif (yield from done("drawer_shut")) is not None:
            yield from self._after_unlocking()

    def _after_unlocking(self) -> Yields:
        """Give a pulse to a drawer that was locked, and has been unlocked and pushed shut."""
        did = yield from self._pulse("drawer_unlocked")
        if did is None:
            yield Skipped(reasons.NO_PERSON)
            return
        yield Measurement("drawer_opened", did in _OPENED)
        if did in _OPENED:
            yield Fact("drawer-opened", Said("opens_unlocked"))
            yield Finding("PRN-DRAWER-LOCKED", Said("opens_unlocked"))
        else:
            yield Finding("PRN-DRAWER", Said("shut_unlocked"))

    def _other_pulses(self) -> dict[str, Said]:
        """Return the prompts of the other pulses, each with what is said where that pulse opens the drawer."""
        pin, other = int(self.settings.drawer), self._other_pin()
        return {
            "drawer_longer": Said("longer_opens", pin=pin),
            "drawer_other_pin": Said("other_pin_opens", other=other, pin=pin, component=self.session.component),
        }

    def _other_pin(self) -> int:
        return 5 if self.settings.drawer == "2" else 2

    def _pulse(self, prompt: str, *, again: bool = False) -> Told:
        """Give the pulse that a prompt asks about, and return what the drawer does: by its sensor, else as is said."""
        before = pin_is_high(self.session)
        pin = self._other_pin() if prompt == "drawer_other_pin" else int(self.settings.drawer)
        self.session.dialect.open_drawer(pin, longer=prompt == "drawer_longer")
        return _SENSED if self._opens(before) else (yield Prompt(prompt, ("opened", "shut"), again=again))

    def _opens(self, before: bool) -> bool:
        """Return whether the sensor says that the drawer opens."""
        return not self.learned.drawer_restless and pin_changes(self.session, before)

    def _look(self, prompt: Prompt) -> Yields:
        did = self.learned.drawer_did = yield from told(prompt)
        if did is None:
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
        follows = not self.learned.drawer_restless and now != before
        yield from self._learned_by_hand(follows, open_is_high=before)
        self.session.dialect.open_drawer(int(self.settings.drawer))
        if self._opens(now):
            yield Measurement("drawer_opened", True)
            yield Fact("drawer-opened", Said("opened_after_push"))
        elif follows:
            yield Finding("PRN-DRAWER", Said("only_by_hand"))
        else:
            yield NotAnswered(DRAWER_UNSEEN, Said("no_switch"))

    def _learned_by_hand(self, follows: bool, *, open_is_high: bool) -> Yields:
        """Yield what a drawer that was moved by hand shows of its sensor."""
        yield Measurement("drawer_sensor_wired", follows)
        if follows:
            yield Measurement("drawer_open_level", level(open_is_high))
