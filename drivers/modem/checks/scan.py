"""Which networks does a module hear that none lets in, and is the card's own network one of them?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.said import Said
from drivers.modem import network
from drivers.modem.learned import Learned
from drivers.modem.pure import access_points, answers
from drivers.modem.pure.answers import Heard
from drivers.modem.pure.at import Command
from drivers.modem.session import HELLO
from drivers.modem.settings import ModemSettings, has_port, is_cellular

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_SCAN = Command("AT+COPS=?", ("+COPS",), bare=True, patient=True)  # some modules tell each network in a line of its own
SCAN_S = 180.0  # s; the makers name up to 3 minutes
_MAY_SCAN = ("MDM-NOT-REGISTERED", "MDM-DENIED")


class NetworkScan:
    """A scan for networks (TS 27.007 clause 7.3)."""

    @staticmethod
    def fits(settings: ModemSettings) -> bool:
        """Return whether a module can be asked for the networks that it hears."""
        return is_cellular(settings) and has_port(settings)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(
        Level.EXTERNAL,
        phase=Phase.STEP,
        finds=("MDM-COVERAGE", "MDM-DENIED"),
        needs=("registration",),
        essential=False,
        deadline=240,
        seconds=90,
    )
    def networks(self) -> Yields:
        """Have a module that no network lets in scan (+COPS=?), and look for the card's own network.

        A network that is forbidden to its own card refuses the card; one that is not heard is not at this place.
        """
        if network.obstacle(self.settings, self.learned) or not may_scan(self.learned):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        heard = self._scan()
        if heard is None:
            yield NotAnswered(reasons.NO_VALUE, Said("no_scan"))
            return
        yield from judged(heard, self.learned.home_network)

    def _scan(self) -> list[Heard] | None:
        """Return the networks; None where the module tells none. Ctrl-C, and the end of the time, end the scan.

        Any character ends a command that takes long (V.250 clause 5.6.1), so that AT comes first when all is put back.
        """
        self.session.put_back.append(HELLO.text)
        try:
            told = self.session.dialogue.ask(_SCAN, _keep_networks, SCAN_S).kept
        except (DeviceSilent, DeviceGarbled):
            self.session.hello(self.settings.timeout_s)
            told = None
        self.session.put_back.remove(HELLO.text)
        return None if told is None else [Heard(*one) for one in told]


def may_scan(learned: Learned) -> bool:
    """Return whether a scan can tell why no network lets a module in."""
    return learned.network_fault in _MAY_SCAN and not learned.chosen_by_hand


def judged(heard: Sequence[Heard], home: str) -> Iterator[Yielded]:
    """Judge by the card's own network, `home` (MCC, MNC), and where the card does not tell that, by all networks."""
    yield Measurement("networks_heard", len(heard))
    if heard:
        yield Measurement("networks", Said("lines", lines=[_named(one) for one in heard]))
    own = [one for one in heard if _is_own(one, home)]
    if own and all(one.forbidden for one in own):
        yield Finding("MDM-DENIED", Said("own_forbidden", networks=_names(own)))
    elif home and heard and not own:
        yield NotExamined(("MDM-DENIED",))
        yield Finding("MDM-COVERAGE", Said("own_unheard", networks=_names(heard), home=home[:5]))
    elif not home and heard and all(one.forbidden for one in heard):
        yield Finding("MDM-DENIED", Said("all_forbidden", networks=_names(heard)))
    if not (home and heard):
        yield NotExamined(("MDM-COVERAGE",))


def _is_own(heard: Heard, home: str) -> bool:
    """Return whether a network is the card's own, or another of the same operator's."""
    operator = access_points.operator_of(home)
    return home.startswith(heard.number) or (bool(operator) and operator == access_points.operator_of(heard.number))


def _names(heard: Sequence[Heard]) -> list[str]:
    return [*dict.fromkeys(one.name for one in heard)]


def _named(heard: Heard) -> Said:
    told = {"name": heard.name, "number": heard.number}
    return Said("forbidden_network" if heard.forbidden else "open_network", **told)


def _keep_networks(lines: Sequence[str]) -> list[tuple[str, str, bool]]:
    return [(one.name, one.number, one.forbidden) for one in answers.networks(lines)]
