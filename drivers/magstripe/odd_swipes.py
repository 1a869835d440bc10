"""Swipes that say nothing about card and head, but about the reader's settings, the line or the hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from diag.contract.check import Finding
from diag.contract.said import Said
from drivers.magstripe import oddities
from drivers.magstripe.pure.track import TrackError
from drivers.magstripe.swipe import SwipeResult

_SWIPES_TO_SHOW = {"MSR-SETTING": 2, "MSR-GARBLED": 2, "MSR-LINE": 2, "MSR-HANDLING": 3}
_SAME_TO_SHOW = 3  # swipes that break off in the same way: then it is no chance of the line
_CARDS_TO_SHOW = 3  # cards with a wrong check digit; some cards have none

Errors = Mapping[int, tuple[TrackError, ...]]


class OddSwipes:
    """The odd swipes so far. `decodes`: the reader sends decoded tracks. `has_places`: each in a place of its own."""

    def __init__(self, *, decodes: bool, has_places: bool) -> None:
        self._decodes = decodes
        self._has_places = has_places
        self._counts: Counter[str] = Counter()  # by fault code
        self._setting = self._line = ""
        self._broken: list[Errors] = []
        self._lengths: dict[int, set[tuple[int, ...]]] = {}  # requested card -> lengths of its broken tracks
        self._last = ""  # fault code of the last swipe
        self._false: dict[int, set[frozenset[str]]] = {}  # requested card -> marks of tracks with a wrong check digit

    @property
    def wants_another_card(self) -> bool:
        """Whether another card would show that the last oddity is not a card's."""
        return self._last == "MSR-LINE"

    def code(self, swipe: SwipeResult, requested_card: int) -> str:
        """Return the fault code that a swipe stands for; empty for a usual swipe."""
        self._last = self._code(swipe, requested_card)
        return self._last

    def _code(self, swipe: SwipeResult, requested_card: int) -> str:
        if swipe.setting:
            return "MSR-SETTING"
        line = swipe.line or self._false_digits(swipe, requested_card)
        if line:
            self._line = line
            return "MSR-LINE"
        if swipe.garbled:
            return "MSR-GARBLED"
        if self._decodes and (broken := swipe.broken_tracks):
            lengths = tuple(swipe.tracks[number].length for number in sorted(broken))
            self._lengths.setdefault(requested_card, set()).add(lengths)
            return "MSR-GARBLED" if self._has_places else "MSR-LINE"
        failed = any(track.errors for track in swipe.tracks.values())
        return "MSR-HANDLING" if swipe.moved_badly and failed else ""

    def count(self, code: str, swipe: SwipeResult) -> Finding | None:
        """Count one more swipe for a code; return a finding once enough swipes have shown the same."""
        self._counts[code] += 1
        self._setting = swipe.setting or self._setting
        broken = swipe.broken_tracks
        if code == "MSR-LINE" and broken and not swipe.line:
            self._broken.append(broken)
            if self._alike and self._counts[code] == len(self._broken):
                return self._always_broken()
        if self._counts[code] < _SWIPES_TO_SHOW[code]:
            return None
        return Finding(code, Said("times", seen=self._seen(code), count=self._counts[code]))

    @property
    def _alike(self) -> bool:
        """Return whether all broken swipes broke off in the same way, and those of one card in the same place."""
        same_way = all(each == self._broken[0] for each in self._broken)
        return same_way and all(len(lengths) == 1 for lengths in self._lengths.values())

    def _always_broken(self) -> Finding | None:
        """Return a setting once a track has broken off alike often enough; chance does not do that."""
        if len(self._broken) < _SAME_TO_SHOW:
            return None
        tracks = [_broken_off(track, errors) for track, errors in sorted(self._broken[0].items())]
        return Finding("MSR-SETTING", Said("same_each_time", tracks=tracks, count=len(self._broken)))

    def _seen(self, code: str) -> Said:
        match code:
            case "MSR-SETTING":
                return oddities.setting(self._setting)
            case "MSR-LINE":
                return oddities.line(self._line)
            case "MSR-GARBLED":
                return Said("holds_no_track")
            case _:
                return Said("moved_badly")

    def _false_digits(self, swipe: SwipeResult, requested_card: int) -> str:
        """Return why wrong check digits are the line's; empty while they may be the cards'."""
        if not swipe.false_check_digits:
            return ""
        self._false.setdefault(requested_card, set()).add(swipe.false_check_digits)
        if len(self._false[requested_card]) > 1:
            return "same-card-differs"
        return "check-digits" if len(set().union(*self._false.values())) >= _CARDS_TO_SHOW else ""


def _broken_off(track: int, errors: tuple[TrackError, ...]) -> Said:
    """Return how a track breaks off."""
    return Said("track_errors", track=track, errors=[Said(error.value) for error in errors])
