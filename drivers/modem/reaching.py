"""Reaching a modem: its port, its echo and result codes as they were found, and who it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, PlannedCheck, Yielded, Yields, check
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent, HostError
from diag.contract.links import Address, SerialLine
from diag.contract.links.search import search
from diag.contract.links.serial_line import other_lines
from drivers.modem import modem_manager
from drivers.modem.dialogue import Dialogue, Keep, Reply, as_they_are, nothing
from drivers.modem.pure import answers
from drivers.modem.pure.at import Command
from drivers.modem.pure.families import FAMILIES, Family, recognised
from drivers.modem.settings import ModemSettings

if TYPE_CHECKING:
    from drivers.modem.modem_manager import Inhibition

T = TypeVar("T")

_HELLO, _WHO = Command("AT"), Command("ATI", bare=True)
_TRIES = 2  # of AT at least: a module that finds out the rate by itself loses the first
_GAP = 0.02  # s between a result and the next command, as Telit asks for; taken where a command was not answered
_RATES = (115200, 9600, 57600, 38400, 19200, 230400, 460800, 921600)
_PROBE, _PROBE_REMOTE = 0.15, 1.0  # s for an answer at another rate
_SEARCH = 20.0  # s for all rates
_ELSEWHERE = 0.4  # s for an answer at another port of the same module
_PORTS = 8  # of them that are tried
_QUIET, _QUIETLY = "ATQ1", 0.3  # s; it has no result
_ASIDE = 3  # times
_BACK = 5.0  # s for an answer while a setting is put back


class Reaching(Driver):
    """A modem whose port is open."""

    close_deadline = 60.0
    kind = "modem"
    Settings = ModemSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceGone: "MDM-ABSENT",
        DeviceSilent: "MDM-MUTE",
        DeviceGarbled: "MDM-GARBLED",
    }
    settings: ModemSettings

    def __init__(self, settings: ModemSettings, address: Address) -> None:
        super().__init__(settings, address)
        self._dialogue: Dialogue | None = None
        self._inhibition: Inhibition | None = None
        self.put_back: list[str] = []  # commands that restore what was found, the last first
        self.unanswered: list[str] = []  # commands that got no answer while AT got one
        self.family: Family = FAMILIES[settings.family or "standard"]

    @property
    def dialogue(self) -> Dialogue:
        """The open port; every check but the first needs it."""
        if self._dialogue is None:
            raise DeviceGone("not opened")
        return self._dialogue

    def deadline(self, spec: PlannedCheck) -> float:
        """What takes its time by nature comes on top: starting, finding a network, a call."""
        settings = self.settings
        own = settings.answer_s if settings.technology == "dialup" else max(settings.sim_s, settings.search_s)
        return super().deadline(spec) + 2 * (settings.boot_s + own)

    @check(Level.INTERNAL, finds=("MDM-ABSENT", "MDM-MUTE", "MDM-GARBLED", "MDM-PORT", "MDM-SETTING"), deadline=60)
    def present(self) -> Yields:
        """The port answers AT; echo and result codes are found out, and made such that answers can be told apart."""
        if self.settings.modem_manager == "inhibit":
            self._inhibition = modem_manager.inhibited(self.address)
            if self._inhibition:
                yield Measurement("modem_manager", "inhibited")
        line = SerialLine(baud=self.settings.baud, flow=self.settings.flow)
        stream = self.address.open_stream(self.settings.timeout_s, line)
        self._dialogue = Dialogue(stream, self.settings.timeout_s, gap=self.family.gap)
        found = yield from self._found_answering()
        if found is None:
            return
        yield Measurement("answer_time", round(self.dialogue.answer_time, 4), "s")
        yield Measurement("echo", found.echoed)
        if found.numeric:
            self.change("ATV1", "ATV0")
        yield Measurement("result_codes", "numbers" if found.numeric else "words")
        if self.settings.technology == "cellular":
            yield from self._number_errors()
        if self.dialogue.boots:
            yield Measurement("started_just_now", "; ".join(self.dialogue.boots))
            self.dialogue.boots.clear()

    @check(Level.INTERNAL, finds=("MDM-OTHER-MODEL",), needs=("present",), essential=False)
    def identity(self) -> Yields:
        """Maker, model, firmware and number of the module, by 27.007 clause 5 or V.250 clause 6.1."""
        said = {
            key: self._said(Command(text, heads, bare=True), keep)
            for key, (text, heads, keep) in self._questions().items()
        }
        for key, value in said.items():
            if value:
                yield Identity(key, value)
        maker, model = said.get("maker") or "", said.get("model") or ""
        name = self.settings.family or recognised(maker, model, said.get("firmware") or "")
        self.family = FAMILIES[name]
        self.dialogue.gap = max(self.dialogue.gap, self.family.gap)
        yield Measurement("family", name)
        wanted = self.settings.model
        if wanted and not model:
            yield NotAnswered(reasons.NO_VALUE, "it does not say what model it is")
        elif wanted and wanted.lower() not in f"{maker} {model}".lower():
            yield Finding("MDM-OTHER-MODEL", f"{model}, where the profile has {wanted}")

    def ask(self, command: Command, keep: Keep = nothing, timeout: float | None = None) -> Reply:
        """A command's reply, an empty one where AT alone is answered. Raises as `Dialogue.ask` where that is not."""
        for _ in range(1 + (self.dialogue.gap == 0)):
            try:
                return self.dialogue.ask(command, keep, timeout)
            except (DeviceSilent, DeviceGarbled) as error:
                self.unanswered.append(str(error))
                self.dialogue.gap = max(self.dialogue.gap, _GAP)  # it may have come too soon after the one before
                self._hello(self.settings.timeout_s)
        return Reply()

    def value(self, command: Command, read: Callable[[list[str]], T], timeout: float | None = None) -> T | None:
        """What `read` makes of its lines, which hold nothing private; None where it refuses, or answers otherwise."""
        lines = self.ask(command, as_they_are, timeout).kept
        try:
            return read(lines) if lines else None
        except ValueError:
            return None

    def change(self, command: str, back: str) -> bool:
        """Change a setting that is put back at the end, unless it is refused; whether it was accepted."""
        self.put_back.append(back)
        reply = self.ask(Command(command))
        if reply.result and not reply.good:
            self.put_back.remove(back)
        return reply.good

    def close(self) -> None:
        """Put everything back as it was found, and give the port back."""
        dialogue, self._dialogue = self._dialogue, None
        try:
            if dialogue is not None:
                dialogue.leaving = True
                with contextlib.suppress(DeviceSilent, DeviceGarbled):
                    self.hang_up(dialogue)
                for command in reversed(self.put_back):
                    with contextlib.suppress(DeviceSilent, DeviceGarbled):
                        dialogue.ask(Command(command), timeout=_QUIETLY if command == _QUIET else _BACK, anyhow=True)
        except DeviceGone:
            pass  # a modem that is gone keeps no setting
        finally:
            self.put_back.clear()
            if dialogue is not None:
                dialogue.stream.close()
            inhibition, self._inhibition = self._inhibition, None
            if inhibition is not None:
                inhibition.close()

    def hang_up(self, dialogue: Dialogue) -> None:
        """Leave no line seized; a module without one has nothing to do."""

    def _said(self, command: Command, keep: Keep) -> str | None:
        """A line without a head; asked for again where it may have been taken for the rest of a message."""
        for _ in range(_ASIDE):
            reply = self.ask(command, keep)
            if reply.kept or not reply.unasked:
                break
        return str(reply.kept) if reply.kept else None

    def _questions(self) -> dict[str, tuple[str, tuple[str, ...], Keep]]:
        if self.settings.technology == "dialup":
            return {
                "product": ("ATI", (), answers.words),
                "firmware": ("ATI3", (), answers.words),
                "maker": ("AT+GMI", ("+GMI",), answers.words),
                "model": ("AT+GMM", ("+GMM",), answers.words),
            }
        return {
            "maker": ("AT+CGMI", ("+CGMI",), answers.words),
            "model": ("AT+CGMM", ("+CGMM", "+GMM"), answers.words),
            "firmware": ("AT+CGMR", ("+CGMR", "#CGMR"), answers.words),
            "imei": ("AT+CGSN", ("+CGSN", "+GSN"), lambda lines: answers.digits(lines, 15, 16)),
        }

    def _number_errors(self) -> Iterator[Yielded]:
        """Errors as numbers (clause 9.1): a plain ERROR does not say what is wrong with the SIM."""
        level = self.value(Command("AT+CMEE?", ("+CMEE",)), lambda lines: int(lines[-1].rpartition(":")[2]))
        if level == 0 and not self.change("AT+CMEE=1", "AT+CMEE=0"):
            yield Measurement("plain_errors_only", True)

    def _found_answering(self) -> Generator[Yielded, str | None, Reply | None]:
        """The answer to AT; None where there is none, and why has been said."""
        try:
            return self._hello(max(self.settings.timeout_s, self.settings.boot_s))
        except (DeviceSilent, DeviceGarbled) as error:
            trouble = error
        if reply := self._spoken_up():
            yield Finding("MDM-SETTING", "its result codes are switched off (ATQ1)")
            return reply
        if (found := self._right_rate()) is not None:
            rate, reply = found
            if rate != self.settings.baud:
                yield Finding("MDM-SETTING", f"it answers at {rate} bit/s, the profile has {self.settings.baud}")
            return reply
        elsewhere = self._elsewhere()
        if not (self.dialogue.stranger or elsewhere):
            raise trouble
        here = f"{self.dialogue.stranger or 'nothing'} on this port"
        yield Finding("MDM-PORT", here + (f"; {elsewhere} of the same module answers AT" if elsewhere else ""))
        yield NotAnswered(trouble.reason, str(trouble))
        return None

    def _hello(self, timeout: float) -> Reply:
        """AT until something comes of it. Raises DeviceSilent, DeviceGarbled."""
        end, each = self.dialogue.stream.now() + timeout, min(timeout, self.settings.timeout_s) / _TRIES
        while True:
            try:
                return self.dialogue.ask(_HELLO, timeout=each, anyhow=True)
            except (DeviceSilent, DeviceGarbled):
                if self.dialogue.stream.now() >= end:
                    raise

    def _spoken_up(self) -> Reply | None:
        """With Q1 a modem repeats commands, or tells what it is, and gives no results; the one of ATQ0 comes again."""
        wait = self.settings.timeout_s / _TRIES
        with contextlib.suppress(DeviceSilent, DeviceGarbled):
            told = self.dialogue.ask(_WHO, nothing, wait, anyhow=True)
            if told.result:
                return None  # it has only just started
        if not self.dialogue.heard:
            return None
        with contextlib.suppress(DeviceSilent, DeviceGarbled):
            reply = self.dialogue.ask(Command("ATQ0"), timeout=wait, anyhow=True)
            if not reply.late:
                self.put_back.append(_QUIET)
                return reply
        return None

    def _right_rate(self) -> tuple[int, Reply] | None:
        """The rate at which it answers, tried on a serial line only."""
        stream = self.dialogue.stream
        wait = _PROBE_REMOTE if stream.traits.remote else _PROBE
        replies: dict[int, Reply] = {}

        def answers_hello() -> bool:
            stream.write(b"\r", wait)  # ends what the modem has heard at other rates
            replies[stream.line.baud] = self.dialogue.ask(_HELLO, timeout=wait, anyhow=True)
            return True

        found = search(stream, other_lines(stream.line, _RATES), answers_hello, seconds=_SEARCH)
        return (found.baud, replies[found.baud]) if found else None

    def _elsewhere(self) -> str:
        """Another port of the same module that answers; empty where none does."""
        for node in (self.settings.other_ports or self.address.siblings())[:_PORTS]:
            with contextlib.suppress(DeviceError, HostError):
                line = SerialLine(baud=self.settings.baud)
                stream = self.address.beside(node).open_stream(self.settings.timeout_s, line)
                try:
                    Dialogue(stream, self.settings.timeout_s).ask(_HELLO, timeout=_ELSEWHERE)
                    return node
                finally:
                    stream.close()
        return ""
