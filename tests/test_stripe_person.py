"""What the person is told between swipes, and how often the same is asked for."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from drivers.magstripe.notes import Notes
from drivers.magstripe.pure.hypotheses import SwipeKind
from drivers.magstripe.swipe import SwipeResult
from tests.conftest import Done, Simulator
from tests.stripes import follow, options, profile

_NOTES = {
    "same card": "That was a card again that had been swiped before.",
    "other direction": "That was the other direction.",
    "errors": "That card was read with errors.",
    "nothing": "The reader saw nothing of that card.",
    "read": "That card was read.",
}

# reader, fault, settings of the simulated bench, the note that has to come
SITUATIONS: dict[str, tuple[str, str | None, dict[str, object], str]] = {
    "a healthy reader": ("text", None, {}, "read"),
    "dirt": ("text", "MSR-HEAD-DIRTY", {}, "errors"),
    "the same card": ("text", "MSR-HEAD-DIRTY", {"cards": 1, "dirt": 0.5}, "same card"),
    "the same card of two": ("encoder", "MSR-HEAD-DIRTY", {"cards": 2, "dirt": 0.4, "seed": 3}, "same card"),
    "never from the other end": ("encoder", None, {"way": "forward"}, "other direction"),
    "an erased card": ("text", "MSR-CARD-BAD", {}, "nothing"),
    "a dead head": ("encoder", "MSR-HEAD-DEAD", {}, "nothing"),
}


def _prompts(done: Done) -> list[str]:
    return re.findall(r"^magstripe\.swipe_\w+: .*$", done.err, re.MULTILINE)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_person_is_told_what_the_reader_saw(simulator: Simulator, tmp_path: Path, situation: str) -> None:
    reader, fault, settings, note = SITUATIONS[situation]
    sends = {"encoder": "msr605"}.get(reader, "text")
    served = simulator("magstripe", *options(fault, {"sends": sends, **settings}))
    prompts = _prompts(follow(served, profile(tmp_path, reader), tmp_path))
    assert any(_NOTES[note] in prompt for prompt in prompts[1:])
    assert not any(text in prompts[0] for text in _NOTES.values())
    assert max(len(list(same)) for _, same in itertools.groupby(prompts)) <= 3


@pytest.mark.parametrize(
    ("movement", "note"),
    [
        ({"too_slow": True, "too_fast": False}, "note_too_slow"),
        ({"too_slow": False, "too_fast": True}, "note_too_fast"),
        ({"too_slow": True, "too_fast": True}, "note_uneven"),
        ({"too_slow": False, "too_fast": False}, "note_nothing"),
    ],
)
def test_what_a_reader_says_of_the_hand_is_told(movement: dict[str, bool], note: str) -> None:
    """MagneSafe readers tell too slow and too fast (99875475 appendix D)."""
    notes = Notes()
    notes.take(SwipeKind(), SwipeKind(), SwipeResult(movement=movement), odd=False)
    assert notes.next == note


def test_three_bad_cards_before_a_head_is_condemned(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe", *options("MSR-HEAD-DEAD", {"sends": "msr605"}))
    done = follow(served, profile(tmp_path, "encoder"), tmp_path)
    assert done.causes == ["MSR-HEAD-DEAD"]
    assert "magstripe.swipe_third_card" in done.err


def test_silence_is_asked_about_at_first_and_before_it_counts(simulator: Simulator, tmp_path: Path) -> None:
    """A reader that says nothing of a bad track: who has swiped once when asked is believed, but for the last word."""
    served = simulator("magstripe", *options("MSR-HEAD-DEAD", {"sends": "idtech"}))
    done = follow(served, profile(tmp_path, "idtech"), tmp_path)
    assert done.causes == ["MSR-HEAD-DEAD"]
    assert len(_prompts(done)) >= 4
    assert done.err.count("magstripe.was_it_swiped") == 2
