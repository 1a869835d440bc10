"""Asking the person for one swipe, and taking it from the reader."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Mapping
from typing import ClassVar

from diag.contract import reasons
from diag.contract.check import (
    Finding,
    Identity,
    Level,
    Measurement,
    NotAnswered,
    PlannedCheck,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.driver import Driver
from diag.contract.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.contract.links import Address
from drivers.magstripe.pure.exam import Way
from drivers.magstripe.readers import Encoder, Reader, open_reader
from drivers.magstripe.reasons import EVENTS_LOST
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Keeper, Swipe

PROMPTS = {
    Way(1): "swipe_card",
    Way(1, backward=True): "swipe_card_back",
    Way(1, steady=True): "swipe_card_steadily",
    Way(1, turned=True): "swipe_card_turned",
    Way(2): "swipe_second_card",
    Way(2, backward=True): "swipe_second_card_back",
    Way(2, steady=True): "swipe_second_card_steadily",
    Way(3): "swipe_third_card",
    Way(3, backward=True): "swipe_third_card_back",
    Way(3, steady=True): "swipe_third_card_steadily",
}
_AGAIN = 2  # times that a swipe is asked for again: nobody had swiped, or this computer had lost some of it


class Asking(Driver):
    """A reader with a person who swipes cards."""

    kind = "magstripe"
    Settings = MagstripeSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceGone: "MSR-ABSENT",
        DeviceSilent: "MSR-MUTE",
        DeviceGarbled: "MSR-GARBLED",
    }
    settings: MagstripeSettings

    def __init__(self, settings: MagstripeSettings, address: Address) -> None:
        super().__init__(settings, address)
        self._open: Reader | None = None
        key = secrets.token_bytes(32)
        self.keeper = Keeper(key, b"", show_last_four=settings.last_four)
        self.proof_keeper = Keeper(key, settings.test_card.secret, show_last_four=False)  # for the test card only

    @property
    def reader(self) -> Reader:
        """The open reader; every check but the first needs it."""
        if self._open is None:
            raise DeviceGone("not opened")
        return self._open

    @check(Level.INTERNAL, finds=("MSR-ABSENT", "MSR-MUTE", "MSR-GARBLED"))
    def present(self) -> Yields:
        """The reader is there, and answers where its kind has commands."""
        self._open = open_reader(self.address, self.settings)
        for key, value in self.reader.identify().items():
            if value:
                yield Identity(key, value)
        yield Measurement("shows_that_it_lives", self.reader.alive)
        if self.reader.repeated:
            yield Measurement("repeated_questions", self.reader.repeated)

    @check(Level.INTERNAL, finds=("MSR-SELFTEST",), needs=("present",), essential=False)
    def self_test(self) -> Yields:
        """The reader's own test, where it has one: an encoder's memory."""
        if not isinstance(self.reader, Encoder) or not self.settings.self_test:
            yield Skipped(reasons.NOT_APPLICABLE, "no self-test")
            return
        try:
            passed = self.reader.ram_test()
        except (DeviceSilent, DeviceGarbled) as error:  # not every clone has it; the communication test has passed
            yield NotAnswered(error.reason, str(error))
            return
        yield Measurement("ram_test", passed)
        if not passed:
            yield Finding("MSR-SELFTEST", "the encoder reports a failed RAM test")

    def deadline(self, spec: PlannedCheck) -> float:
        """The person's time comes on top."""
        return super().deadline(spec) + (self.settings.swipe_s if spec.level is Level.INTERACTIVE else 0.0)

    def ask_swipe(self, prompt: str, keeper: Keeper) -> Generator[Yielded, str | None, Swipe | None]:
        """Have a card swiped: what came of it, an empty one where the reader did not react.

        None where there was none, after having said why.
        """
        why = reasons.NO_PERSON
        for _ in range(1 + _AGAIN):
            self.reader.prepare(keeper)
            if (yield Prompt(prompt, ())) is None:
                break
            swipe = self.reader.swipe(keeper, self.settings.swipe_s)
            if swipe is not None and not swipe.lost:
                return swipe
            if swipe is not None:
                why = EVENTS_LOST
                continue
            answer = yield Prompt("was_it_swiped", ("yes", "no"))
            if answer == "yes":
                return Swipe()
            if answer is None:
                break
        yield NotAnswered(why)
        return None

    def close(self) -> None:
        """Give the reader back."""
        reader, self._open = self._open, None
        if reader is not None:
            reader.close()
