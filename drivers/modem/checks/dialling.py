"""How is an outside number dialled on this line, where the test call came to nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yielded, Yields, check
from diag.contract.said import Said
from drivers.modem.dialogue import Reply
from drivers.modem.pure import calls
from drivers.modem.settings import ModemSettings, can_call, is_dialup

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

# what people say a telephone on the line needs -> what is dialled before the number; a comma is a pause (V.250
# clause 6.3.1.2, S8), in which a telephone system switches to the outside line
_PREFIXES = {"none": "", "zero": "0,", "nine": "9,"}


class Dialling:
    """Other ways to dial the same number."""

    fits = staticmethod(is_dialup)

    def __init__(self, driver: Modem) -> None:
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.hook = driver.hook

    @check(
        Level.EXTERNAL,
        phase=Phase.STEP,
        finds=("MDM-PULSE",),
        applies=can_call,
        needs=("call",),
        essential=False,
        deadline=120,
        seconds=40,
    )
    def pulse_call(self) -> Yields:
        """Dial by pulses (V.250 clause 6.3.1.2: P) where a call dialled by tones came to nothing, or the other way.

        A call comes to nothing now and then, so that the way of the profile is tried once more where the other worked.
        """
        if self.learned.call_fault not in ("MDM-NO-ANSWER", "MDM-NO-CARRIER"):
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        by, other = ("T", "P") if self.settings.dialling == "tone" else ("P", "T")
        reply = self.hook.dial(f"ATD{other}{self.settings.number}", self.settings.answer_s)
        yield from self._ended("pulse_call", reply)
        if not self._heard_more(reply):
            return
        if self.hook.is_on:
            again = self.hook.dial(f"{self.settings.dial}{self.settings.number}", self.settings.answer_s)
            yield from self._ended("call_again", again)
            if self._heard_more(again):
                return
        yield Finding("MDM-PULSE", Said("dialled_otherwise", answer=reply.result, by=by, other=other))

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-PREFIX",),
        applies=can_call,
        needs=("call",),
        essential=False,
        deadline=120,
        seconds=60,
    )
    def outside_line(self) -> Yields:
        """Dial as a person says that a telephone on this line is dialled: with a digit for an outside line, or none."""
        if self.learned.call_fault is None:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        prefix = _PREFIXES.get((yield Prompt("outside_line", (*_PREFIXES, "cannot"))) or "")
        if prefix is None:
            yield NotAnswered(reasons.NOT_DONE)
            return
        if prefix.rstrip(",") == self.settings.prefix.rstrip(",W"):
            return
        reply = self.hook.dial(f"{self.settings.dial}{prefix}{self.settings.test_number}", self.settings.answer_s)
        yield from self._ended("outside_call", reply)
        if self._heard_more(reply):
            told = Said("with_prefix", answer=reply.result, prefix=prefix) if prefix else Said("without_prefix")
            yield Finding("MDM-PREFIX", told)

    def _ended(self, name: str, reply: Reply) -> Iterator[Yielded]:
        yield Measurement(name, reply.shown)
        self.hook.hang_up()
        yield Measurement("on_hook_again", self.hook.is_on)
        if not self.hook.is_on:
            yield NotAnswered(reasons.NO_VALUE, Said("hang_up_untold"))

    def _heard_more(self, reply: Reply) -> bool:
        """Return whether the call came further than the test call: connected, or busy where nobody had answered."""
        busy = calls.call_fault(reply.result) == "MDM-BUSY" and self.learned.call_fault != "MDM-BUSY"
        return calls.connected(reply.result) or busy
