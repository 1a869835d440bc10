"""IC card reader over PC/SC.

Complete: service, reader, card presence, ATR by ISO/IEC 7816-3, warm reset, one APDU round trip (selecting the
payment environment), contact quality over many resets. Missing: the reader's own attributes, SAM and contactless
slots, swap steps. Never read: anything that holds account data.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from diag.check import (
    Driver,
    Finding,
    Identity,
    Level,
    Measurement,
    NotAnswered,
    Settings,
    Skipped,
    Steps,
    check,
)
from diag.errors import (
    CardAbsent,
    CardMute,
    CardProtocol,
    DeviceError,
    DeviceGarbled,
    DeviceGone,
    DeviceSilent,
)
from diag.link import PCSC, Address
from diag.link.pcsc import PcscLink, SlotState
from drivers.card_reader import apdu
from drivers.card_reader.atr import Atr, AtrError, emv_departures, parse
from drivers.card_reader.quality import SequentialTest, failure_rate

_ENOUGH_TIMES = 5  # resets after which a slow card is called slow
_FOLLOWED = 4  # 6Cxx, 61xx and one more of each; a card that asks for more never ends


class BadAtr(CardProtocol):
    """The ATR breaks a rule of ISO/IEC 7816-3; readers then refuse to go on with the card."""


class CardReaderSettings(Settings):
    """Profile keys of a card reader."""

    at: str = Field("pcsc:*", pattern=PCSC, description="pcsc:READER NAME PATTERN, with * and ?")
    card: Literal["expected", "optional"] = Field(
        "expected", description="whether a card has to be in the reader while it is examined"
    )
    resets: int = Field(20, ge=0, le=1000, description="resets of the contact test at most; 19 good ones decide it")
    slow_s: float = Field(
        1.5, gt=0, le=60, description="seconds that a reset with a command after it may take; good cards need 0.3"
    )
    timeout_s: float = Field(
        5.0,
        gt=0,
        le=120,
        description="seconds that one PC/SC call may last; EMV cards answer in well under 2",
    )


class CardReader(Driver):
    """One slot of a reader, chosen by name; where several names fit, the first with a card in it."""

    kind = "card_reader"
    Settings = CardReaderSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        CardAbsent: "ICC-CARD-ABSENT",
        CardMute: "ICC-CARD-MUTE",
        CardProtocol: "ICC-PROTOCOL",
        BadAtr: "ICC-ATR-BAD",
        DeviceGone: "ICC-ABSENT",
        DeviceSilent: "ICC-READER",
        DeviceGarbled: "ICC-READER",
    }
    settings: CardReaderSettings
    link: PcscLink | None = None
    slot = ""
    protocol = 0
    atr = b""
    talks = False  # it has answered a command with a status word
    atrs: dict[bool, bytes]  # after a cold reset (True) and a warm one

    def __init__(self, settings: CardReaderSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.atrs = {}

    @check(Level.INTERNAL)
    def service(self) -> Steps:
        """The PC/SC service answers; else a host error says what is missing."""
        self.link = self.address.open_pcsc(self.settings.timeout_s)
        yield Measurement("service", "answers")

    @check(Level.INTERNAL, finds=("ICC-ABSENT",), needs=("service",))
    def reader(self) -> Steps:
        """A reader with the profile's name is attached, and a driver has taken it."""
        names = self.pcsc.readers()
        yield Measurement("readers", len(names))
        fitting = self.pcsc.matching()
        if not fitting:
            wanted = self.pcsc.pattern or "*"
            raise DeviceGone(f"no reader named {wanted}; attached: {', '.join(names) or 'none'}")
        states = [(name, self.pcsc.state(name)) for name in fitting]
        self.slot = next((name for name, state in states if state.present), fitting[0])
        yield Identity("reader", self.slot)

    @check(Level.INTERNAL, finds=("ICC-CARD-ABSENT", "ICC-CARD-MUTE"), needs=("reader",))
    def card(self) -> Steps:
        """The card switch says that a card is in, and the card has answered the reset."""
        state = self._state()
        yield Measurement("card_present", state.present)
        if not state.present and self.settings.card == "optional":
            yield Skipped("no-card")
            return
        if not state.present:
            raise CardAbsent("SCARD_STATE_EMPTY")
        if state.mute:
            raise CardMute("SCARD_STATE_MUTE: powered, no answer to reset")

    @check(Level.INTERNAL, finds=("ICC-ATR-BAD", "ICC-CARD-MUTE", "ICC-PROTOCOL"), needs=("card",))
    def answer_to_reset(self) -> Steps:
        """The ATR keeps the rules of ISO/IEC 7816-3; read first, for libccid refuses to connect to a bad one."""
        self.atr = self._state().atr
        yield Measurement("atr", self.atr.hex(" ").upper())
        parsed = _parse(self.atr)
        yield Measurement("convention", parsed.convention)
        yield Measurement("protocols_offered", " ".join(f"T={number}" for number in parsed.protocols))
        yield Measurement("mode", "negotiable" if parsed.specific_protocol is None else "specific")
        factor, divisor = parsed.clock_rate_factor
        yield Measurement("clock_rate_conversion", f"F={factor} D={divisor}")
        yield Measurement("extra_guard_time", parsed.extra_guard_time, "etu")
        yield from _protocol_parameters(parsed)
        yield Measurement("supply_classes", parsed.classes)
        yield Measurement("clock_stop", parsed.clock_stop)
        yield Measurement("historical_bytes", parsed.category)
        yield Measurement("emv_departures", " ".join(emv_departures(parsed)) or "none")
        begin = time.monotonic()
        self.protocol = self.pcsc.connect(self.slot)
        yield Measurement("connect_time", round(time.monotonic() - begin, 4), "s")
        yield Measurement("protocol", f"T={self.protocol}")

    @check(Level.INTERNAL, finds=("ICC-INTERMITTENT",), needs=("answer_to_reset",))
    def warm_reset(self) -> Steps:
        """After a warm reset the card gives the same ATR again."""
        self.protocol = self.pcsc.reset()
        again = self._state().atr
        yield Measurement("atr_equal", again == self.atr)
        # a card may give another ATR to a warm reset (ISO/IEC 7816-3 6.2.3), but a well-formed one
        try:
            parse(again)
        except AtrError as error:
            yield Finding("ICC-INTERMITTENT", f"warm reset: {error}")

    @check(Level.INTERNAL, finds=("ICC-CARD-MUTE", "ICC-PROTOCOL"), needs=("warm_reset",))
    def payment_environment(self) -> Steps:
        """The card answers a command: SELECT of 1PAY.SYS.DDF01 (EMV Book 1, 12.3.2). Any status word is an answer."""
        begin = time.monotonic()
        word = apdu.status_word(self._exchange())
        yield Measurement("select_time", round(time.monotonic() - begin, 4), "s")
        yield Measurement("status_word", f"{word:04X}")
        if not apdu.is_status_word(word):
            yield Finding("ICC-PROTOCOL", f"{word:04X} is no status word")
            return
        self.talks = True
        yield Measurement("payment_environment", apdu.payment_environment(word))

    @check(Level.INTERNAL, finds=("ICC-INTERMITTENT", "ICC-SLOW"), needs=("payment_environment",), deadline=120.0)
    def contact_quality(self) -> Steps:
        """Cold and warm resets in turn, commands between them: the same ATR each time, and in time."""
        test, times, first, slow = SequentialTest(), [], "", False
        for number in range(self.settings.resets):
            begin = time.monotonic()
            trouble = self._reset_again(cold=number % 2 == 0)
            times.append(time.monotonic() - begin)
            first = first or trouble
            test.add(failed=bool(trouble))
            slow = len(times) >= _ENOUGH_TIMES and statistics.median(times) > self.settings.slow_s
            if test.good or test.bad or slow:
                break
        if not test.trials:
            yield Skipped("not-applicable", "the profile wants no resets")
            return
        low, high = failure_rate(test.failures, test.trials)
        yield Measurement("resets", test.trials)
        yield Measurement("failed_resets", test.failures)
        yield Measurement("failure_rate", f"{100 * low:.1f} to {100 * high:.1f}", "%")
        yield Measurement("median_time", round(statistics.median(times), 4), "s")
        yield Measurement("slowest_time", round(max(times), 4), "s")
        if test.failures:
            yield Finding("ICC-INTERMITTENT", f"{test.failures} of {test.trials} resets failed; the first: {first}")
        if statistics.median(times) > self.settings.slow_s:
            yield Finding(
                "ICC-SLOW", f"a reset takes {statistics.median(times):.2f} s; limit {self.settings.slow_s:g} s"
            )

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """A call that hangs while a card is being talked to is the card's silence, before that the reader's."""
        if type(error) is DeviceSilent and self.slot:
            return Finding("ICC-CARD-MUTE", str(error))
        return super().judge(error)

    def close(self) -> None:
        """Leave the card as it is."""
        if self.link is not None:
            self.link.close()

    @property
    def pcsc(self) -> PcscLink:
        """The opened link."""
        if self.link is None:
            raise DeviceGone("not opened")
        return self.link

    def _state(self) -> SlotState:
        state = self.pcsc.state(self.slot)
        if not state.available:
            raise DeviceGone(f"{self.slot} is no longer available")
        return state

    def _reset_again(self, *, cold: bool) -> str:
        """One reset and what belongs to it; what went wrong, or an empty text.

        After a warm reset a card may give another ATR than after a cold one (ISO/IEC 7816-3 6.2.3), but always that.
        """
        try:
            self.protocol = self.pcsc.reset(cold=cold)
            atr = self._state().atr
            if self.atrs.setdefault(cold, atr) != atr:
                return f"another ATR: {atr.hex(' ').upper()}"
            if self.talks and not apdu.is_status_word(apdu.status_word(self._exchange())):
                return "no status word"
        except (CardMute, CardProtocol) as error:
            with contextlib.suppress(CardMute, CardProtocol):
                self.protocol = self.pcsc.connect(self.slot)
            return str(error)
        return ""

    def _exchange(self) -> bytes:
        """SELECT the PSE; with T=0, 61xx and 6Cxx are ours to follow (pcscd and libccid do not)."""
        command = apdu.select(apdu.PSE_NAME, self.protocol)
        response = self.pcsc.transmit(command)
        for _ in range(_FOLLOWED):
            word = apdu.status_word(response)
            if word >> 8 == 0x61:
                command = apdu.get_response(word & 0xFF)
            elif word >> 8 == 0x6C:
                command = apdu.with_le(command, word & 0xFF)
            else:
                return response
            response = self.pcsc.transmit(command)
        raise CardProtocol(f"{apdu.status_word(response):04X} again and again")


def _protocol_parameters(atr: Atr) -> Steps:
    """What each protocol that the card offers has of its own."""
    if 0 in atr.protocols:
        yield Measurement("t0_waiting_integer", atr.waiting_integer)
    if 1 in atr.protocols:
        block, character = atr.block_waiting
        yield Measurement("t1_field_size", atr.ifsc, "B")
        yield Measurement("t1_waiting_integers", f"BWI={block} CWI={character}")
        yield Measurement("t1_error_detection", atr.error_detection)


def _parse(raw: bytes) -> Atr:
    try:
        return parse(raw)
    except AtrError as error:
        raise BadAtr(str(error)) from error
