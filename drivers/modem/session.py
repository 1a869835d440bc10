"""The conversation with one modem: its port opened, commands asked, everything put back as it was found."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from diag.contract.errors import DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import Address, SerialLine
from diag.contract.said import Said
from drivers.modem import modem_manager
from drivers.modem.dialogue import Dialogue, Keep, Reply, keep_none
from drivers.modem.pure.at import Command
from drivers.modem.settings import ModemSettings

if TYPE_CHECKING:
    from drivers.modem.modem_manager import Inhibition

T = TypeVar("T")

HELLO = Command("AT")
QUIET = "ATQ1"  # no results any more, not even of this command
TRIES = 2  # of AT at least: a module that finds out the rate by itself loses the first
_GAP = 0.02  # s between a result and the next command, as Telit asks for; taken where a command was not answered
_PUT_BACK_S, _QUIET_S = 5.0, 0.3  # s for an answer while a setting is put back; QUIET has none
_PAUSE_S = 0.5  # s between two times of the same question


class Session:
    """One modem's port, from opening to closing."""

    def __init__(self, settings: ModemSettings, address: Address) -> None:
        self.settings = settings
        self.address = address
        #: commands that restore what was found, the last first
        self.put_back: list[str] = []
        #: commands that got no answer while AT got an answer
        self.unanswered: list[str] = []
        #: whether the modem was seen to start in this run
        self.started = False
        self._dialogue: Dialogue | None = None
        self._changes: dict[str, str] = {}  # what restores a setting -> the command that has changed the setting
        self._inhibition: Inhibition | None = None

    @property
    def dialogue(self) -> Dialogue:
        """The open port. Raises DeviceGone before `open` and after `close`."""
        if self._dialogue is None:
            raise DeviceGone(Said("not_opened"))
        return self._dialogue

    def inhibit(self) -> bool:
        """Ask ModemManager to leave the modem alone until the end. Returns whether ModemManager had the modem.

        Raises: HostBusy where ModemManager has the modem and does not let go.
        """
        self._inhibition = modem_manager.inhibited(self.address)
        return self._inhibition is not None

    def open(self, gap: float) -> None:
        """Open the port; `gap`: seconds to leave before a command. Raises as `Address.open_stream`."""
        line = SerialLine(baud=self.settings.baud, flow=self.settings.flow)
        stream = self.address.open_stream(self.settings.timeout_s, line)
        self._dialogue = Dialogue(stream, self.settings.timeout_s, gap=gap)

    def now(self) -> float:
        """Return the time by which deadlines are kept; in a replay the trace's."""
        return self.dialogue.stream.now()

    def hello(self, timeout: float) -> Reply:
        """Send AT until an answer comes. Raises: DeviceSilent, DeviceGarbled after `timeout` seconds; DeviceGone.

        A modem that answered an older AT answers more slowly than one try waits: its next answer is waited for.
        """
        end, each = min(self.now() + timeout, self.dialogue.until), min(timeout, self.settings.timeout_s) / TRIES
        late = self.dialogue.late_answers
        while True:
            try:
                return self.dialogue.ask(HELLO, timeout=each, at_once=True)
            except (DeviceSilent, DeviceGarbled):
                if self.now() < end:
                    continue
                if self.dialogue.late_answers == late:
                    raise
                return self.dialogue.ask(HELLO, timeout=timeout)

    def ask(self, command: Command, keep: Keep = keep_none, timeout: float | None = None) -> Reply:
        """Return a command's reply, an empty reply where the modem answers AT and not the command.

        Raises: as `Dialogue.ask`, where AT is not answered either.
        """
        for _ in range(1 + (self.dialogue.gap == 0)):
            try:
                return self.dialogue.ask(command, keep, timeout)
            except (DeviceSilent, DeviceGarbled):
                self.unanswered.append(command.text)
                self.leave_gap(_GAP)  # the command may have come too soon after the command before
                self.hello(self.settings.timeout_s)
        return Reply()

    def value(self, command: Command, read: Callable[[list[str]], T], timeout: float | None = None) -> T | None:
        """Return what `read` makes of an answer; None where there is no such answer. Other lines stay in the link."""
        lines = self.ask(command, functools.partial(_keep_what_is_read, read), timeout).kept
        try:
            return read(lines) if lines else None
        except ValueError:
            return None

    def change(self, command: str, back: str) -> bool:
        """Change a setting, which `back` restores at the end. Returns whether the modem accepted the change."""
        self.put_back.append(back)
        reply = self.ask(Command(command))
        if reply.result and not reply.good:
            self.put_back.remove(back)
        elif reply.good:
            self._changes[back] = command
        return reply.good

    def reopen(self, until: float) -> None:
        """Open a port again that has vanished, as soon as the port is there again. Raises DeviceGone after `until`."""
        line = SerialLine(baud=self.settings.baud, flow=self.settings.flow)
        dialogue = self.dialogue
        dialogue.stream.close()
        while True:
            try:
                dialogue.stream = self.address.open_stream(self.settings.timeout_s, line)
            except DeviceGone:
                if self.address.now() >= until or self.address.pause(_PAUSE_S):
                    raise
            else:
                return

    def come_back(self, timeout: float) -> None:
        """Wait for a module that has stopped answering; the port may vanish meanwhile.

        What was changed in the module is changed again. Raises: DeviceSilent, DeviceGarbled, DeviceGone.
        """
        until = self.address.now() + timeout
        while True:
            try:
                self.dialogue.forget()
                self.hello(max(0.0, until - self.address.now()))
                break
            except DeviceGone:
                self.reopen(until)
        self.started = True
        for back, command in self._changes.items():
            if back in self.put_back:
                self.ask(Command(command))

    def leave_gap(self, seconds: float) -> None:
        """Leave at least so much time before a command from now on."""
        self.dialogue.gap = max(self.dialogue.gap, seconds)

    def pause(self) -> None:
        """Wait before the same question is asked again; what comes unasked meanwhile is heard."""
        self.dialogue.listen(Command(""), keep_none, _PAUSE_S)

    def close(self) -> None:
        """Put everything back as it was found, and give the port back. A second call does nothing."""
        dialogue, self._dialogue = self._dialogue, None
        try:
            if dialogue is not None:
                self._restore(dialogue)
        except DeviceGone:
            pass  # a modem that is gone keeps no setting
        finally:
            self.put_back.clear()
            if dialogue is not None:
                dialogue.stream.close()
            inhibition, self._inhibition = self._inhibition, None
            if inhibition is not None:
                inhibition.close()

    def _restore(self, dialogue: Dialogue) -> None:
        dialogue.leaving = True
        for command in reversed(self.put_back):
            with contextlib.suppress(DeviceSilent, DeviceGarbled):
                limit = _QUIET_S if command == QUIET else _PUT_BACK_S
                dialogue.ask(Command(command), timeout=limit, at_once=True)


def _keep_what_is_read(read: Callable[[list[str]], object], lines: Sequence[str]) -> list[str]:
    """Keep an answer's lines where `read` understands the lines. Raises: ValueError where not."""
    read(list(lines))
    return list(lines)
