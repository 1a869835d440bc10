"""Asking the person for a swipe."""

from __future__ import annotations

from collections.abc import Generator

from diag.contract import reasons
from diag.contract.check import NotAnswered, Prompt, Yielded
from diag.contract.said import Said
from drivers.magstripe.pure.hypotheses import SwipeKind
from drivers.magstripe.readers import StripeReader
from drivers.magstripe.reasons import EVENTS_LOST
from drivers.magstripe.swipe import Redactor, SwipeResult

PROMPTS = {
    SwipeKind(1): "swipe_card",
    SwipeKind(1, backward=True): "swipe_card_back",
    SwipeKind(1, steady=True): "swipe_card_steadily",
    SwipeKind(1, backward=True, steady=True): "swipe_card_back_steadily",
    SwipeKind(1, turned=True): "swipe_card_turned",
    SwipeKind(2): "swipe_second_card",
    SwipeKind(2, backward=True): "swipe_second_card_back",
    SwipeKind(2, steady=True): "swipe_second_card_steadily",
    SwipeKind(2, backward=True, steady=True): "swipe_second_card_back_steadily",
    SwipeKind(3): "swipe_third_card",
    SwipeKind(3, backward=True): "swipe_third_card_back",
    SwipeKind(3, steady=True): "swipe_third_card_steadily",
    SwipeKind(3, backward=True, steady=True): "swipe_third_card_back_steadily",
}
_REPEATS = 2  # times that a swipe is asked for again: nobody had swiped, or this computer had lost some of the swipe


def ask_for_swipe(
    reader: StripeReader, prompt: str, redactor: Redactor, seconds: float, *, note: str = "", sure: bool = False
) -> Generator[Yielded, str | None, SwipeResult | None]:
    """Have a card swiped within `seconds`.

    `note`: what is told of the last swipe. `sure`: where nothing comes, nobody is asked whether the card was swiped.
    Returns: the swipe, without tracks where the reader did not react; None, with the reason yielded, where no card was
    swiped.
    """
    reason = reasons.NO_PERSON
    for _ in range(1 + _REPEATS):
        reader.prepare(redactor)
        if (yield Prompt(prompt, (), note=note)) is None:
            break
        swipe = reader.read_swipe(redactor, seconds)
        if swipe is not None and swipe.refused:
            yield NotAnswered(reasons.UNREAD, Said("refuses", status=swipe.status.removeprefix("refused ")))
            return None
        if swipe is not None and not swipe.lost:
            return swipe
        if swipe is not None:
            reason = EVENTS_LOST
            continue
        if sure:
            return SwipeResult()
        answer = yield Prompt("was_it_swiped", ("yes", "no"), procedural=True)
        if answer == "yes":
            return SwipeResult()
        if answer is None:
            break
    yield NotAnswered(reason)
    return None
