"""What happens to card, network, module and supply while the module is watched?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diag.contract.check import Finding, Level, Limits, Measurement, NotExamined, Yielded, Yields, check
from diag.contract.course import course, ends
from diag.contract.errors import DeviceError, Interrupted
from diag.contract.said import Said
from drivers.modem import card, network
from drivers.modem.levels import LevelUnread, ask_level
from drivers.modem.pure import supply
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.events import card_comes_and_goes, network_losses
from drivers.modem.settings import ModemSettings, has_port, is_watched

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_EVERY_S = 5.0  # s between two looks at level, network and supply; the card is asked for all the time
_BACK_S = 60.0  # s until a module that has restarted answers again at least, whatever the profile's boot_s
_KEPT = 500  # lines told unasked that are remembered
_OUT = (Sim.ABSENT, Sim.FAILED, Sim.BUSY)


@dataclass
class _Seen:
    """What was seen up to now. `card_in`, `registered`: at the last look; None where that is not known.

    `levels`, `volts`: each with the seconds since `began`.
    """

    began: float
    card_in: bool | None = None
    registered: bool | None = None
    card_left: int = 0
    network_left: int = 0
    restarts: int = 0
    levels: list[tuple[float, float]] = field(default_factory=list)
    volts: list[tuple[float, float]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


class Watch:
    """Watching, as long as the user says."""

    @staticmethod
    def fits(settings: ModemSettings) -> bool:
        """Return whether the module itself is asked again and again."""
        return is_watched(settings) and has_port(settings)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(
        Level.INTERNAL,
        finds=("MDM-SIM-LOOSE", "MDM-NETWORK-LOST", "MDM-RESTART", "MDM-SUPPLY"),
        needs=("present",),
        essential=False,
        deadline=60,
        seconds=60,
    )
    def watch(self) -> Yields:
        """Ask for card, level, network and supply again and again; Ctrl-C ends that, and keeps what was seen."""
        begin = self.session.now()
        seen = _Seen(begin)
        earlier, self.session.dialogue.events = self.session.dialogue.events, []
        seen.card_in = True if self.learned.sim is Sim.READY else None
        seen.registered = bool(self.learned.registered) or None
        gone: DeviceError | None = None
        try:
            while self.session.now() - begin < 60 * self.settings.watch_minutes:
                self._look(seen)
        except Interrupted:
            pass
        except DeviceError as error:
            gone = error
        self.session.dialogue.events = earlier + seen.events
        for told in self._told(seen, self.session.now() - begin):
            with contextlib.suppress(Interrupted):
                yield told
        if gone is not None:
            raise gone

    def _look(self, seen: _Seen) -> None:
        """Look at everything once; wait for a module that restarts."""
        boots = len(self.session.dialogue.boots)
        try:
            until = self.session.now() + min(_EVERY_S, 60 * self.settings.watch_minutes / 3)
            self._look_around(seen)
            while self.session.now() < until and len(self.session.dialogue.boots) == boots:
                self._look_at_card(seen)
                self.session.pause()
        except DeviceError:
            self._await_back(seen)
        else:
            if len(self.session.dialogue.boots) > boots:
                self._await_back(seen)
        finally:
            seen.events = [*seen.events, *self.session.dialogue.events][-_KEPT:]
            self.session.dialogue.events = []

    def _await_back(self, seen: _Seen) -> None:
        """Count a restart, and wait for the module; what the module says while it starts is no loose card."""
        seen.restarts += 1
        self.session.come_back(max(_BACK_S, self.settings.boot_s))
        self.session.dialogue.events = []
        seen.card_in = seen.registered = None

    def _look_at_card(self, seen: _Seen) -> None:
        if self.learned.sim is not Sim.READY:
            return
        state, _ = card.state(self.session, 0.0)
        if seen.card_in and state in _OUT:
            seen.card_left += 1
        seen.card_in = {Sim.READY: True}.get(state, False if state in _OUT else seen.card_in)

    def _look_around(self, seen: _Seen) -> None:
        with contextlib.suppress(LevelUnread):
            if level := ask_level(self.session, self.learned.family):
                seen.levels.append((self.session.now() - seen.began, level.dbm))
        question = supply.question(self.learned.family_name)
        if (volts := self.session.value(question.command, question.read)) is not None:
            seen.volts.append((self.session.now() - seen.began, volts))
        if self.learned.registered:
            needed = network.needed(network.registrations(self.session), self.settings.domain)
            registered = any(one.good for one in needed)
            seen.network_left += bool(seen.registered) and not registered
            seen.registered = registered or (False if seen.registered is not None else None)

    def _told(self, seen: _Seen, seconds: float) -> Iterator[Yielded]:
        yield Measurement("watched", round(seconds), "s")
        if seen.levels:
            low, high = ends(seen.levels)
            yield Measurement("watched_level_low", low, "dBm", course=course(seen.levels))
            yield Measurement("watched_level_high", high, "dBm")
        if seen.volts:
            low, high = ends(seen.volts)
            limits = Limits(min=self.settings.supply_volts)
            yield Measurement("watched_supply_low", low, "V", limits, course=course(seen.volts))
            yield Measurement("watched_supply_high", high, "V")
        yield from self._findings(seen, round(seconds))
        if not self.learned.registered:
            yield NotExamined(("MDM-NETWORK-LOST",))
        if self.learned.sim is not Sim.READY:
            yield NotExamined(("MDM-SIM-LOOSE",))

    def _findings(self, seen: _Seen, seconds: int) -> Iterator[Finding]:
        events = card_comes_and_goes(["+CPIN: READY", *seen.events]) if self.learned.sim is Sim.READY else []
        if seen.card_left or events:
            yield Finding("MDM-SIM-LOOSE", _often("card_left", seen.card_left, events[1:], seconds))
        losses = network_losses(seen.events, self.learned.registered)
        if seen.network_left or losses:
            yield Finding("MDM-NETWORK-LOST", _often("network_left", seen.network_left, losses, seconds))
        if seen.restarts:
            yield Finding("MDM-RESTART", Said("restarted_often", count=seen.restarts, seconds=seconds))
        if seen.volts and (volt := ends(seen.volts)[0]) < self.settings.supply_volts:
            yield Finding("MDM-SUPPLY", Said("supply_fell", volt=volt, limit=self.settings.supply_volts))


def _often(key: str, count: int, lines: list[str], seconds: int) -> Said:
    """Say how often something was seen, and what the module said of that unasked."""
    told = Said(key, count=max(1, count), seconds=seconds)
    return Said("both", first=told, second="; ".join([*dict.fromkeys(lines)][:4])) if lines else told
