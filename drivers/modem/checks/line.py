"""Is there a telephone line, free, with a dial tone, and is a call answered?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Skipped, Yielded, Yields, check
from diag.contract.said import Said, Told
from drivers.modem.pure import calls
from drivers.modem.pure.at import Command
from drivers.modem.settings import ModemSettings, can_call, is_dialup, may_measure_line

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_TONE_S = 15.0  # s for a dial tone: S7 bounds the wait of W, and exchanges take up to 5 s


def _measured_faults(settings: ModemSettings) -> tuple[str, ...]:
    return calls.LINE_FAULTS if may_measure_line(settings) else ()


class TelephoneLine:
    """The line of a dial-up modem, from its voltage to a call."""

    fits = staticmethod(is_dialup)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings
        self.hook = driver.hook

    @check(Level.INTERNAL, finds=_measured_faults, needs=("present",))
    def line(self) -> Yields:
        """Measure the line's voltage on-hook, where the chip can; a modem alone says nothing of its line."""
        question = self.learned.family.line
        volts = self.session.ask(question.command, question.read).kept if question else None
        if volts is None:
            yield NotAnswered(reasons.NO_VALUE, Said("line_unmeasured"))
            return
        yield Measurement("line_voltage", volts, "V")
        fault = calls.voltage_fault(volts, self.settings.line_volts)
        if fault == "MDM-NO-DIALTONE":
            yield self._line_finding(fault, Said("no_line", volt=volts))
        elif fault:
            yield self._line_finding(fault, Said("line_in_use", volt=volts))

    @check(Level.EXTERNAL, finds=calls.LINE_FAULTS, needs=("present",), answers_for=("line",), deadline=60)
    def dial_tone(self) -> Yields:
        """Go off-hook, wait for the dial tone (W), and go on-hook again."""
        self._report_progress()
        yield from self._watch_for_others()
        reply = self.hook.dial(f"{self.settings.dial}W;", _TONE_S)
        yield Measurement("dial_tone", reply.result == "OK")
        yield from self._hang_up()
        if fault := calls.line_fault(reply.result):
            yield self._line_finding(fault, reply.result)
        elif not reply.result or reply.result == "NO CARRIER":  # W ends with either, after S7, which is 50 s and more
            yield self._line_finding("MDM-NO-DIALTONE", reply.result or Said("no_dial_tone", seconds=_TONE_S))
        elif reply.result != "OK":
            yield NotAnswered(reasons.NO_VALUE, Said("answer_to", answer=reply.result, question="ATDTW;"))

    @check(
        Level.EXTERNAL,
        finds=(*calls.LINE_FAULTS, *calls.CALL_FAULTS),
        applies=can_call,
        needs=("dial_tone",),
        deadline=120,
    )
    def call(self) -> Yields:
        """Dial the profile's test number, and hang up once the call is connected."""
        if self.learned.line_fault:
            yield Skipped(reasons.NOT_APPLICABLE, Said("line_in_the_way"))
            return
        begin = self.session.now()
        reply = self.hook.dial(f"{self.settings.dial}{self.settings.number}", self.settings.answer_s)
        seconds = round(self.session.now() - begin)
        yield Measurement("call", reply.shown)
        yield from self._hang_up()
        if rate := calls.rate(reply.result):
            yield Measurement("rate_as_told", rate, "bit/s")  # the port's with some settings (W0), else the line's
        if fault := calls.line_fault(reply.result):
            yield self._line_finding(fault, reply.result)
        elif fault := calls.call_fault(reply.result):
            self.learned.call_fault = fault
            told = Said("no_carrier_in", answer=reply.result, seconds=seconds)
            yield Finding(fault, told if fault == "MDM-NO-CARRIER" else reply.result)
        elif not reply.result:
            self.learned.call_fault = "MDM-NO-ANSWER"
            yield Finding("MDM-NO-ANSWER", Said("call_unanswered", seconds=self.settings.answer_s))
        elif not calls.connected(reply.result):
            yield NotAnswered(reasons.NO_VALUE, Said("answer_to_call", answer=reply.result))

    @check(
        Level.EXTERNAL,
        finds=("MDM-DIAL-TONE",),
        hints=calls.LINE_FAULTS,
        applies=can_call,
        needs=("dial_tone",),
        essential=False,
        deadline=120,
        seconds=30,
    )
    def blind_call(self) -> Yields:
        """Dial without waiting for a dial tone (X3) where none was recognised: a PBX's or a stutter tone is another.

        V.250 clause 6.2.7. Only a busy tone or a connection shows that the line works.
        """
        if self.learned.line_fault != "MDM-NO-DIALTONE":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        before = self.session.ask(Command("AT&V", bare=True), calls.progress_level).kept
        if not self.session.change("ATX3", f"ATX{4 if before is None else before}"):
            yield NotAnswered(reasons.NO_VALUE, Said("no_blind_dialling"))
            return
        reply = self.hook.dial(f"{self.settings.dial}{self.settings.number}", self.settings.answer_s)
        yield Measurement("blind_call", reply.shown)
        yield from self._hang_up()
        if calls.connected(reply.result) or calls.call_fault(reply.result) == "MDM-BUSY":
            self.learned.line_fault = "MDM-DIAL-TONE"
            yield Finding("MDM-DIAL-TONE", Said("dialled_blindly", answer=reply.result))
        elif fault := calls.line_fault(reply.result):
            yield self._line_finding(fault, reply.result)

    def _hang_up(self) -> Iterator[Yielded]:
        self.hook.hang_up()
        yield Measurement("on_hook_again", self.hook.is_on)
        if not self.hook.is_on:
            yield NotAnswered(reasons.NO_VALUE, Said("hang_up_untold"))

    def _report_progress(self) -> None:
        """Have busy tones looked for (X4), unless AT&V does not tell what to put back."""
        before = self.session.ask(Command("AT&V", bare=True), calls.progress_level).kept
        if before is not None and before != 4:
            self.session.change("ATX4", f"ATX{before}")

    def _watch_for_others(self) -> Iterator[Yielded]:
        """Have the chip refuse a line on which somebody talks, rather than break in, where the chip can do so."""
        guard = self.learned.family.guard
        before = self.session.ask(guard.command, guard.read).kept if guard else None
        if guard is not None and before is not None and not before & 1:
            done = self.session.change(guard.set.format(before | 1), guard.set.format(before))
            yield Measurement("line_in_use_detection", done)

    def _line_finding(self, fault: str, evidence: Told) -> Finding:
        self.learned.line_fault = fault
        return Finding(fault, evidence)
