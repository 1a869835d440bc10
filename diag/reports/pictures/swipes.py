"""Swipes of cards: which track was read in which swipe, card and direction.

A measurement is a swipe where what it says has a `card`, a `direction`, and in `seen` parts that each name a `track`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from diag.records.record import MeasurementRecord
from diag.reports.pictures import svg

_LEFT, _WIDE, _HIGH = 74.0, 30.0, 24.0
_MOST = 40  # swipes in a picture
_READ = "track_read"
_DEEP = 5  # tracks stand so deep in what is said: with notes, in parts, clocked


@dataclass(frozen=True)
class Swipe:
    """One swipe. `tracks`: number -> whether the track was read; a track that gave nothing is not there."""

    card: int
    backward: bool
    tracks: Mapping[int, bool]


def of(measurements: Sequence[MeasurementRecord]) -> list[Swipe]:
    """Return the swipes among the measurements of a check."""
    found = (_swipe(each.said.values) for each in measurements if each.said)
    return [swipe for swipe in found if swipe][:_MOST]


def picture(swipes: Sequence[Swipe], told: str, track: str, card: str) -> Markup:
    """Return the picture: a row for each track, a column for each swipe.

    `told`: the same in words; `track` and `card`: words for the rows.
    """
    tracks = sorted({number for swipe in swipes for number in swipe.tracks})
    shapes = [svg.words(0, 16, card, "start")]
    shapes += [svg.words(0, _HIGH * (row + 1) + 16, f"{track} {number}", "start") for row, number in enumerate(tracks)]
    for column, swipe in enumerate(swipes):
        x = _LEFT + _WIDE * (column + 0.5)
        arrow = "←" if swipe.backward else "→"
        shapes.append(svg.words(x, 16, f"{arrow}{swipe.card}"))
        for row, number in enumerate(tracks):
            shapes.append(_cell(x, _HIGH * (row + 1) + 12, swipe.tracks.get(number)))
    return svg.drawing(_LEFT + _WIDE * len(swipes), _HIGH * (len(tracks) + 1), told, *shapes)


def _cell(x: float, y: float, read: bool | None) -> Markup:
    if read is None:
        return svg.rectangle(x - 5, y - 1, 10, 2, svg.QUIET)
    return svg.tick(x, y, svg.GOOD) if read else svg.cross(x, y, svg.BAD)


def _swipe(values: Mapping[str, Any]) -> Swipe | None:
    card, direction, seen = values.get("card"), values.get("direction"), values.get("seen")
    if not isinstance(card, int) or not isinstance(direction, Mapping) or not isinstance(seen, Mapping):
        return None
    return Swipe(card, direction.get("key") == "backward", dict(_tracks(seen, _DEEP)))


def _tracks(said: Mapping[str, Any], deep: int) -> Iterator[tuple[int, bool]]:
    """Yield each track that is told in what is said, and whether it was read."""
    values = said.get("values")
    if not isinstance(values, Mapping) or not deep:
        return
    number = values.get("track")
    if isinstance(number, int):
        yield number, said.get("key") == _READ
        return
    parts = values.get("parts")
    for part in (*values.values(), *(parts if isinstance(parts, list | tuple) else ())):
        if isinstance(part, Mapping):
            yield from _tracks(part, deep - 1)
