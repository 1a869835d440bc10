"""The test of a card's contacts: cold and warm resets in turn, a command after each."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from diag.contract.errors import CardMute, CardProtocol
from diag.contract.said import Said, Told
from drivers.card_reader.pure.quality import SequentialTest
from drivers.card_reader.session import Session

_ENOUGH_TIMES = 3  # resets after which a slow card is called slow
_LONGEST = 60.0  # s


class ContactTest:
    """Resets one card until enough is known: the same ATR and the same status word each time, and in time."""

    def __init__(self, session: Session, status_word: int) -> None:
        self.test = SequentialTest()
        #: seconds that each reset took, and each command; also those that failed
        self.resets: list[float] = []
        self.commands: list[float] = []
        #: commands that worked when they were sent again
        self.retried = 0
        #: why the first of them was sent again
        self.first_retry: Told = ""
        self._session = session
        self._status_word = status_word
        self._atrs: dict[bool, bytes] = {}  # after a cold reset (True) and a warm one
        self._first_failure: Told = ""

    def run(self) -> None:
        """Reset the card until the test is decided, the card is slow, or resets or time are used up.

        Raises CardAbsent, DeviceGone, DeviceSilent, HostBusy.
        """
        end = self._session.now() + _LONGEST
        for number in range(self._session.settings.resets):
            failure = self._reset(cold=number % 2 == 0)
            self._first_failure = self._first_failure or failure
            self.test.add(failed=bool(failure))
            is_slow = len(self.resets) >= _ENOUGH_TIMES and self.is_slow
            if self.test.good or self.test.bad or is_slow or self._session.now() >= end:
                break

    @property
    def failure(self) -> Told:
        """What failed; empty where nothing did."""
        if not self.test.failures:
            return ""
        return Said("resets_failed", count=self.test.failures, all=self.test.trials, first=self._first_failure)

    @property
    def is_slow(self) -> bool:
        """Whether a usual reset with its command is over the limit, or a fifth of the commands is."""
        limit = self._session.settings.slow_s
        over = sum(took > limit for took in self.commands)
        return self.median > limit or (over >= _ENOUGH_TIMES and over * 5 >= len(self.commands))

    @property
    def median(self) -> float:
        """Seconds that a usual reset takes with its command."""
        return statistics.median(self.resets) + (statistics.median(self.commands) if self.commands else 0.0)

    def _reset(self, *, cold: bool) -> Told:
        """Reset the card and send a command; return what went wrong, or an empty text.

        After a warm reset a card may give another ATR than after a cold one (ISO/IEC 7816-3 6.2.3), but always that.
        """
        try:
            with self._noted(self.resets):
                self._session.reset(cold=cold)
            atr = self._session.atr_after_reset()
            if self._atrs.setdefault(cold, atr) != atr:
                return Said("another_atr", atr=atr.hex(" ").upper())
            self._command()
        except (CardMute, CardProtocol) as error:
            with suppress(CardMute, CardProtocol):
                self._session.connect()
            return error.told
        return ""

    def _command(self) -> None:
        """Send a command; once more where the card is still connected, as a payment application would.

        A card whose contact is lost for a moment counts as sent again too: the session has connected again meanwhile.
        """
        lost = self._session.losses.contact
        try:
            with self._noted(self.commands):
                self._session.select_environment(self._status_word)
        except CardProtocol as error:
            self._note_retry(error.told)
            self._session.select_environment(self._status_word)
        else:
            if self._session.losses.contact > lost:
                self._note_retry(Said("contact_lost"))

    def _note_retry(self, why: Told) -> None:
        self.retried += 1
        self.first_retry = self.first_retry or why

    @contextmanager
    def _noted(self, times: list[float]) -> Iterator[None]:
        """Note how long a block takes, also where the block raises."""
        begin = self._session.now()
        try:
            yield
        finally:
            times.append(self._session.now() - begin)
