"""The hook of a dial-up modem: off to dial, and on again whatever happens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Literal

from diag.contract.errors import DeviceGarbled, DeviceSilent
from drivers.modem.dialogue import Dialogue, Reply, keep_none
from drivers.modem.pure.at import Command
from drivers.modem.pure.calls import connected
from drivers.modem.session import Session

_GUARD_S = 1.1  # s of silence before and after +++ (S12 is 1 s by default)
_ABORT_S = 3.0  # s for the result of a call that any character ends (V.250 clause 5.6.1)
_HOOK_S = 10.0  # s for ATH; a modem may wait for the other side (Si24xx S38: 20 s), and says so after the second ATH
_DTR_OFF_S = 0.5  # s; a modem takes note after 0.05 s (S25 of V.250 modems: hundredths of a second, 5 by default)
_NO_RATE = 0  # termios(3): B0 drops the modem control lines
_HANG_UPS = 3  # times: a call may connect while it is ended, which only its result shows


class Hook:
    """The modem's hold of the telephone line."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._state: Literal["on", "dialling", "off", "online"] = "on"

    @property
    def is_on(self) -> bool:
        """Whether the line is free again; False also where the modem does not say so."""
        return self._state == "on"

    def dial(self, command: str, timeout: float) -> Reply:
        """Go off-hook and dial. Returns an empty reply where no result came in time; the modem still dials then."""
        self._state = "dialling"
        try:
            reply = self._session.dialogue.ask(Command(command, call=True, patient=True), timeout=timeout)
        except (DeviceSilent, DeviceGarbled):
            return Reply()
        self._state = "online" if connected(reply.result) else "off"
        return reply

    def hang_up(self) -> None:
        """Go on-hook, also after an interruption: end a dialling, leave the data state, hang up until the modem agrees.

        Does nothing where the line is not seized.
        """
        if self.is_on:
            return
        dialogue = self._session.dialogue
        before, dialogue.leaving = dialogue.leaving, True
        try:
            if self._state == "dialling":
                self._end_dialling(dialogue)
            for _ in range(_HANG_UPS):
                if not self.is_on:
                    self._hang_up_once(dialogue)
        finally:
            dialogue.leaving = before

    def _end_dialling(self, dialogue: Dialogue) -> None:
        """Send any character, which ends a dialling (V.250 clause 5.6.1), unless the call has just been connected."""
        dialogue.stream.write(b"\r", dialogue.timeout)
        ended = dialogue.listen(Command("", call=True), keep_none, _ABORT_S)
        self._state = "online" if connected(ended.result) else "off"

    def _hang_up_once(self, dialogue: Dialogue) -> None:
        if self._state == "online":
            _escape(dialogue)
            self._state = "off"
        try:
            reply = dialogue.ask(Command("ATH", call=True), timeout=_HOOK_S, at_once=True)
        except (DeviceSilent, DeviceGarbled):
            self._state = "online"  # the call may have been connected after all, and ATH taken for data
            return
        self._state = "online" if connected(reply.result) else "on"


def _escape(dialogue: Dialogue) -> bool:
    """Go from the data state to commands: silence, +++, silence. Returns whether the modem says OK."""
    quiet = Command("", bare=True)
    dialogue.listen(quiet, keep_none, _GUARD_S)
    dialogue.stream.write(b"+++", 1.0)
    return dialogue.listen(quiet, keep_none, _GUARD_S).good


def _drop_dtr(dialogue: Dialogue) -> bool:
    """Drop DTR for a moment, which ends a call (V.250 clause 6.1.7: &D2, the usual setting).

    Returns False where the link has no lines.
    """
    stream, line = dialogue.stream, dialogue.stream.line
    if not (stream.traits.has_rate and stream.set_line(replace(line, baud=_NO_RATE))):
        return False
    stream.pause(_DTR_OFF_S)
    return stream.set_line(line)


def free_from_call(session: Session) -> Reply | None:
    """End a call that a killed program has left; return the answer to AT, None where the modem stays silent."""
    dialogue = session.dialogue
    for release in (_escape, _drop_dtr):
        if not release(dialogue):
            dialogue.stream.write(b"\r", dialogue.timeout)  # ends the line that +++ began outside of a call
            continue
        with suppress(DeviceSilent, DeviceGarbled):
            if release is _escape:
                dialogue.ask(Command("ATH", call=True), timeout=_HOOK_S, at_once=True)
            return session.hello(session.settings.timeout_s)
    return None


def leave_data_state(session: Session) -> Reply | None:
    """Go from data that a killed program has left to commands; return the answer to AT, None without one.

    The data connection itself stays as it is.
    """
    if not _escape(session.dialogue):
        session.dialogue.stream.write(b"\r", session.dialogue.timeout)  # ends the line that +++ began
        return None
    with suppress(DeviceSilent, DeviceGarbled):
        return session.hello(session.settings.timeout_s)
    return None
