"""The quality of the contacts."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from diag.contract import rates, reasons
from diag.contract.check import Finding, Level, Measurement, NotAnswered, Skipped, Yields, check
from diag.contract.errors import HostBusy
from diag.contract.links.pcscd import with_users
from diag.contract.said import Said, Told
from drivers.card_reader.reasons import UNSTEADY
from drivers.card_reader.resets import ContactTest
from drivers.card_reader.settings import CardReaderSettings

if TYPE_CHECKING:
    from drivers.card_reader.driver import CardReader


class Contacts:
    """The contacts between reader and card. Contactless cards and SAMs are not reset again and again."""

    def __init__(self, driver: CardReader) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @staticmethod
    def fits(settings: CardReaderSettings) -> bool:
        """Return whether there are contacts to test, and the profile wants resets."""
        return settings.slot == "contact" and settings.resets > 0

    @check(Level.INTERNAL, finds=("ICC-INTERMITTENT", "ICC-SLOW"), needs=("payment_environment",), deadline=120.0)
    def contact_quality(self) -> Yields:
        """Reset the card cold and warm in turn, a command after each: the same ATR each time, and in time."""
        if self.session.settings.slot != "contact":
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if self.learned.status_word is None:
            yield Skipped(reasons.NOT_APPLICABLE, Said("no_command_answered"))
            return
        if self.learned.used_elsewhere:
            raise HostBusy(with_users(Said("in_use", reader=self.session.slot)))
        self.session.recover()
        contacts = ContactTest(self.session, self.learned.status_word)
        contacts.run()
        yield from _figures(contacts)
        unsteady = self._unsteady(contacts)
        told = contacts.failure or unsteady
        if contacts.failure and unsteady:
            told = Said("both", first=contacts.failure, second=unsteady)
        if contacts.test.fails or contacts.retried > self.settings.retries * len(contacts.commands):
            self.learned.card_fault = "ICC-INTERMITTENT"
            yield Finding("ICC-INTERMITTENT", told)
        elif told:
            yield NotAnswered(UNSTEADY, told)
        if contacts.is_slow:
            slowest = max(contacts.commands, default=0.0)
            limit = self.settings.slow_s
            yield Finding("ICC-SLOW", Said("reset_takes", seconds=contacts.median, slowest=slowest, limit=limit))

    def _unsteady(self, contacts: ContactTest) -> Told:
        """Return what worked at a second try only; an empty text where all worked at once."""
        if not contacts.retried:
            return ""
        count, first = len(contacts.commands), contacts.first_retry
        return Said("second_try_only", count=contacts.retried, all=count, first=first)


def _figures(contacts: ContactTest) -> Yields:
    """Yield what the test has counted and timed."""
    test = contacts.test
    low, high = rates.interval(test.failures, test.trials)
    yield Measurement("resets", test.trials)
    yield Measurement("failed_resets", test.failures)
    yield Measurement("retried_commands", contacts.retried)
    yield Measurement("failure_rate", Said("from_to", low=round(100 * low, 1), high=round(100 * high, 1)), "%")
    yield Measurement("decided", test.good or test.bad)
    yield Measurement("reset_time", round(statistics.median(contacts.resets), 4), "s")
    if contacts.commands:
        yield Measurement("command_time", round(statistics.median(contacts.commands), 4), "s")
        yield Measurement("slowest_command", round(max(contacts.commands), 4), "s")
