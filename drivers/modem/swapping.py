"""Yields with a person: another place, another SIM."""

from __future__ import annotations

from collections.abc import Iterator

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
from diag.contract.errors import DeviceError
from drivers.modem.network import WithNetwork
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command
from drivers.modem.settings import is_cellular

_RESTART_S = 60.0  # s for +CFUN; Quectel names 15, u-blox more
_ON = "AT+CFUN=1"
_BETTER = 6.0  # dB that a place without walls gives at least
_SWAPPED = ("MDM-SIM-ABSENT", "MDM-SIM-FAILURE", "MDM-SIM-LOCK")


class WithSwaps(WithNetwork):
    """What only another place or another SIM tells."""

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-ANTENNA",),
        needs=("signal",),
        essential=False,
        seconds=90,
        applies=is_cellular,
    )
    def outdoors(self) -> Yields:
        """A weak signal that does not grow outdoors is the antenna's; one that does was the place's."""
        before = self.level
        if not self.radio_on or not (self.weak or before is None):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("go_outdoors", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        yield from self.measured_level("outdoors")
        same = before is not None and self.level is not None and self.level.dbm < before.dbm + _BETTER
        if self.level is None or (self.weak and same):
            yield Finding("MDM-ANTENNA", f"outdoors {self.level or 'no signal'}, before {before or 'no signal'}")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-SIM-ABSENT", "MDM-SIM-FAILURE", "MDM-SIM-LOCK", "MDM-DENIED", "MDM-DETACHED", "MDM-FAULT"),
        needs=("present",),
        essential=False,
        deadline=300,
        seconds=90,
        takes="spare",
        applies=is_cellular,
    )
    def other_sim(self) -> Yields:
        """Another SIM, one's own telephone's for instance: it works here, or it does not either."""
        trouble = self.sim_fault or self.network_fault
        if trouble not in (*_SWAPPED, "MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-DETACHED"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("other_sim", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NOT_DONE)
            return
        try:
            yield from self._with_other_sim(trouble)
        except DeviceError:
            yield Prompt("first_sim_back", ())
            raise
        yield Prompt("first_sim_back", ())

    def _with_other_sim(self, trouble: str) -> Iterator[Yielded]:
        """What it shows: the SIM was it, or the module cannot read any, or it is neither."""
        self.put_back.append(_ON)
        for command in ("AT+CFUN=0", _ON):  # the card is read anew; not every module notices the swap by itself
            self.ask(Command(command), timeout=_RESTART_S)
        self.put_back.remove(_ON)
        state, said = self.sim_state(self.settings.sim_s)
        yield Measurement("other_sim", state.value)
        if trouble in _SWAPPED:
            if state in (Sim.READY, Sim.PIN):
                yield Finding(trouble, "another SIM is read in this module")
            elif state in (Sim.ABSENT, Sim.FAILED, Sim.BUSY):
                yield Finding("MDM-FAULT", f"another SIM is not read either: {said}")
            return
        if state is not Sim.READY:
            yield NotAnswered(reasons.NOT_DONE, f"the other SIM cannot be used here: {said}")
            return
        works = any(one.good for one in self.needed(self.settled(self.settings.search_s)))
        if works and trouble == "MDM-DETACHED":
            works = bool(self.attached())
        yield Measurement("other_sim_works", works)
        if works:  # a SIM that is not let in where another one is, is refused, whatever the network says of it
            refused = "MDM-DENIED" if trouble == "MDM-NOT-REGISTERED" else trouble
            yield Finding(refused, "another SIM has what it needs in this module, at this place")
        else:
            yield NotExamined(("MDM-DENIED", "MDM-DETACHED", *_SWAPPED))
