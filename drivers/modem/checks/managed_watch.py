"""What happens to card, network and modem while a modem is watched whose ports ModemManager keeps?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diag.contract.check import Finding, Level, Measurement, NotExamined, Yielded, Yields, check
from diag.contract.course import course, ends
from diag.contract.errors import DeviceGone, Interrupted
from diag.contract.said import Said
from drivers.modem.managed import Managed
from drivers.modem.pure import managed
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.managed import View
from drivers.modem.settings import ModemSettings, is_managed, is_watched

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_OFTEN = 2  # times that ModemManager finds a plugged modem anew, which once may have reasons of its own
_EVERY_S = 5.0  # s between two looks at the level; a change of card, network or modem is seen at once


@dataclass
class _Seen:
    """What was seen up to now. `last`: the modem at the last look; `card`: what its card has told last.

    `levels`, `percents`: each with the seconds since `began`.
    """

    began: float
    last: View
    card: Mapping[str, str]
    cards_changed: int = 0
    card_left: int = 0
    network_left: int = 0
    restarts: int = 0
    found_anew: int = 0
    levels: list[tuple[float, float]] = field(default_factory=list)
    percents: list[tuple[float, float]] = field(default_factory=list)


class ManagedWatch:
    """Watching in ModemManager's view, as long as the user says."""

    @staticmethod
    def fits(settings: ModemSettings) -> bool:
        """Return whether ModemManager is asked about the modem again and again."""
        return is_managed(settings) and is_watched(settings)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.manager: Managed = driver.managed

    @check(
        Level.INTERNAL,
        finds=("MDM-SIM-LOOSE", "MDM-NETWORK-LOST", "MDM-RESTART"),
        needs=("managed",),
        essential=False,
        deadline=60,
        seconds=60,
    )
    def managed_watch(self) -> Yields:
        """Look at card, registration and level again and again; Ctrl-C ends that, and keeps what was seen.

        A modem that vanishes and comes back has restarted; one that comes back without its card has lost the card,
        and one that comes back with another card has neither restarted nor a loose contact: somebody has swapped cards.
        """
        view = self.manager.modem()
        if view is None:
            raise DeviceGone(Said("managed_gone"))
        begin = self.manager.now()
        seen = _Seen(begin, view, self.manager.sim(view))
        self.manager.follow()
        gone = False
        with contextlib.suppress(Interrupted):
            while not gone and (left := begin + 60 * self.settings.watch_minutes - self.manager.now()) > 0:
                gone = not self._look(seen, left)
        for told in self._told(seen, round(self.manager.now() - begin)):
            with contextlib.suppress(Interrupted):
                yield told
        if gone:
            raise DeviceGone(Said("managed_gone"))

    def _look(self, seen: _Seen, left: float) -> bool:
        """Wait for a change, and take a look; return False where the modem has gone and does not come back."""
        view = self.manager.settled(min(_EVERY_S, left), lambda one: _differ(seen.last, one))
        if view is None or view.index != seen.last.index:
            view = self.manager.returned(self.settings.boot_s)
            if view is None:
                return False
            card = self.manager.sim(view)
            if _another(seen.card, card):
                seen.cards_changed += 1
                seen.card_left = max(0, seen.card_left - seen.last.out)  # it was taken out for the other one
            elif not (view.out or seen.last.out):
                self._note_found(seen, view)
            seen.card = card or seen.card
        elif _registered(seen.last) and not _registered(view) and not view.out:
            seen.network_left += 1
        if seen.last.card is Sim.READY and view.out:
            seen.card_left += 1
        self._note_level(seen, view)
        seen.last = view
        return True

    def _note_found(self, seen: _Seen, view: View) -> None:
        """Note a modem that ModemManager has found anew, with the same card or none told.

        ModemManager does that with a modem that stays plugged in where the card has gone and come (and, seldom, where
        a proxy of ModemManager's has died); where ModemManager itself has started again, it counts from 0.
        """
        if not view.stayed_plugged(seen.last):
            seen.restarts += 1
        elif _number(view) > _number(seen.last):
            seen.found_anew += 1

    def _note_level(self, seen: _Seen, view: View) -> None:
        passed = self.manager.now() - seen.began
        if level := managed.level(self.manager.levels()):
            seen.levels.append((passed, level.dbm))
        elif view.quality and view.quality[1]:
            seen.percents.append((passed, view.quality[0]))

    def _told(self, seen: _Seen, seconds: int) -> Iterator[Yielded]:
        yield Measurement("watched", seconds, "s")
        if seen.levels:
            low, high = ends(seen.levels)
            yield Measurement("watched_level_low", low, "dBm", course=course(seen.levels))
            yield Measurement("watched_level_high", high, "dBm")
        elif seen.percents:
            low, high = ends(seen.percents)
            yield Measurement("watched_percent_low", low, "%", course=course(seen.percents))
            yield Measurement("watched_percent_high", high, "%")
        yield from _of_card(seen, seconds)
        if seen.network_left:
            yield Finding("MDM-NETWORK-LOST", Said("network_left", count=seen.network_left, seconds=seconds))
        if seen.restarts:
            yield Finding("MDM-RESTART", Said("restarted_often", count=seen.restarts, seconds=seconds))
        if not self.learned.registered:
            yield NotExamined(("MDM-NETWORK-LOST",))
        if self.learned.sim is not Sim.READY:
            yield NotExamined(("MDM-SIM-LOOSE",))


def _of_card(seen: _Seen, seconds: int) -> Iterator[Yielded]:
    if seen.cards_changed:
        yield Measurement("cards_changed", seen.cards_changed)
    if seen.found_anew:
        yield Measurement("found_anew", seen.found_anew)
    if seen.card_left:
        yield Finding("MDM-SIM-LOOSE", Said("card_left", count=seen.card_left, seconds=seconds))
    elif seen.found_anew >= _OFTEN:
        yield Finding("MDM-SIM-LOOSE", Said("card_blinked", count=seen.found_anew, seconds=seconds))
    elif seen.found_anew:
        yield NotExamined(("MDM-SIM-LOOSE",))


def _another(last: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Return whether both cards have told a number, and not the same."""
    return any(last.get(name) and now.get(name) and last[name] != now[name] for name in ("iccid", "imsi"))


def _number(view: View) -> int:
    return int(view.index) if view.index.isdecimal() else 0


def _registered(view: View) -> bool:
    return view.registration is not None and view.lets_in


def _differ(last: View, now: View) -> bool:
    """Return whether a modem has restarted, or card or registration are others than before."""
    return (last.index, last.card, _registered(last)) != (now.index, now.card, _registered(now))
