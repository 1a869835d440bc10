"""Level, registration, attach, context, and whether data pass."""

from __future__ import annotations

import functools
import re
import statistics
import time
from collections.abc import Iterator, Sequence

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Identity,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    Phase,
    Skipped,
    Yielded,
    Yields,
    check,
)
from drivers.modem.dialogue import as_they_are
from drivers.modem.pure import answers
from drivers.modem.pure.answers import Registration, Signal
from drivers.modem.pure.at import Command, fields
from drivers.modem.pure.families import PINGS, Echo, Ping, Question
from drivers.modem.settings import is_cellular
from drivers.modem.sim import WithSim

#: domain -> its command and head (27.007 clauses 7.2, 10.1.20, 10.1.22, 10.1.47)
_HEADS = {"cs": "+CREG", "ps": "+CGREG", "eps": "+CEREG", "5gs": "+C5GREG"}
_DATA = ("ps", "eps", "5gs")
_CESQ = Command("AT+CESQ", ("+CESQ", "+CSQ"))
_CSQ = Command("AT+CSQ", ("+CSQ",))
_NAMED_S = 20.0  # s; +COPS? and +CGATT? ask a stack that may be busy
_ACTIVATE_S = 150.0  # s; Quectel, u-blox and SIMCom name 150
_PING_S = 30.0  # s for three pings of up to 4 s and what is around them
_AGAIN = 1.0  # s of listening for a ping's results
_DROP_S = 40.0  # s; Quectel names 40
# Why the network makes no data connection: +CME ERROR by TS 27.007 clause 9.2.2, and Quectel's 561, 572
_REFUSED = (*range(127, 135), 149, 561, 572)


class WithNetwork(WithSim):
    """What a cellular module says of its network."""

    level: Signal | None = None
    weak = False
    network_fault = ""

    @check(Level.INTERNAL, finds=("MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK"), needs=("present",), applies=is_cellular)
    def signal(self) -> Yields:
        """The level, in the form that tells most of it, several times."""
        if not self.radio_on:
            yield Skipped(reasons.NOT_APPLICABLE, "the radio is off")
            return
        if self.settings.sim == "required" and not self.sim_ready:
            yield NotAnswered(reasons.NO_VALUE, "without a SIM it does not look for a network")
            return
        yield from self.measured_level("signal")
        if self.level is not None:
            if self.weak:
                yield Finding("MDM-SIGNAL-WEAK", f"{self.level}, weak is below {self._limit(self.level):g}")
        elif any(one.good for one in self.registrations().values()):
            yield NotAnswered(reasons.NO_VALUE, "it is registered, and does not tell its level")
        else:
            yield Finding("MDM-SIGNAL-NONE", "no level is known, and no network is registered")

    @check(
        Level.INTERNAL, finds=("MDM-NOT-REGISTERED", "MDM-DENIED"), needs=("present",), deadline=90, applies=is_cellular
    )
    def registration(self) -> Yields:
        """The domain that the terminal needs; modules that are healthy disagree between domains."""
        if why := self._no_network():
            yield why
            return
        found = self.settled(self.settings.search_s)
        if not found:
            yield NotAnswered(reasons.NO_VALUE, "it tells no registration")
            return
        for domain, one in found.items():
            yield Measurement(f"registration_{domain}", str(one))
        yield from self._operator()
        needed = self.needed(found)
        if not needed:
            yield NotAnswered(reasons.NO_VALUE, f"it does not tell of the domain {self.settings.domain}")
            return
        if any(one.good for one in needed):
            return
        if any(one.state == "denied" for one in needed):
            self.network_fault = "MDM-DENIED"
            yield Finding("MDM-DENIED", self._why_denied(found))
        else:
            self.network_fault = "MDM-NOT-REGISTERED"
            yield Finding("MDM-NOT-REGISTERED", _in_words(found))

    @check(Level.INTERNAL, finds=("MDM-DETACHED",), needs=("registration",), applies=is_cellular)
    def attach(self) -> Yields:
        """+CGATT?: the network lets it use packet data at all."""
        if why := self._no_network(registered=True):
            yield why
            return
        on = self.attached()
        if on is None:
            yield NotAnswered(reasons.NO_VALUE, "it does not tell whether it is attached")
            return
        yield Measurement("attached", on)
        if not on:
            self.network_fault = "MDM-DETACHED"
            yield Finding("MDM-DETACHED", "+CGATT: 0")

    @check(Level.INTERNAL, finds=("MDM-APN",), needs=("attach",), essential=False, applies=is_cellular)
    def context(self) -> Yields:
        """Access point names, active contexts and their addresses. One that is made on demand only is no fault."""
        if why := self._no_network(registered=True):
            yield why
            return
        reply = self.ask(Command("AT+CGDCONT?", ("+CGDCONT",)), as_they_are)
        if not reply.good:
            yield NotAnswered(reasons.NO_VALUE, f"it does not tell its contexts: {reply.result or 'no result'}")
            return
        defined = answers.contexts(reply.kept or [])
        active = self._active()
        given = self.value(Command("AT+CGPADDR", ("+CGPADDR",)), answers.addresses) or {}
        for one in defined:
            state = "active" if one.number in active else "defined"
            yield Measurement(f"context_{one.number}", f"{one.apn or 'no name'} ({one.kind}), {state}")
        if given:
            yield Measurement("addresses", ", ".join(given.values()))
        wanted = self.settings.apn
        if wanted and not any(_same_apn(wanted, one.apn) for one in defined):
            self.network_fault = "MDM-APN"
            names = ", ".join(one.apn or "no name" for one in defined) or "none"
            yield Finding("MDM-APN", f"{names}, where the profile has {wanted}")

    @check(
        Level.EXTERNAL,
        finds=("MDM-APN", "MDM-NO-DATA"),
        needs=("attach",),
        essential=False,
        deadline=600,
        seconds=10,
        draws=True,
        applies=is_cellular,
    )
    def reachability(self) -> Yields:
        """A ping by the module's own commands, through the SIM's plan."""
        if why := self._no_network(registered=True):
            yield why
            return
        if not self.settings.host:
            yield Skipped(reasons.NOT_APPLICABLE, "no host is named")
        elif self.family.ping is None:
            yield NotAnswered(reasons.NO_VALUE, "no ping of this module's is known")
        else:
            yield from self._pinged(self.family.ping)

    @check(Level.INTERNAL, finds=("MDM-RESTART",), needs=("present",), essential=False, phase=Phase.CLOSING)
    def kept_running(self) -> Yields:
        """What the module has said unasked meanwhile: that it started again, for one."""
        if self.unanswered:
            yield Measurement("unanswered_commands", len(self.unanswered))
            yield Measurement("unanswered", "; ".join(self.unanswered[:3]))
        if self.dialogue.behind:
            yield Measurement("late_answers", self.dialogue.behind)
        if self.dialogue.echo_changed:
            yield Measurement("echo_switched_by_others", self.dialogue.echo_changed)
        if self.dialogue.boots:
            yield Finding("MDM-RESTART", "; ".join(self.dialogue.boots[:3]))

    def attached(self) -> bool | None:
        """Whether packet data are allowed; None where it does not tell."""
        return self.value(Command("AT+CGATT?", ("+CGATT",)), answers.attached, _NAMED_S)

    def measured_level(self, name: str) -> Iterator[Yielded]:
        """The middle of several levels, and whether it is weak."""
        self.level, self.weak = None, False
        ways = [*([self.family.level] if self.family.level else []), *_LEVELS]
        found: list[Signal] = []
        for way in ways:
            while len(found) < self.settings.samples and (one := self.value(way.command, way.read)):
                found.append(one)
            if found:
                break
        if not found:
            return
        levels = [one.dbm for one in found]
        self.level = Signal(found[-1].quantity, statistics.median(levels))
        self.weak = self.level.dbm < self._limit(self.level)
        quantity = self.level.quantity.lower().replace("-", "_")
        yield Measurement(f"{name}_{quantity}", self.level.dbm, "dBm", Limits(min=self._limit(self.level)))
        yield Measurement(f"{name}_quality", self.level.quality)
        yield Measurement(f"{name}_spread", max(levels) - min(levels), "dB")

    def registrations(self) -> dict[str, Registration]:
        """The domains that the module tells of, now."""
        found: dict[str, Registration] = {}
        for domain, head in _HEADS.items():
            older = any(one.good for one in found.values())
            if domain == "5gs" and older and self.settings.domain != "5gs":
                continue  # only where no older network is in use
            one = self.value(Command(f"AT{head}?", (head,)), functools.partial(answers.registration, head=head))
            if one is not None:
                found[domain] = one
        return found

    def needed(self, found: dict[str, Registration]) -> list[Registration]:
        """Those that the terminal needs: any that carries data, where the profile names none."""
        wanted = _DATA if self.settings.domain == "any" else (self.settings.domain,)
        chosen = [one for domain, one in found.items() if domain in wanted]
        if self.settings.domain == "any" and not any(one.good or one.state == "denied" for one in chosen):
            return list(found.values())  # registered for calls only: attach says the rest
        return chosen

    def settled(self, timeout: float) -> dict[str, Registration]:
        """The registrations, once the search for a network is over."""
        end = time.monotonic() + timeout
        while True:
            found = self.registrations()
            needed = self.needed(found)
            # "off" is also what a module says before a search, and between two
            settled = any(one.good or one.state == "denied" for one in needed)
            if settled or not needed or time.monotonic() >= end:
                return found
            self.pause()

    def _no_network(self, *, registered: bool = False) -> Skipped | NotAnswered | None:
        """Why nothing of a network can be asked for."""
        if not self.radio_on:
            return Skipped(reasons.NOT_APPLICABLE, "the radio is off")
        if self.settings.sim == "required" and not self.sim_ready:
            return Skipped(reasons.NOT_APPLICABLE, "no SIM that can be used")
        if registered and self.network_fault in ("MDM-NOT-REGISTERED", "MDM-DENIED"):
            return Skipped(reasons.NOT_APPLICABLE, "not registered")
        if registered and self.settings.domain == "cs":
            return Skipped(reasons.NOT_APPLICABLE, "this terminal needs no packet data")
        return None

    def _operator(self) -> Iterator[Yielded]:
        name = self.value(Command("AT+COPS?", ("+COPS",)), answers.operator, _NAMED_S)
        if name:
            yield Identity("operator", name)

    def _why_denied(self, found: dict[str, Registration]) -> str:
        """With reports of level 3 (release 12 and later) a module tells the network's reason."""
        for domain, one in found.items():
            head = _HEADS[domain]
            command = Command(f"AT{head}?", (head,))
            if one.state != "denied":
                continue
            level = self.value(command, functools.partial(answers.report_level, head=head))
            if level is not None and self.change(f"AT{head}=3", f"AT{head}={level}"):
                told = self.value(command, functools.partial(answers.registration, head=head))
                if told is not None and told.cause:
                    found = {**found, domain: told}
        return _in_words(found)

    def _active(self) -> set[int]:
        return self.value(Command("AT+CGACT?", ("+CGACT",)), answers.active) or set()

    def _limit(self, level: Signal) -> float:
        return self.settings.weak_dbm.of(level.quantity)

    def _pinged(self, ping: Ping) -> Iterator[Yielded]:
        """Make the connection where the module's own stack needs one, ping, and drop it again."""
        number = min(self._active(), default=1)
        end = ping.end.format(number)
        if not self._begun(ping, number):
            self.put_back.append(end)
            begin = Command(ping.begin.format(number))
            reply = self.ask(begin, timeout=_ACTIVATE_S)
            if not reply.good:
                yield self._no_connection(begin.text, reply.result)
                if reply.result:
                    self.put_back.remove(end)
                return
        yield from self._told_of(self._echo(ping, number))
        if end in self.put_back:
            self.ask(Command(end), timeout=_DROP_S)
            self.put_back.remove(end)

    def _no_connection(self, command: str, result: str) -> Yielded:
        """The network's reasons point to the access point; that the module refuses the command says nothing of it."""
        if _number_of(result) not in _REFUSED:
            return NotAnswered(reasons.NO_VALUE, f"{result or 'no result'} to {command}")
        self.network_fault = "MDM-APN"
        return Finding("MDM-APN", f"{result} to {command}")

    def _told_of(self, echo: Echo | None) -> Iterator[Yielded]:
        if echo is None:
            yield NotAnswered(reasons.NO_VALUE, "the module does not say what became of the ping")
            return
        yield Measurement("pings_answered", echo.received)
        if echo.error in _REFUSED:
            self.network_fault = "MDM-APN"
            yield Finding("MDM-APN", f"no data connection: error {echo.error}")
        elif not echo.received:
            self.network_fault = "MDM-NO-DATA"
            why = f"error {echo.error}" if echo.error else "no answer"
            yield Finding("MDM-NO-DATA", f"{why} from {self.settings.host} to {PINGS} pings")

    def _begun(self, ping: Ping, number: int) -> bool:
        """Whether the module's own stack has its connection, or needs none."""
        if not ping.begin:
            return True
        head = re.sub(r"^AT|\?$", "", ping.begun)
        active = self.value(Command(ping.begun, (head,)), lambda lines: [fields(line, head) for line in lines]) or []
        return any(values[:2] == [str(number), "1"] for values in active)

    def _echo(self, ping: Ping, number: int) -> Echo | None:
        heads = (ping.head, *([ping.error] if ping.error else []))
        command = Command(ping.ask.format(number, self.settings.host), heads, patient=True)
        end = time.monotonic() + _PING_S
        reply = self.ask(command, as_they_are, _PING_S)
        lines = list(reply.kept or [])
        if not reply.good:  # of a refused command only the network's reasons count
            return Echo(error=_number_of(reply.result)) if _number_of(reply.result) in _REFUSED else None
        while (over := _read(ping, lines)) is None and ping.late and time.monotonic() < end:
            more = self.dialogue.listen(command, as_they_are, _AGAIN)
            lines += more.kept or []
        return over


_LEVELS = (Question(_CESQ, answers.extended_quality), Question(_CSQ, answers.quality))


def _read(ping: Ping, lines: Sequence[str]) -> Echo | None:
    try:
        return ping.over(lines)
    except ValueError:
        return None


def _number_of(result: str) -> int:
    """The number in an error result; 0 where it has none."""
    found = re.search(r"(\d{1,4})$", result)
    return int(found[1]) if found else 0


def _in_words(found: dict[str, Registration]) -> str:
    return ", ".join(f"{domain} {one}" for domain, one in found.items())


def _same_apn(wanted: str, apn: str) -> bool:
    """Without case and without the operator's part that networks add (TS 23.003 clause 9.1)."""
    return re.sub(r"\.mnc\d{3}\.mcc\d{3}\.gprs$", "", apn.lower()) == wanted.lower()
