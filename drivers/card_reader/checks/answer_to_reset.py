"""The answer to reset (ISO/IEC 7816-3 clause 8), and the connection to the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Level, Measurement, NotAnswered, Yields, check
from diag.contract.errors import CardMute, CardProtocol
from diag.contract.said import Said
from drivers.card_reader.errors import parse_atr
from drivers.card_reader.pure.atr import Atr, emv_departures
from drivers.card_reader.pure.slots import codes_in_slot
from drivers.card_reader.reasons import OTHER_PROTOCOL

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader

_SPOKEN = {0, 1}  # SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1


class AnswerToReset:
    """What the card says when the card is powered."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL, finds=codes_in_slot("ICC-ATR-BAD", "ICC-CARD-MUTE", "ICC-PROTOCOL"), needs=("card",))
    def answer_to_reset(self) -> Yields:
        """Check the ATR by the rules of ISO/IEC 7816-3, then connect: libccid refuses to connect to a bad ATR."""
        raw = self.session.state().atr
        yield Measurement("atr", raw.hex(" ").upper())
        self.learned.atr = atr = parse_atr(raw)
        yield from _interface_bytes(atr)
        yield Measurement("historical_bytes", atr.category)
        if self.session.settings.slot == "contact":
            yield Measurement("emv_departures", " ".join(emv_departures(atr)) or "none")
        if not set(atr.protocols) & _SPOKEN:
            only = " ".join(f"T={number}" for number in atr.protocols)
            yield NotAnswered(OTHER_PROTOCOL, Said("offers_only", protocols=only))
            return
        begin = self.session.now()
        try:
            protocol = self.session.connect()
        except (CardMute, CardProtocol) as error:
            if not (atr.only_global or atr.of_memory_card):
                raise
            key = "names_t15_only" if atr.only_global else "like_memory_card"
            yield NotAnswered(OTHER_PROTOCOL, Said(key, why=error.told))
            return
        yield Measurement("connect_time", round(self.session.now() - begin, 4), "s")
        yield Measurement("protocol", f"T={protocol}")


def _interface_bytes(atr: Atr) -> Yields:
    """Yield what the interface bytes say, each protocol's own bytes included."""
    yield Measurement("convention", atr.convention)
    yield Measurement("protocols_offered", " ".join(f"T={number}" for number in atr.protocols))
    yield Measurement("mode", "negotiable" if atr.specific_protocol is None else "specific")
    factor, divisor = ("reserved" if value is None else value for value in atr.clock_rate_factor)
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
