"""Steps with a person at a modem whose ports ModemManager keeps: another place, another SIM card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.errors import DeviceGone
from diag.contract.said import Said
from drivers.modem.checks.managed_restart import seen
from drivers.modem.checks.restart import works
from drivers.modem.checks.swaps import BETTER, CARD_FAULTS, NETWORK_FAULTS, other_card_read
from drivers.modem.levels import Levels
from drivers.modem.managed import Managed
from drivers.modem.pure import managed
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.managed import View
from drivers.modem.settings import ModemSettings, has_sim, is_managed

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_BETTER_PERCENT = 12.0  # %; 6 dB of the 50 dB that ModemManager counts for LTE


class ManagedSwaps:
    """What only another place or another SIM card tells, in ModemManager's view."""

    fits = staticmethod(is_managed)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-ANTENNA",),
        needs=("managed_signal",),
        essential=False,
        deadline=90,
        seconds=90,
    )
    def managed_outdoors(self) -> Yields:
        """Look at the level outdoors: a weak signal that does not grow there is the antenna's."""
        before, levels = self._percent(), self.learned.levels
        if self.learned.radio_on is False or not self._is_weak(levels, before):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("go_outdoors", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        if levels is not None:
            yield from self._in_decibels(levels)
        elif before is not None:
            yield from self._in_percent(before)

    def _is_weak(self, levels: Levels | None, percent: float | None) -> bool:
        if levels is not None:
            return levels.weak
        return percent is not None and percent < self._limit()

    def _in_decibels(self, before: Levels) -> Iterator[Yielded]:
        least = before.middle.dbm + BETTER
        self.manager.settled(self.settings.search_s, lambda _: (self._level() or before).middle.dbm >= least)
        after = self._level() or before
        yield from after.measurements("outdoors")
        if after.weak and after.middle.dbm < least:
            yield Finding("MDM-ANTENNA", Said("outdoors_before", outdoors=after.middle, before=before.middle))

    def _in_percent(self, before: float) -> Iterator[Yielded]:
        least = before + _BETTER_PERCENT
        self.manager.settled(self.settings.search_s, lambda view: (view.quality or (0.0, False))[0] >= least)
        after = self._percent()
        if after is None:
            yield NotAnswered(reasons.NO_VALUE, Said("level_old"))
            return
        yield Measurement("outdoors_percent", after, "%")
        if after < min(least, self._limit()):
            yield Finding("MDM-ANTENNA", Said("outdoors_before", outdoors=f"{after:g} %", before=f"{before:g} %"))

    def _level(self) -> Levels | None:
        level = managed.level(self.manager.levels())
        return Levels((level,), self.settings.weak_dbm.limit(level.quantity)) if level else None

    def _percent(self) -> float | None:
        """Return the level in percent; None where ModemManager knows none of the last minute."""
        view = self._now()
        return view.quality[0] if view.quality and view.quality[1] else None

    def _limit(self) -> float:
        return self._now().weak_percent(self.settings.weak_dbm.rssi)

    def _now(self) -> View:
        view = self.manager.modem()
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        return view

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=(*CARD_FAULTS, "MDM-DENIED", "MDM-DETACHED", "MDM-FAULT"),
        applies=has_sim,
        needs=("managed",),
        essential=False,
        deadline=300,
        seconds=90,
        takes="spare",
    )
    def managed_other_sim(self) -> Yields:
        """Try another SIM: it works here, or fails as the first does; a reset has the modem read the card."""
        trouble = self.learned.trouble
        if trouble not in (*CARD_FAULTS, *NETWORK_FAULTS):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if trouble in NETWORK_FAULTS and works(seen(trouble, self._now())):
            yield Skipped(reasons.NOT_APPLICABLE)  # another step has mended it
            return
        first = self.manager.sim(self._now()).get("iccid", "")
        if (yield Prompt("other_sim", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        yield from self._tried(trouble, first)
        yield Prompt("first_sim_back", ())

    def _tried(self, trouble: str, first: str) -> Iterator[Yielded]:
        view = self._read_anew()
        if view is None or (first and self.manager.sim(view).get("iccid") == first):
            yield NotAnswered(reasons.NOT_DONE, Said("not_read_anew"))
            return
        yield Measurement("other_sim", view.card.value)
        told = Said("managed_failed", state=view.state, why=view.reason or view.word("unlock-required"))
        if trouble in CARD_FAULTS:
            yield from other_card_read(trouble, view.card, told)
        elif view.card is Sim.READY:
            yield from self._in_network(trouble)
        else:
            yield NotAnswered(reasons.NOT_DONE, Said("other_sim_unusable", why=told))

    def _read_anew(self) -> View | None:
        """Return the modem once it was reset and has read its card; None where ModemManager reads no card anew.

        A modem that cannot be reset may have noticed the swap by itself.
        """
        before = self._now()
        if view := self.manager.reset(self.settings.boot_s):
            return view
        view = self.manager.settled(self.settings.sim_s, lambda one: one.card is not before.card)
        return view if view is not None and view.card is not before.card else None

    def _in_network(self, trouble: str) -> Iterator[Yielded]:
        """Yield that the SIM is refused where another SIM is let in."""
        view = self.manager.settled(self.settings.search_s, lambda one: one.registration is not None and one.lets_in)
        let_in = view is not None and view.lets_in
        yield Measurement("other_sim_works", let_in)
        if let_in:
            refused = "MDM-DENIED" if trouble == "MDM-NOT-REGISTERED" else trouble
            yield Finding(refused, Said("other_sim_works_here"))
        else:
            yield NotExamined(("MDM-DENIED", "MDM-DETACHED", *CARD_FAULTS))
