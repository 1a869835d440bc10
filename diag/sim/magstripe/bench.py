"""The person, the cards and the head: what each swipe gives, before the reader's electronics have a say.

Settings: `seed`; `dirt`, the read rate under a dirty or worn head (0.3); `card_damage` erased or scratched, how
MSR-CARD-BAD shows; `askew`, the read rate in the bad direction (0); `unread`, the share that a healthy head fails to
read (0.01); `flaw` lrc, start, end or place: what is wrong with each card's tracks, at the same place; `flawed`: the
tracks with the flaw (12); `glued`: each swipe twice, without a pause; `track1` none: cards
without track 1; `hand` turned: how MSR-HANDLING shows, if not by haste; `lazy`: prompts that the person first ignores;
`setting` no-sentinels, no-end, no-start, caps-lock, layout-de (wedge), layout-tr, layout-es, layout-it or layout-jp,
how MSR-SETTING shows; `line` lost, changed, tail or account, how MSR-LINE shows. `light` none: a reader without
a light. `cards`: different cards that the person has; `way` forward: the person never swipes from the other end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from diag.sim.magstripe.stripe import CARDS, Card, State, bits, damage
from diag.sim.process import Order

_HEALTHY = 0.99
_ASSENT = {"done", "yes", "shown"}

#: hands a swipe to the reader: the card, the state of each track, whether the card went backward
Give = Callable[[Card, dict[int, State], bool], None]


class Bench:
    """One slot, one head, one person."""

    def __init__(self, requested: Order) -> None:
        self.faults = requested.faults
        self.settings = requested.settings
        self.draw = random.Random(requested.settings.get("seed", "1"))
        self.lazy = int(requested.settings.get("lazy", 0))
        self.tracks = (1, 2, 3) if "3" in requested.settings.get("tracks", "") else (1, 2)
        self.cleaned = False
        self.give: Give = lambda *_: None

    def has(self, *names: str) -> bool:
        """Return whether any of these faults is asked for."""
        return any(f"MSR-{name}" in self.faults for name in names)

    def answer(self, prompt: str, choices: Sequence[str]) -> str | None:
        """Do what a prompt asks for, and answer truly, as the person."""
        if prompt.startswith("swipe_"):
            self._swipe(prompt)
            return "shown"
        if prompt == "clean_head":
            self.cleaned = True
        if prompt == "was_it_swiped" and self.lazy > 0:
            self.lazy -= 1
            return "no"
        if prompt == "have_they_track1" and self.settings.get("track1") == "none":
            return "no"
        if prompt == "reader_light":
            return self._light()
        return next((choice for choice in choices if choice in _ASSENT), None)

    def _light(self) -> str:
        """Return what the reader's light shows: it blinks when the head reads, whatever becomes of the line."""
        if self.settings.get("light") == "none":
            return "unknown"
        return "lit" if self.has("HEAD-DEAD") else "reacts"

    def _swipe(self, prompt: str) -> None:
        if self.lazy > 0:
            return
        number = next((place for place, word in ((2, "second"), (3, "third"), (4, "test")) if word in prompt), 1)
        if number < 4:
            number = min(number, int(self.settings.get("cards", 3)))
        card = self._card(number)
        turned = prompt.endswith("_turned")
        backward = "_back" in prompt and self.settings.get("way") != "forward"
        steady = prompt.endswith("_steadily")
        states = {track: self._state(track, number, backward, steady) for track in self.tracks if track in card.tracks}
        if "flaw" in self.settings:
            flawed = self.settings.get("flawed", "12")
            states = {track: State.DAMAGED if str(track) in flawed else state for track, state in states.items()}
        if turned != (self.settings.get("hand") == "turned" and self.has("HANDLING")):
            states = dict.fromkeys(states, State.NOTHING)
        for _ in range(2 if self.settings.get("glued") else 1):
            self.give(card, states, backward)

    def _card(self, number: int) -> Card:
        card = CARDS[number]
        if self.settings.get("track1") == "none":
            card = Card({track: text for track, text in card.tracks.items() if track != 1})
        return card

    def _state(self, track: int, card: int, backward: bool, steady: bool) -> State:
        if self.has("HEAD-DEAD", f"TRACK{track}"):
            return State.NOTHING
        if self.has("CARD-BAD") and card == 1:
            return State.DAMAGED if self.settings.get("card_damage") == "scratched" else State.NOTHING
        rate = _HEALTHY
        if self.has("HEAD-WORN") or (self.has("HEAD-DIRTY") and not self.cleaned):
            rate = float(self.settings.get("dirt", 0.3))
        elif self.has("ONE-DIRECTION") and backward:
            rate = float(self.settings.get("askew", 0))
        elif self.has("HANDLING") and not steady and self.settings.get("hand") != "turned":
            rate = 0.3
        elif "unread" in self.settings:
            rate = 1 - float(self.settings["unread"])
        return State.GOOD if self.draw.random() < rate else State.DAMAGED

    def raw(self, card: Card, track: int, state: State, backward: bool) -> str:
        """Return the bits that leave the head."""
        if state is State.NOTHING:
            return ""
        flaw = self.settings.get("flaw", "") if state is State.DAMAGED else ""
        whole = bits(track, card.tracks[track], flaw)
        if state is State.DAMAGED and not flaw:
            whole = damage(whole, self.draw)
        return whole[::-1] if backward else whole
