"""Steps with a person: another place, another SIM."""

from __future__ import annotations

from collections.abc import Iterator

from diag.check import Finding, Level, Measurement, NotAnswered, Prompt, Skipped, Step, Steps, check
from drivers.modem.answers import Sim
from drivers.modem.at import Command
from drivers.modem.network import WithNetwork

_RESTART_S = 15.0  # s for +CFUN, as Quectel names it
_BETTER = 6.0  # dB that a place without walls gives at least
_SWAPPED = ("MDM-SIM-ABSENT", "MDM-SIM-FAILURE", "MDM-SIM-LOCK")


class WithSwaps(WithNetwork):
    """What only another place or another SIM tells."""

    @check(Level.INTERACTIVE, finds=("MDM-ANTENNA",), needs=("signal",), essential=False)
    def outdoors(self) -> Steps:
        """A weak signal that does not grow outdoors is the antenna's; one that does was the place's."""
        before = self.level
        if not self.cellular or not self.radio_on or not (self.weak or before is None):
            yield Skipped("not-applicable")
            return
        if (yield Prompt("go_outdoors", ("done", "cannot"))) != "done":
            yield NotAnswered("not-done")
            return
        yield from self.measured_level("outdoors")
        same = before is not None and self.level is not None and self.level.dbm < before.dbm + _BETTER
        if self.level is None or (self.weak and same):
            yield Finding("MDM-ANTENNA", f"outdoors {self.level or 'no signal'}, before {before or 'no signal'}")

    @check(
        Level.INTERACTIVE,
        finds=("MDM-SIM-ABSENT", "MDM-SIM-FAILURE", "MDM-SIM-LOCK", "MDM-DENIED", "MDM-DETACHED", "MDM-FAULT"),
        needs=("sim",),
        essential=False,
        deadline=120,
    )
    def other_sim(self) -> Steps:
        """Another SIM, one's own telephone's for instance: it works here, or it does not either."""
        trouble = self.sim_fault or self.network_fault
        if trouble not in (*_SWAPPED, "MDM-NOT-REGISTERED", "MDM-DENIED", "MDM-DETACHED"):
            yield Skipped("not-applicable")
            return
        if (yield Prompt("other_sim", ("done", "cannot"))) != "done":
            yield NotAnswered("not-done")
            return
        yield from self._with_other_sim(trouble)
        yield Prompt("first_sim_back", ())

    def _with_other_sim(self, trouble: str) -> Iterator[Step]:
        """What it shows: the SIM was it, or the module cannot read any, or it is neither."""
        for level in (0, 1):  # the card is read anew; not every module notices the swap by itself
            self.ask(Command(f"AT+CFUN={level}"), timeout=_RESTART_S)
        state, said = self.sim_state(self.settings.sim_s)
        yield Measurement("other_sim", state.value)
        if trouble in _SWAPPED:
            if state in (Sim.READY, Sim.PIN):
                yield Finding(trouble, "another SIM is read in this module")
            elif state in (Sim.ABSENT, Sim.FAILED, Sim.BUSY):
                yield Finding("MDM-FAULT", f"another SIM is not read either: {said}")
            return
        if state is not Sim.READY:
            yield NotAnswered("not-done", f"the other SIM cannot be used here: {said}")
            return
        found = self._settled(self.settings.search_s)
        works = any(one.good for one in self.needed(found))
        yield Measurement("other_sim_registers", works)
        if works and trouble != "MDM-NOT-REGISTERED":
            yield Finding(trouble, "another SIM is registered in this module, at this place")
