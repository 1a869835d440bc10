"""Commands: does the card answer them, which applications does it list, and what kind of card is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Level, Measurement, NotAnswered, Skipped, Yields, check
from diag.contract.errors import CardAbsent, CardMute, CardProtocol, DeviceSilent
from diag.contract.said import Said
from drivers.card_reader.pure import apdu, applications
from drivers.card_reader.pure.applications import Application
from drivers.card_reader.pure.slots import codes_in_slot
from drivers.card_reader.reasons import SEVERAL_CARDS, UNSTEADY
from drivers.card_reader.settings import CardReaderSettings

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader

_LISTING = 5.0  # s for the list of applications; a slow card has time for some of it only
_RECORDS = 10  # of a directory that are read; EMV sets no limit, cards have one to five


def _is_contactless(settings: CardReaderSettings) -> bool:
    return settings.slot == "contactless"


class Commands:
    """Commands and applications. A SAM gets no command."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @staticmethod
    def fits(settings: CardReaderSettings) -> bool:
        """Return whether the slot is for cards of people."""
        return settings.slot != "sam"

    @check(Level.INTERNAL, finds=codes_in_slot("ICC-CARD-MUTE", "ICC-PROTOCOL"), needs=("answer_to_reset",))
    def payment_environment(self) -> Yields:
        """Send the card a command, SELECT of the payment environment; any status word is an answer."""
        if self.learned.atr is not None and applications.is_storage(self.learned.atr):
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_environment"))
            return
        begin = self.session.now()
        word = self.session.select_environment()
        yield Measurement("select_time", round(self.session.now() - begin, 4), "s")
        yield Measurement("status_word", f"{word:04X}")
        yield Measurement("status_word_means", apdu.meaning(word))
        self.learned.status_word = word
        yield Measurement("payment_environment", apdu.payment_environment(word))

    @check(Level.INTERNAL, needs=("answer_to_reset",), essential=False)
    def card_kind(self) -> Yields:
        """List the card's applications, and tell the kind of card from them; nothing of an account is read."""
        atr, learned = self.learned.atr, self.learned
        if atr is None or self.session.pcsc.hangs:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        try:
            found = self._applications() if learned.answers_commands else []
            kind = "payment" if learned.has_directory else applications.kind(found, atr)
            if kind == "unknown" and learned.answers_commands and self._is_old_sim():
                kind = "sim"
        except (CardMute, CardProtocol, DeviceSilent) as error:  # the contact test judges the card
            yield NotAnswered(UNSTEADY, error.told)
            return
        if found or learned.has_directory:
            yield Measurement("applications", "; ".join(map(str, found)) or "none")
        yield Measurement("card_kind", kind)

    @check(Level.INTERNAL, applies=_is_contactless, needs=("answer_to_reset",), essential=False)
    def unique_identifier(self) -> Yields:
        """Ask for the contactless card's own number; kept is that there is a number, not which.

        Of several cards in the field a reader chooses one (ISO/IEC 14443-3, anticollision), and may choose another once
        it has switched its field off and on.
        """
        self.session.recover()
        mark = self.session.card_mark()
        yield Measurement("uid_present", mark is not None)
        if self._answers_another(mark):
            yield NotAnswered(SEVERAL_CARDS, Said("another_answers"))

    def _answers_another(self, first: str | None) -> bool:
        """Return whether another card answers after a reset: another fixed number, or another ATR."""
        atr = self.session.state().atr
        try:
            self.session.reset(cold=True)
            if self.session.atr_after_reset() != atr:
                return True
            second = self.session.card_mark()
        except (
            CardAbsent,
            CardMute,
            CardProtocol,
            DeviceSilent,
        ):  # a telephone may turn away
            self.session.recover()
            return False
        return bool(first and second and first != second and self.session.number_is_fixed)

    def _is_old_sim(self) -> bool:
        return self.session.exchange(apdu.GSM_SELECT_MF).word >> 8 in (0x9F, 0x90)

    def _applications(self) -> list[Application]:
        """Return what the payment environment lists; without one, the applications known here that the card accepts."""
        if not self.learned.has_directory:
            return self._accepted()
        if self.session.settings.slot == "contactless":
            listed = self.session.select(applications.PPSE, applications.in_ppse).kept
        else:
            listed = self._directory(self.session.select(applications.PSE, applications.directory_file).kept)
        return [Application(*entry) for entry in listed or ()]

    def _directory(self, file: int | None) -> list[tuple[str, str]]:
        """Return AID and label of the applications in the directory's file, as far as there is time."""
        found: list[tuple[str, str]] = []
        end = self.session.now() + _LISTING
        for number in range(1, _RECORDS + 1 if file else 0):
            if self.session.now() >= end:
                break
            record = self.session.exchange(apdu.read_record(number, file or 0), applications.in_record)
            if record.word != apdu.OK:
                break
            found += record.kept
        return found

    def _accepted(self) -> list[Application]:
        """Return those known here that the card lets select; none from a card that says yes to everything."""
        if self._accepts(applications.UNKNOWN_TO_CARDS):
            return []
        end = self.session.now() + _LISTING
        found = []
        for aid in applications.KNOWN:
            if self.session.now() >= end:
                break
            if self._accepts(aid):
                found.append(Application(aid))
        return found

    def _accepts(self, aid: str) -> bool:
        return self.session.select(bytes.fromhex(aid)).word in (apdu.OK, apdu.DEACTIVATED)
