"""Shapes of SVG 1.1 (https://www.w3.org/TR/SVG11/), with all text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

GOOD, BAD, QUIET, INK = "#0a5c26", "#9b1111", "#d9d9d9", "#1a1a1a"
ALLOWED = "#b9dcc4"
_NOTHING = Markup()


def drawing(width: float, height: float, told: str, *shapes: Markup) -> Markup:
    """Return a picture. `told`: what it shows, for whoever does not see it."""
    size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
    return _element("svg", {"role": "img", "aria-label": told, **size}, _NOTHING.join(shapes))


def rectangle(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    """Return a filled rectangle."""
    return _element("rect", {**_numbers(x=x, y=y, width=width, height=height), "fill": fill})


def line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> Markup:
    """Return a line."""
    dashes = {"stroke-dasharray": "6 4"} if dashed else {}
    return _element("line", {**_numbers(x1=x1, y1=y1, x2=x2, y2=y2), "stroke": colour, "stroke-width": "2.5", **dashes})


def polyline(points: Sequence[tuple[float, float]], colour: str) -> Markup:
    """Return lines from each point to the next."""
    places = " ".join(f"{x:g},{y:g}" for x, y in points)
    return _element("polyline", {"points": places, "fill": "none", "stroke": colour, "stroke-width": "1.5"})


def disc(x: float, y: float, radius: float, fill: str) -> Markup:
    """Return a filled circle."""
    return _element("circle", {**_numbers(cx=x, cy=y, r=radius), "fill": fill})


def words(x: float, y: float, text: str, anchor: str = "middle") -> Markup:
    """Return text of 12 units whose middle, start or end is at x."""
    font = {"font-family": "system-ui, sans-serif", "font-size": "12", "text-anchor": anchor, "fill": INK}
    return _element("text", {**_numbers(x=x, y=y), **font}, escape(text))


def tick(x: float, y: float, colour: str, size: float = 5) -> Markup:
    """Return a tick: this is good."""
    return line(x - size, y, x - size / 3, y + size, colour) + line(x - size / 3, y + size, x + size, y - size, colour)


def cross(x: float, y: float, colour: str, size: float = 5) -> Markup:
    """Return a cross: this is bad."""
    return line(x - size, y - size, x + size, y + size, colour) + line(x - size, y + size, x + size, y - size, colour)


def _numbers(**values: float) -> dict[str, str]:
    return {name: f"{value:.1f}".removesuffix(".0") for name, value in values.items()}


def _element(name: str, attributes: Mapping[str, str], inner: Markup = _NOTHING) -> Markup:
    given = _NOTHING.join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(name, given, inner)
