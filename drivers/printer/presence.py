"""Whether a printer is there, answers, and is online."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.device_id import commands
from drivers.printer import reported
from drivers.printer.measured import measurements
from drivers.printer.pure.conditions import Answer, Condition
from drivers.printer.reasons import ONE_WAY

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter


class Presence:
    """The port and the first question."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("PRN-ABSENT", "PRN-PORT", "PRN-AWAY"))
    def connection(self) -> Yields:
        """Open the port, and throw away what lies there."""
        self.session.open()
        for name, on in self.session.stream.modem_lines().items():
            yield Measurement(name, on)
        yield Measurement("unasked_bytes", self.session.dialect.discard_old())
        if device_id := self.session.stream.device_id():
            self.learned.commands = commands(device_id)
            yield Identity("device_id", device_id)

    @check(
        Level.INTERNAL,
        finds=reported.answers_tell(reported.ONLINE, also=("PRN-MUTE", "PRN-GARBLED")),
        needs=("connection",),
    )
    def status(self) -> Yields:
        """Ask for the status, at the printer's own baud rate if not at the profile's."""
        if self.session.one_way:
            yield NotAnswered(ONE_WAY, "this model never answers; print and look")
            return
        dialect = self.session.dialect
        try:
            answer = dialect.first_status()
        except (DeviceSilent, DeviceGarbled):
            rate = self.session.find_rate()
            if rate is None:
                raise
            if rate != self.settings.baud:
                yield Finding("PRN-GARBLED", f"answers at {rate} baud; the profile says {self.settings.baud}")
            answer = dialect.first_status()
        self.learned.first_answer = answer
        self.learned.told |= answer.tells
        yield Measurement("answer_time", round(dialect.answer_time, 4), "s")
        yield Measurement("answers_behind", dialect.behind)
        yield from self._online(answer)

    def _online(self, answer: Answer) -> Yields:
        yield from reported.not_told(answer, self.settings, reported.ONLINE)
        if Condition.OFFLINE not in answer.tells:
            return
        self.learned.offline = Condition.OFFLINE in answer.on
        yield Measurement("online", not self.learned.offline)
        yield from measurements(
            answer,
            drawer_pin_high=Condition.DRAWER_HIGH,
            waiting_for_recovery=Condition.WAITING,
            feed_button_pressed=Condition.FEED_PRESSED,
        )
        if self.learned.offline:
            held = ", feed button pressed" if Condition.FEED_PRESSED in answer.on else ""
            yield Finding("PRN-OFFLINE", answer.evidence(Condition.OFFLINE) + held)
        else:
            self.session.dialect.watch_offline_causes()
