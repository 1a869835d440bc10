"""Whether a printer starts anew by itself: while it is asked, and in a page, whose current shows a weak supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract.check import Fact, Finding, Level, Measurement, Yields, check
from diag.contract.said import Said

if TYPE_CHECKING:
    from drivers.printer.driver import ReceiptPrinter
    from drivers.printer.learned import Learned
    from drivers.printer.session import Session

_ASKING = 4.0  # s in which a printer that has just been switched on may say so again


class Watch:
    """One page, watched for a restart of the printer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notices = session.power_notices
        #: the counter of lines before the page; None where the printer has none, or does not tell
        self.lines: int | None = None

    def sign(self, *, proven: bool, lines: int | None = None) -> Said | None:
        """Return what shows that the printer has started anew since the page began; None where nothing does."""
        if self._session.power_notices > self._notices:
            return Said("restarted_in_page")
        if lines is not None and self.lines is not None and lines < self.lines:
            return Said("lines_fell", before=self.lines, after=lines)
        if not proven and self._session.lost_the_page():
            return Said("silent_in_page")
        return None


def restarted(learned: Learned, page: bytes, sign: Said) -> Yields:
    """Yield that the printer has started anew in a page, and how often that was. The page is kept for another try."""
    learned.restarts += 1
    learned.restarting_page = page
    yield Measurement("restarts", learned.restarts)
    yield Finding("PRN-RESTARTS", sign)
    if learned.page_proven:
        yield Fact("light-page-printed", Said("light_goes_through"))


class Restarts:
    """Restarts without a page."""

    def __init__(self, driver: ReceiptPrinter) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(
        Level.INTERNAL,
        hints=("PRN-RESTARTS",),
        needs=("status",),
        essential=False,
        applies=lambda settings: settings.answers != "none" and settings.dialect == "escpos",
    )
    def restarts(self) -> Yields:
        """Count the notices of a printer that it was switched on: one before its first answer is its start."""
        if self.session.power_notices:
            self.session.go_on_asking(_ASKING)
        count = self.session.power_notices
        yield Measurement("power_notices", count)
        if count > min(self.learned.notices_at_first, 1):
            yield Finding("PRN-RESTARTS", Said("restarts_idle", count=count))
