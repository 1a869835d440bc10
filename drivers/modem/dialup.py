"""A dial-up modem and its line: free, with a dial tone, and a call that is answered. On-hook again whatever happens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from diag.contract import reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Phase, Prompt, Skipped, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from drivers.modem.dialogue import Dialogue, Reply, as_they_are, nothing
from drivers.modem.pure.at import Command
from drivers.modem.settings import is_dialup
from drivers.modem.swapping import WithSwaps

_TONE_S = 15.0  # s for a dial tone: S7 bounds the wait of W, and exchanges take up to 5 s
_GUARD = 1.1  # s before and after +++ (S12 is 1 s by default)
_HOOK_S = 10.0  # s for ATH; a modem may wait for the other side (Si24xx S38: 20 s), and says so after the second one
_HANG_UPS = 3  # times: a call may connect while it is ended, which only its result shows
_ABORT_S = 3.0  # s for the result of a call that any character ends (V.250 clause 5.6.1)
_DIAL_TONE = re.compile(r"NO ?DIAL ?TONE|NOT DIALTONE", re.IGNORECASE)
_IN_USE = re.compile(r"LINE[ -]IN[ -]USE", re.IGNORECASE)
_NO_LINE = re.compile(r"NO LINE", re.IGNORECASE)
_NEXT_TO_NOTHING = 3.0  # V; a line that is not there (1.4 V where a chip adds two diodes)


class WithLine(WithSwaps):
    """A modem with a telephone line."""

    line_fault = ""
    _hook: Literal["on", "dialling", "off", "online"] = "on"

    @property
    def dialup(self) -> bool:
        """Whether it has a telephone line."""
        return self.settings.technology == "dialup"

    @check(
        Level.INTERNAL,
        finds=("MDM-NO-DIALTONE", "MDM-LINE-IN-USE"),
        needs=("present",),
        essential=False,
        applies=is_dialup,
    )
    def line(self) -> Yields:
        """The line's voltage on-hook, where the chip measures it."""
        way = self.family.line
        volts = self.ask(way.command, way.read).kept if way else None
        if volts is None:
            yield NotAnswered(reasons.NO_VALUE, "this chip does not measure its line")
            return
        yield Measurement("line_voltage", volts, "V")
        if volts < _NEXT_TO_NOTHING:
            self.line_fault = "MDM-NO-DIALTONE"
            yield Finding("MDM-NO-DIALTONE", f"{volts:g} V: no line is connected")
        elif volts < self.settings.line_volts:
            self.line_fault = "MDM-LINE-IN-USE"
            yield Finding("MDM-LINE-IN-USE", f"{volts:g} V: another device is off-hook, or a PBX feeds the line")

    @check(
        Level.EXTERNAL, finds=("MDM-NO-DIALTONE", "MDM-LINE-IN-USE"), needs=("present",), deadline=60, applies=is_dialup
    )
    def dial_tone(self) -> Yields:
        """Off-hook, wait for the dial tone (W), and on-hook again."""
        self._report_progress()
        reply = self._dial("ATDTW;", _TONE_S)
        yield Measurement("dial_tone", reply.result == "OK")
        yield from self._hung_up()
        if found := self._line_trouble(reply.result):
            yield found
        elif not reply.result or reply.result == "NO CARRIER":  # W ends with either, after S7, which is 50 s and more
            self.line_fault = "MDM-NO-DIALTONE"
            yield Finding("MDM-NO-DIALTONE", reply.result or f"no dial tone in {_TONE_S:g} s")
        elif reply.result != "OK":
            yield NotAnswered(reasons.NO_VALUE, f"{reply.result or 'no result'} to ATDTW;")

    @check(
        Level.EXTERNAL,
        finds=("MDM-NO-DIALTONE", "MDM-LINE-IN-USE", "MDM-BUSY", "MDM-NO-ANSWER", "MDM-NO-CARRIER"),
        needs=("dial_tone",),
        deadline=120,
        applies=is_dialup,
    )
    def call(self) -> Yields:
        """Dial the profile's test number, and hang up once it is connected."""
        number = self.settings.test_number
        if not number or self.line_fault:
            yield Skipped(reasons.NOT_APPLICABLE, "the line is in the way" if number else "no test number")
            return
        reply = self._dial(f"ATDT{number}", self.settings.answer_s)
        yield Measurement("call", reply.result or "no result")
        yield from self._hung_up()
        if rate := _rate(reply.result):
            yield Measurement("rate_as_told", rate, "bit/s")  # the port's with some settings (W0), else the line's
        if found := self._line_trouble(reply.result) or _call_trouble(reply.result):
            yield found
        elif not reply.result:
            yield Finding("MDM-NO-ANSWER", f"not answered in {self.settings.answer_s:g} s")
        elif not _connected(reply):
            yield NotAnswered(reasons.NO_VALUE, f"{reply.result} to a call")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MDM-NO-DIALTONE", "MDM-FAULT"),
        needs=("dial_tone",),
        essential=False,
        seconds=30,
        takes="spare",
        applies=is_dialup,
    )
    def telephone(self) -> Yields:
        """A telephone in the same line: has that a dial tone?"""
        if self.line_fault != "MDM-NO-DIALTONE":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        answer = yield Prompt("telephone", ("tone", "no_tone", "cannot"))
        if answer == "tone":
            yield Finding("MDM-FAULT", "a telephone hears a dial tone on the same line, the modem does not")
        elif answer == "no_tone":
            yield Finding("MDM-NO-DIALTONE", "a telephone hears no dial tone on this line either")
        else:
            yield NotAnswered(reasons.NOT_DONE)

    def hang_up(self, dialogue: Dialogue) -> None:
        """On-hook, also after an interruption: end a dialling, leave the data state, hang up until it says so.

        Nothing, where the line is not seized.
        """
        before, dialogue.leaving = dialogue.leaving, True
        try:
            if self._hook == "dialling":  # any character ends it (V.250 clause 5.6.1), unless it has just succeeded
                dialogue.stream.write(b"\r", self.settings.timeout_s)
                ended = dialogue.listen(Command("", call=True), as_they_are, _ABORT_S)
                self._hook = "online" if _connected(ended) else "off"
            for _ in range(_HANG_UPS):
                if self._hook != "on":
                    self._hang_up_once(dialogue)
        finally:
            dialogue.leaving = before

    def _hung_up(self) -> Iterator[Yielded]:
        self.hang_up(self.dialogue)
        yield Measurement("on_hook_again", self._hook == "on")
        if self._hook != "on":
            yield NotAnswered(reasons.NO_VALUE, "it does not say that it has hung up: the line may still be seized")

    def _hang_up_once(self, dialogue: Dialogue) -> None:
        if self._hook == "online":
            _escape(dialogue)
            self._hook = "off"
        try:
            reply = dialogue.ask(Command("ATH", call=True), timeout=_HOOK_S, anyhow=True)
        except (DeviceSilent, DeviceGarbled):
            self._hook = "online"  # it may have connected after all, and taken ATH for data
            return
        self._hook = "online" if _connected(reply) else "on"

    def _dial(self, command: str, timeout: float) -> Reply:
        """Off-hook; an empty reply where no result came in time."""
        self._hook = "dialling"
        try:
            reply = self.dialogue.ask(Command(command, call=True, patient=True), nothing, timeout)
        except (DeviceSilent, DeviceGarbled):
            return Reply()  # still dialling, until `hang_up`
        self._hook = "online" if _connected(reply) else "off"
        return reply

    def _report_progress(self) -> None:
        """X4: busy tones are looked for. Not where AT&V does not tell what is set, for it could not be put back."""
        before = self.ask(Command("AT&V", bare=True), _progress).kept
        if before is not None and before != 4:
            self.change("ATX4", f"ATX{before}")

    def _line_trouble(self, result: str) -> Finding | None:
        if _DIAL_TONE.fullmatch(result) or _NO_LINE.match(result):
            self.line_fault = "MDM-NO-DIALTONE"
            return Finding("MDM-NO-DIALTONE", result)
        if _IN_USE.match(result):
            self.line_fault = "MDM-LINE-IN-USE"
            return Finding("MDM-LINE-IN-USE", result)
        return None


_CALL_TROUBLES = {
    "BUSY": "MDM-BUSY",
    "REORDER": "MDM-BUSY",
    "NO ANSWER": "MDM-NO-ANSWER",
    "NO CARRIER": "MDM-NO-CARRIER",
    "VOICE": "MDM-NO-CARRIER",
    "FAX": "MDM-NO-CARRIER",
}


def _connected(reply: Reply) -> bool:
    return reply.result.upper().startswith("CONNECT")


def _call_trouble(result: str) -> Finding | None:
    for word, fault in _CALL_TROUBLES.items():
        if result.upper().startswith(word):
            return Finding(fault, result)
    return None


def _rate(result: str) -> int | None:
    """The first number behind CONNECT; some write it with a comma."""
    found = re.match(r"CONNECT\D*(\d[\d,]*)", result, re.IGNORECASE)
    return int(found[1].replace(",", "")) if found else None


def _progress(lines: Sequence[str]) -> int:
    found = re.search(r"(?<![&%\\+*#\w])X ?=? ?0{0,2}([0-7])\b", " ".join(lines))
    if not found:
        raise ValueError("no X among the settings")
    return int(found[1])


def _escape(dialogue: Dialogue) -> None:
    """From the data state to commands: silence, +++, silence (the modem says OK)."""
    quiet = Command("", bare=True)
    dialogue.listen(quiet, as_they_are, _GUARD)
    dialogue.stream.write(b"+++", 1.0)
    dialogue.listen(quiet, as_they_are, _GUARD)
