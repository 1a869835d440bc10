"""The internal checks: the card's presence, ATR, commands, applications and contacts; before them its insertion."""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field

from diag.contract import rates, reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Prompt, Skipped, Yields, check
from diag.contract.errors import CardAbsent, CardMute, CardProtocol, DeviceSilent, HostBusy
from diag.contract.links import Address
from diag.contract.links.pcsc import Keep
from diag.contract.links.pcsc_answers import Response
from diag.contract.links.pcscd import users
from drivers.card_reader.moving import Moving
from drivers.card_reader.pure import apdu, applications
from drivers.card_reader.pure.applications import Application
from drivers.card_reader.pure.atr import Atr, AtrError, emv_departures, parse
from drivers.card_reader.pure.quality import SequentialTest
from drivers.card_reader.reaching import BadAtr
from drivers.card_reader.settings import CardReaderSettings

_ENOUGH_TIMES = 3  # resets after which a slow card is called slow
_STARTING = 1.0  # s until a pcscd that has just started knows its slots; it looks every 0.4 s
_FOLLOWED = 4  # 6Cxx, 61xx and one more of each; a card that asks for more never ends
_LISTING = 5.0  # s for the list of applications; a slow card has time for some of it only
_CONTACT_TIME = 60.0  # s for the contact test
_RECORDS = 10  # of a directory that are read; EMV sets no limit, cards have one to five


@dataclass
class _Trials:
    """What the contact test has seen so far."""

    test: SequentialTest = field(default_factory=SequentialTest)
    resets: list[float] = field(default_factory=list)  # seconds, good and bad ones
    commands: list[float] = field(default_factory=list)
    retried: int = 0
    first: str = ""

    @property
    def failed(self) -> str:
        """In words."""
        return f"{self.test.failures} of {self.test.trials} resets failed"

    def slow(self, limit: float) -> bool:
        """Whether the usual one is over the limit (s), or a fifth of the commands is."""
        over = sum(took > limit for took in self.commands)
        return self.median > limit or (over >= _ENOUGH_TIMES and over * 5 >= len(self.commands))

    @property
    def median(self) -> float:
        """Of a reset with its command, in seconds."""
        return statistics.median(self.resets) + (statistics.median(self.commands) if self.commands else 0.0)


def _nothing(_: bytes) -> None:
    """Keep nothing of a response's data."""


class Asking(Moving):
    """A card in the slot."""

    def __init__(self, settings: CardReaderSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.atr: Atr | None = None
        self.talks = False  # it has answered a command with a status word
        self._others = False  # another program is connected to the card
        self._word: int | None = None  # the answer to the first SELECT; each further one has to be the same
        self._has_directory = False
        self._atrs: dict[bool, bytes] = {}  # after a cold reset (True) and a warm one
        self._salt = os.urandom(16)

    @check(Level.INTERACTIVE, finds=("ICC-CARD-SWITCH", "CLS-FIELD", "CLS-CARD"), needs=("reader",), essential=False)
    def insertion(self) -> Yields:
        """An empty slot gets a card; the reader has to notice it."""
        if self.settings.slot == "sam" or self.state().present:
            yield Skipped(reasons.NOT_APPLICABLE, "a card is there, or is not for hands")
            return
        first = "hold_card" if self.settings.slot == "contactless" else "insert_card"
        moved = yield from self.move(first, present=True)
        if moved is None:
            yield NotAnswered(reasons.NO_PERSON)
            return
        if not moved and (yield Prompt("is_card_there", ("yes", "no"))) != "yes":
            yield Skipped(reasons.NO_CARD, "the person put none there")
        elif not moved and self.settings.slot == "contact":
            yield Finding("ICC-CARD-SWITCH", "a card was put in, the reader reports none")
        elif not moved:
            yield Finding("CLS-CARD", "a card was held to the reader and not seen")
            if (yield from self.move("hold_second_card", present=True)) is False:
                yield Finding("CLS-FIELD", "a second card was not seen either")

    @check(
        Level.INTERNAL,
        finds=("ICC-CARD-ABSENT", "ICC-CARD-MUTE", "CLS-CARD", "ICC-SAM-ABSENT", "ICC-SAM-MUTE"),
        needs=("reader",),
    )
    def card(self) -> Yields:
        """The card switch says that a card is in, and the card has answered the reset."""
        state = self.state()
        if self.settings.card_expected and not (state.present or state.events):
            # a service that was just started, by our own connection, may not have looked into the slot yet
            state = self.pcsc.wait_for_card(self.slot, True, _STARTING) or state
        self.saw_card, self._others = state.present, state.in_use
        yield Measurement("card_present", state.present)
        if not state.present and not self.settings.card_expected:
            yield Skipped(reasons.NO_CARD)
            return
        if not state.present:
            raise CardAbsent("SCARD_STATE_EMPTY")
        if state.mute:
            raise CardMute("SCARD_STATE_MUTE: powered, no answer to reset")

    @check(
        Level.INTERNAL,
        finds=("ICC-ATR-BAD", "ICC-CARD-MUTE", "ICC-CARD-TURNED", "ICC-PROTOCOL", "CLS-CARD", "ICC-SAM-MUTE"),
        needs=("card",),
    )
    def answer_to_reset(self) -> Yields:
        """The ATR keeps the rules of ISO/IEC 7816-3; read first, for libccid refuses to connect to a bad one."""
        raw = self.state().atr
        yield Measurement("atr", raw.hex(" ").upper())
        self.atr = atr = _parse(raw)
        yield from _interface_bytes(atr)
        yield Measurement("historical_bytes", atr.category)
        if self.settings.slot == "contact":
            yield Measurement("emv_departures", " ".join(emv_departures(atr)) or "none")
        begin = time.monotonic()
        self.protocol = self._steady(lambda: self.pcsc.connect(self.slot))
        yield Measurement("connect_time", round(time.monotonic() - begin, 4), "s")
        yield Measurement("protocol", f"T={self.protocol}")

    @check(Level.INTERNAL, finds=("ICC-CARD-MUTE", "ICC-PROTOCOL", "CLS-CARD"), needs=("answer_to_reset",))
    def payment_environment(self) -> Yields:
        """The card answers a command: SELECT of the payment environment. Any status word is an answer."""
        if self.settings.slot == "sam" or (self.atr and applications.is_storage(self.atr)):
            yield Skipped(reasons.NOT_APPLICABLE, "this card has no payment environment")
            return
        begin = time.monotonic()
        word = self._select_answered()
        yield Measurement("select_time", round(time.monotonic() - begin, 4), "s")
        yield Measurement("status_word", f"{word:04X}")
        yield Measurement("status_word_means", apdu.meaning(word))
        self.talks = True
        self._has_directory = word == apdu.OK
        yield Measurement("payment_environment", apdu.payment_environment(word))

    @check(Level.INTERNAL, needs=("answer_to_reset",), essential=False)
    def card_kind(self) -> Yields:
        """Which applications the card lists, and what kind of card that makes it; nothing of an account is read."""
        if self.settings.slot == "sam" or self.atr is None or self.pcsc.hangs:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        try:
            found = self._applications() if self.talks else []
        except (CardMute, CardProtocol, DeviceSilent) as error:  # not needed: the contact test judges the card
            yield NotAnswered(error.reason, str(error))
            return
        if found or self._has_directory:
            yield Measurement("applications", "; ".join(map(str, found)) or "none listed")
        kind = "payment" if self._has_directory else applications.kind(found, self.atr)
        if kind == "unknown" and self.talks and self._exchange(apdu.GSM_SELECT_MF).word >> 8 in (0x9F, 0x90):
            kind = "sim"
        yield Measurement("card_kind", kind)

    @check(Level.INTERNAL, needs=("answer_to_reset",), essential=False)
    def unique_identifier(self) -> Yields:
        """A contactless card has a number of its own; kept is that it has one, not which."""
        if self.settings.slot != "contactless":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.recover()
        mark = self.mark()
        yield Measurement("uid_present", mark is not None)

    @check(Level.INTERNAL, finds=("ICC-INTERMITTENT", "ICC-SLOW"), needs=("payment_environment",), deadline=120.0)
    def contact_quality(self) -> Yields:
        """Cold and warm resets in turn, a command after each: the same ATR each time, and in time."""
        if self.settings.slot != "contact" or not self.settings.resets:
            yield Skipped(reasons.NOT_APPLICABLE, "no contacts, or the profile wants no resets")
            return
        if self._others:
            raise HostBusy(f"{self.slot} is in use and will not be reset under another program{users()}")
        self.recover()
        trials = self._try_contacts()
        low, high = rates.interval(trials.test.failures, trials.test.trials)
        yield Measurement("resets", trials.test.trials)
        yield Measurement("failed_resets", trials.test.failures)
        yield Measurement("retried_commands", trials.retried)
        yield Measurement("failure_rate", f"{100 * low:.1f} to {100 * high:.1f}", "%")
        yield Measurement("decided", trials.test.good or trials.test.bad)
        yield Measurement("reset_time", round(statistics.median(trials.resets), 4), "s")
        if trials.commands:
            yield Measurement("command_time", round(statistics.median(trials.commands), 4), "s")
            yield Measurement("slowest_command", round(max(trials.commands), 4), "s")
        if trials.test.failures:
            yield self.find("ICC-INTERMITTENT", f"{trials.failed}; the first: {trials.first}")
        if trials.slow(self.settings.slow_s):
            took = (
                f"{trials.median:.2f} s with its command, {max(trials.commands, default=0):.2f} s for the slowest one"
            )
            yield Finding("ICC-SLOW", f"a reset takes {took}; limit {self.settings.slow_s:g} s")

    def works(self) -> str:
        """Try the card that is in now: power, ATR, a command. What went wrong, or an empty text."""
        if self.pcsc.hangs:
            self.pcsc.reopen()
        self._word = None  # another card may have another answer
        try:
            state = self.pcsc.state(self.slot)
            if state.mute or not state.present:
                return "no answer to reset" if state.present else "not seen"
            _parse(state.atr)
            self.protocol = self.pcsc.connect(self.slot)
            self._select_answered()
        except (CardMute, CardProtocol, CardAbsent, DeviceSilent) as error:
            return str(error)
        if self.trouble != "ICC-INTERMITTENT":
            return ""
        self._atrs.clear()
        trials = self._try_contacts()
        return f"{trials.failed}; the first: {trials.first}" if trials.test.failures else ""

    def mark(self) -> str | None:
        """A mark of the card that is there, the same for the same card in this run only; None where it gives no UID."""
        answer = self._exchange(apdu.GET_UID, self._salted)
        return answer.kept if answer.word == apdu.OK and answer.length else None

    def _salted(self, uid: bytes) -> str:
        return hashlib.blake2b(uid, key=self._salt, digest_size=8).hexdigest()

    @property
    def _environment(self) -> bytes:
        return applications.PPSE if self.settings.slot == "contactless" else applications.PSE

    def _applications(self) -> list[Application]:
        """Those that the payment environment lists; without one, those known here that the card accepts."""
        if not self._has_directory:
            return self._accepted()
        if self.settings.slot == "contactless":
            listed = self._select(applications.PPSE, applications.in_ppse).kept
        else:
            listed = self._directory(self._select(applications.PSE, applications.directory_file).kept)
        return [Application(*entry) for entry in listed or ()]

    def _directory(self, file: int | None) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        end = time.monotonic() + _LISTING
        for number in range(1, _RECORDS + 1 if file else 0):
            if time.monotonic() >= end:
                break
            record = self._exchange(apdu.read_record(number, file or 0), applications.in_record)
            if record.word != apdu.OK:
                break
            found += record.kept
        return found

    def _accepted(self) -> list[Application]:
        """Those known here that the card lets select; none from a card that says yes to everything."""
        if self._accepts(applications.NOBODY_S):
            return []
        end = time.monotonic() + _LISTING
        found = []
        for aid in applications.KNOWN:
            if time.monotonic() >= end:
                break
            if self._accepts(aid):
                found.append(Application(aid))
        return found

    def _accepts(self, aid: str) -> bool:
        return self._select(bytes.fromhex(aid)).word in (apdu.OK, apdu.DEACTIVATED)

    def _try_contacts(self) -> _Trials:
        trials = _Trials()
        end = time.monotonic() + _CONTACT_TIME
        for number in range(self.settings.resets):
            trouble = self._try_once(trials, cold=number % 2 == 0)
            trials.first = trials.first or trouble
            trials.test.add(failed=bool(trouble))
            slow = len(trials.resets) >= _ENOUGH_TIMES and trials.slow(self.settings.slow_s)
            if trials.test.good or trials.test.bad or slow or time.monotonic() >= end:
                break
        return trials

    def _try_once(self, trials: _Trials, *, cold: bool) -> str:
        """One reset and a command; what went wrong, or an empty text.

        After a warm reset a card may give another ATR than after a cold one (ISO/IEC 7816-3 6.2.3), but always that.
        """
        try:
            with _timed(trials.resets):
                self.protocol = self._steady(lambda: self.pcsc.reset(cold=cold))
            atr = self._steady(self._atr_now)
            if self._atrs.setdefault(cold, atr) != atr:
                return f"another ATR: {atr.hex(' ').upper()}"
            if self.talks:
                self._command(trials)
        except (CardMute, CardProtocol) as error:
            with suppress(CardMute, CardProtocol):
                self.protocol = self._steady(lambda: self.pcsc.connect(self.slot))
            return str(error)
        return ""

    def _atr_now(self) -> bytes:
        """After a reset; a reader that is just going, or coming back, shows no card. Raises CardMute, CardAbsent."""
        state = self.state()
        if state.mute:
            raise CardMute("SCARD_STATE_MUTE after a reset")
        if not state.atr:
            raise CardAbsent("no card is there after a reset")
        return state.atr

    def _command(self, trials: _Trials) -> None:
        """SELECT; once more where it failed and the card is still connected, as a payment application would."""
        try:
            with _timed(trials.commands):
                self._select_answered()
        except CardProtocol:
            trials.retried += 1
            self._select_answered()

    def _select_answered(self) -> int:
        """The status word of the payment environment, which is the same each time."""
        word = self._select(self._environment).word
        if not apdu.is_status_word(word):
            raise CardProtocol(f"a response that ends in no status word (SW1 {word >> 8:02X})")
        if self._word not in (None, word):
            raise CardProtocol(f"{word:04X}, {apdu.meaning(word)}, where it was {self._word:04X} before")
        self._word = word
        return word

    def _select(self, name: bytes, keep: Keep = _nothing) -> Response:
        # made anew after the card came back, which may be with another protocol
        return self._steady(lambda: self._follow(apdu.select(name, self.protocol or 0), keep))

    def _exchange(self, command: bytes, keep: Keep = _nothing) -> Response:
        return self._steady(lambda: self._follow(command, keep))

    def _follow(self, command: bytes, keep: Keep) -> Response:
        """One command; 61xx and 6Cxx are ours to follow (pcscd and libccid do not)."""
        response = self.pcsc.transmit(command, keep)
        for _ in range(_FOLLOWED):
            if response.word >> 8 == 0x61:
                command = apdu.get_response(response.word & 0xFF)
            elif response.word >> 8 == 0x6C:
                command = apdu.with_le(command, response.word & 0xFF)
            else:
                return response
            response = self.pcsc.transmit(command, keep)
        raise CardProtocol(f"{response.word:04X} again and again")


class _timed:  # noqa: N801 -- reads as a statement
    """Notes how long its block took, also when it raises."""

    def __init__(self, times: list[float]) -> None:
        self._times = times

    def __enter__(self) -> None:
        self._begin = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._times.append(time.monotonic() - self._begin)


def _interface_bytes(atr: Atr) -> Yields:
    """What the interface bytes say, each protocol's own included."""
    yield Measurement("convention", atr.convention)
    yield Measurement("protocols_offered", " ".join(f"T={number}" for number in atr.protocols))
    yield Measurement("mode", "negotiable" if atr.specific_protocol is None else "specific")
    factor, divisor = atr.clock_rate_factor
    yield Measurement("clock_rate_conversion", f"F={factor} D={divisor}")
    yield Measurement("extra_guard_time", atr.extra_guard_time, "etu")
    if 0 in atr.protocols:
        yield Measurement("t0_waiting_integer", atr.waiting_integer)
    if 1 in atr.protocols:
        block, character = atr.block_waiting
        yield Measurement("t1_field_size", atr.ifsc, "B")
        yield Measurement("t1_waiting_integers", f"BWI={block} CWI={character}")
        yield Measurement("t1_error_detection", atr.error_detection)
    yield Measurement("supply_classes", atr.classes)
    yield Measurement("clock_stop", atr.clock_stop)


def _parse(raw: bytes) -> Atr:
    try:
        return parse(raw)
    except AtrError as error:
        raise BadAtr(str(error)) from error
