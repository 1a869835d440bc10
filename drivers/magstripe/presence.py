"""Is the reader there, and does its electronics live?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, NotExamined, Yields, check
from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.said import Said
from drivers.magstripe import findable

if TYPE_CHECKING:
    from drivers.magstripe.driver import Magstripe


class Presence:
    """Checks that nobody has to attend."""

    def __init__(self, driver: Magstripe) -> None:
        self.session = driver.session
        self.learned = driver.learned

    @check(Level.INTERNAL, finds=findable.by_opening)
    def present(self) -> Yields:
        """Open the reader, and ask who the reader is where its kind has commands."""
        reader = self.session.open()
        if reader.keyboard_mode:
            self.learned.keyboard_mode = True
            yield Finding("MSR-SETTING", Said("keyboard_mode"))
            yield NotExamined(("MSR-MUTE", "MSR-GARBLED"))
            return
        for key, value in reader.identify().items():
            if value:
                yield Identity(key, value)
        yield Measurement("shows_that_it_lives", reader.proven_alive)
        if reader.repeated:
            yield Measurement("repeated_questions", reader.repeated)

    @check(Level.INTERNAL, applies=findable.silent_at_rest, needs=("present",))
    def alive(self) -> Yields:
        """Say whether the reader has shown that it lives: the opening of a port proves nothing of what hangs on it."""
        if not self.session.reader.proven_alive:
            yield NotAnswered(reasons.UNDECIDED, Said("silent_until_swiped"))

    @check(
        Level.INTERNAL,
        finds=("MSR-SELFTEST",),
        applies=findable.has_self_test,
        needs=("present",),
        essential=False,
    )
    def self_test(self) -> Yields:
        """Have an encoder test its memory."""
        try:
            passed = self.session.encoder.ram_test()
        except (DeviceSilent, DeviceGarbled) as error:  # not every clone has it; the communication test has passed
            yield NotAnswered(error.reason, error.told)
            return
        yield Measurement("ram_test", passed)
        if not passed:
            yield Finding("MSR-SELFTEST", Said("ram_test_failed"))
