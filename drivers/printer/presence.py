"""Whether a printer is there, answers, and is online."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Fact, Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent, HostBusy, NotTaken, PortRefused
from diag.contract.links.device_id import commands
from diag.contract.said import Said
from drivers.printer import reported, strange
from drivers.printer.labels import asked_as_labels, told_as
from drivers.printer.measured import measurements
from drivers.printer.pure import escpos, labels, strangers
from drivers.printer.pure.conditions import ONLINE, Answer, Condition
from drivers.printer.pure.languages import are_others
from drivers.printer.queue import at_a_job
from drivers.printer.reasons import MAY_BE_ONE_WAY, OFFLINE, ONE_WAY
from drivers.printer.search import Found, came_by_itself, difference
from drivers.printer.settings import PrinterSettings

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter


_EMPTYING = 5.0  # s in which a printer that is at work empties some of its buffer
_POLL = 0.1  # s


def _first_question(settings: PrinterSettings) -> tuple[str, ...]:
    """Return what the first question shows; silence is a fault of printers that are known to answer."""
    also = ("PRN-GARBLED",) if settings.answers == "unknown" else ("PRN-MUTE", "PRN-GARBLED")
    return reported.answers_tell(ONLINE, also=also)(settings)


def _may_show(settings: PrinterSettings) -> tuple[str, ...]:
    """Return what the first question may show besides, in another language than the profile's."""
    if settings.answers == "none":
        return ()
    return tuple(dict.fromkeys((*reported.other_language_tells(ONLINE)(settings), *labels.FAULTS.values())))


class Presence:
    """The port and the first question."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.address = driver.address
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=("PRN-ABSENT", "PRN-PORT", "PRN-AWAY"))
    def connection(self) -> Yields:
        """Open the port, and throw away what lies there."""
        with self._named():
            self.session.open()
        for name, on in self.session.stream.modem_lines().items():
            yield Measurement(name, on)
        yield Measurement("unasked_bytes", self.session.dialect.discard_old())
        if strangers.is_text(heard := self.session.dialect.heard):
            greeting = strangers.strange(heard)
            yield Measurement("greeting", greeting.shown or greeting.who or "not-shown")
        if device_id := self.session.stream.device_id():
            self.learned.commands = commands(device_id)
            self.learned.device_id = device_id
            yield Identity("device_id", device_id)

    @check(
        Level.INTERNAL,
        finds=_first_question,
        hints=_may_show,
        needs=("connection",),
        deadline=90.0,
    )
    def status(self) -> Yields:
        """Ask for the status; where nothing answers, in other languages, at other line settings, with more patience."""
        if self.session.one_way:
            yield NotAnswered(ONE_WAY, Said("never_answers"))
            return
        try:
            answer = yield from self._first_status()
        except PortRefused as error:
            raise _cut(error, self.session.dialect.heard) from error
        if answer is None:
            return
        self.learned.first_answer = answer
        self.learned.notices_at_first = self.session.power_notices
        self.learned.told |= answer.tells
        yield Measurement("answer_time", round(self.session.dialect.answer_time, 4), "s")
        yield Measurement("answers_behind", self.session.dialect.behind)
        yield from self._online(answer)

    def _first_status(self) -> Generator[Yielded, str | None, Answer | None]:
        """Return the first answer, of whatever kind; None where nothing is answered."""
        try:
            return self.session.dialect.first_status()
        except (DeviceSilent, DeviceGarbled) as error:
            first, heard = error, self.session.dialect.heard
        held = isinstance(first, DeviceSilent) and escpos.held_back(heard)
        if isinstance(first, NotTaken) and self.session.obey_xoff(False):
            held = True
            with suppress(DeviceSilent, DeviceGarbled):  # real-time questions are answered offline as well
                return self.session.dialect.first_status()
        found, first = self._searched(first, heard)
        if found is None:
            if held:
                yield from self._held_back()
            else:
                yield from () if isinstance(first, NotTaken) else self._labels(heard)
                yield self._unanswered(first, heard)
            return None
        yield from self._otherwise(found)
        try:
            return self.session.dialect.first_status()
        except DeviceSilent as silent:
            if self.settings.answers != "unknown":
                raise
            yield NotAnswered(reasons.SILENT, Said("answered_before", why=silent.told))
            return None

    def _searched(
        self, first: DeviceSilent | DeviceGarbled, heard: bytes
    ) -> tuple[Found | None, DeviceSilent | DeviceGarbled]:
        """Search for another way to ask; return what was found, and what the silence was.

        A printer that may be one-way is silent also where the connection is cut for that. Raises: PortRefused.
        """
        try:
            return self.session.search(), first
        except PortRefused as error:
            if self.settings.answers != "unknown" or heard or self.session.dialect.heard:
                raise
            if strangers.is_text(self.session.heard_in_search):
                return None, first
            return None, DeviceSilent(Said("and_then", first=first.told, second=error.told))

    def _held_back(self) -> Yields:
        """Yield that the printer has stopped the line, which shows that it is there and hears."""
        self.learned.offline = True
        yield Finding("PRN-OFFLINE", Said("held_by_xoff"))
        yield NotAnswered(OFFLINE, Said("xoff_holds"))

    def _otherwise(self, found: Found) -> Yields:
        """Yield in which way the printer answers otherwise than its profile says; late is no fault."""
        if told := difference(self.session.component, self.settings, found):
            yield Finding("PRN-GARBLED", told)
            yield Fact("answers-otherwise", told)  # cleanly: nothing is lost on the way
        if found.settings.real_time != self.settings.real_time:
            yield Measurement("real_time", ", ".join(f"DLE EOT {number}" for number in found.settings.real_time))
        if found.settings.timeout_s > self.settings.timeout_s:
            yield Measurement("slow", True)
        if found.started_after is not None:
            yield Measurement("started_after", round(found.started_after, 1), "s")

    def _labels(self, heard: bytes) -> Yields:
        """Yield what a label printer tells. Raises: DeviceGarbled where it is one; the profile's language is another.

        What has said anything by itself, or belongs to a family that answers any byte, is not asked. Text goes only to
        a network printer, or to one whose device id names ZPL: small clones on other ports might print it.
        """
        if heard or self.session.dialect.heard or self.settings.fixed_bits != "epson":
            return
        may_get_text = self.session.stream.traits.reconnects or any("ZPL" in name for name in self.learned.commands)
        line, heard_in_search = self.session.dialect.line, self.session.heard_in_search
        asked = asked_as_labels(line, heard_in_search, may_get_text=may_get_text)
        if asked is None:
            return
        language, answer = asked
        for fault in dict.fromkeys(labels.FAULTS.values()):
            if told := [each for each in sorted(answer.on) if labels.FAULTS.get(each) == fault]:
                yield Finding(fault, told_as(language, answer, *told))
        all_told = told_as(language, answer)
        yield Fact("label-told", all_told)
        if not answer.on & {Condition.HEAD_UP, Condition.COVER_OPEN}:
            yield Fact("told-shut", all_told)
        if Condition.PAPER_END not in answer.on:
            yield Fact("told-paper", all_told)
        raise DeviceGarbled(Said("label_printer", said=all_told))

    def _unanswered(self, error: DeviceSilent | DeviceGarbled, heard: bytes) -> NotAnswered:
        """Return that nothing is known of a printer that may be one-way. Raises: what is evidence against a printer."""
        if unasked := came_by_itself(heard, self.settings):
            raise DeviceGarbled(Said("and_then", first=unasked, second=error.told))
        if strangers.says_busy(heard):
            raise PortRefused(Said("says_busy", heard=strange.text(heard)))
        if isinstance(error, DeviceGarbled):
            raise error
        if are_others(self.learned.commands):
            raise DeviceGarbled(Said("id_names_others", said=error.told, languages=self.learned.commands))
        for key, text in (("came_before", heard), ("no_answer_but", self.session.heard_in_search)):
            if strangers.is_text(text) and not strangers.is_a_module(text):  # it talks, and in no printer's language
                raise DeviceGarbled(Said(key, said=error.told, heard=strange.text(text)))
        with self._named():
            self.session.refuse_other_clients(error.told)
        self.learned.mute = True
        told = Said("silent_to_all", said=error.told)
        if self.settings.answers != "unknown":
            raise DeviceSilent(told)
        self.session.take_as_one_way()
        return NotAnswered(MAY_BE_ONE_WAY, Said("may_be_one_way", said=told, component=self.session.component))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the print queue whose job has the printer, where another program has it."""
        try:
            yield
        except HostBusy as error:
            job = at_a_job(self.address)
            raise HostBusy(Said("and_then", first=error.told, second=job) if job else error.told) from error

    def _is_only_busy(self) -> bool:
        """Wait for a printer whose offline bit may mean a full buffer; return whether it has emptied that."""
        end = self.session.now() + _EMPTYING
        while self.settings.busy_bit and self.session.now() < end and not self.session.pause(_POLL):
            if Condition.OFFLINE not in self.session.dialect.drawer().on:
                return True
        return False

    def _online(self, answer: Answer) -> Yields:
        yield from reported.not_told(answer, self.settings, ONLINE)
        if Condition.OFFLINE not in answer.tells:
            return
        self.learned.offline = Condition.OFFLINE in answer.on and not self._is_only_busy()
        if not self.learned.offline:
            self.session.obey_xoff(True)
        yield Measurement("online", not self.learned.offline)
        yield from measurements(
            answer, Condition.DRAWER_PIN_HIGH, Condition.WAITING_FOR_RECOVERY, Condition.FEED_BUTTON_PRESSED
        )
        if self.learned.offline:
            told = reported.shows(answer, Condition.OFFLINE)
            held = Condition.FEED_BUTTON_PRESSED in answer.on
            yield Finding("PRN-OFFLINE", Said("button_held", said=told) if held else told)
        else:
            self.session.dialect.watch_offline_causes()


def _cut(error: PortRefused, heard: bytes) -> DeviceGarbled | PortRefused:
    """Return what a connection that was cut is evidence of: something came that only another server says, or not."""
    told = strange.text(heard)
    if strangers.server(heard):
        return DeviceGarbled(Said("no_printer", heard=told, why=error.told))
    return PortRefused(Said("came_before", said=error.told, heard=told)) if told else error
