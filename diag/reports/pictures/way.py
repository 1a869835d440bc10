"""The way from the terminal to the server, link by link, with a mark at the break.

A fact is such a way where what it says is put together of `before`, the way so far, and `link`, one link more: the
keys are `path_on` and, at the break, `path_broken`. A way that is whole has `before` alone: `path_whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from diag.records.record import SaidRecord
from diag.reports.pictures import svg

_APART, _HEIGHT, _Y = 100.0, 58.0, 18.0
_LONGEST = 14  # letters of a name that fit below its place
_MOST = 20  # places; a record of anybody may hold any number

#: what is said -> its words
Worded = Callable[[SaidRecord], str]


@dataclass(frozen=True)
class Way:
    """The places of the way in words, the nearest first. `broken`: the last one is not reached."""

    places: tuple[str, ...]
    broken: bool


def of(said: SaidRecord | None, worded: Worded) -> Way | None:
    """Return the way that a fact says; None for other facts."""
    if said is None or said.key not in ("path_on", "path_broken", "path_whole"):
        return None
    broken = said.key == "path_broken"
    places: list[str] = []
    while said is not None and "before" in said.values and len(places) < _MOST:
        if link := _inner(said.values.get("link")):
            places.append(worded(link))
        said = _inner(said.values["before"])
    return Way((*([worded(said)] if said else []), *reversed(places)), broken)


def picture(drawn: Way, told: str) -> Markup:
    """Return the picture of a way. `told`: the same in words."""
    last = len(drawn.places) - 1
    shapes = []
    for number, name in enumerate(drawn.places):
        x = _APART * (number + 0.5)
        is_break = drawn.broken and number == last
        colour = svg.BAD if is_break else svg.GOOD
        if number:
            shapes.append(svg.line(x - _APART + 9, _Y, x - 9, _Y, colour, dashed=is_break))
        shapes.append(svg.cross(x, _Y, colour, 7) if is_break else svg.disc(x, _Y, 8, colour))
        if number == last and not is_break:
            shapes.append(svg.tick(x, _Y, "#fff", 4))
        shapes.append(svg.words(x, _Y + 30, name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"))
    return svg.drawing(_APART * len(drawn.places), _HEIGHT, told, *shapes)


def _inner(value: Any) -> SaidRecord | None:
    """Return what is said inside; None for another value."""
    if isinstance(value, SaidRecord):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("key"), str) and isinstance(value.get("values"), Mapping):
        return SaidRecord(value["key"], dict(value["values"]))
    return None
