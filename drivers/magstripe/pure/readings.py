"""What a swipe is, before the swipe is read: text, text of another keyboard, a broken frame, or nothing that is known.

A format is recognised first. What is not recognised is not searched for tracks. Of several ways to read a text the way
of the profile counts, unless another way gives tracks that make more sense: then a setting differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import xor

from drivers.magstripe.pure import idtech, numbered
from drivers.magstripe.pure.keys import KeyDecoder
from drivers.magstripe.pure.layouts import LAYOUTS, exchanged
from drivers.magstripe.pure.text import DecodedSwipe, parse, parse_in_order
from drivers.magstripe.pure.track import summarize

_EDGES = b"\x00\x02\x03\x04\x06\x0a\x0d\x11\x13\x15\xff"  # framing, acknowledgement, flow control, a break
# MagTek's insert readers tell in a message of its own that a card comes (Port Powered Insertion Reader, p. 14 and 15)
_SENSOR = re.compile(rb"\A(?:\x02?\x1b?[01]\r\x03?)+(?=[\x02\x1b%;+])")
# the stripe on the front of Japanese cards (JIS X 6302, up to 69 characters) beside ISO's tracks, with the sentinels
# that readers send for it (MagTek USB KB IntelliHead manual, p. 32)
_JIS = re.compile(rb"\x7f[ -~]{1,70}\x7f[ -~]?")
_MOST_ODD = 0.1  # of the bytes: more than a few that no text has are another format
_INPUT_METHOD = str.maketrans({"、": "/", "。": ".", "￥": "$", "《": "<", "》": ">", "—": "_"})
_CODECS_OF_INPUT_METHODS = ("utf-8", "gb18030", "shift_jis")
_CODECS_OF_LAYOUTS = ("utf-8", "cp1254", "latin-1")


def read_keys(keys: KeyDecoder, layout: str) -> DecodedSwipe:
    """Return the tracks that were typed, by the profile's layout or by the layout that fits."""
    others = ((f"layout-{other}", keys.text(other)) for other in LAYOUTS if other != layout)
    return _best(keys.text(layout), others)


def read_line(data: bytes) -> DecodedSwipe:
    """Return the tracks in what a reader on a line sent until its pause."""
    if data[:1] == b"\x02" and _is_length(data):
        return _broken_frame(data)
    bare = _SENSOR.sub(b"", _unframed(data)).strip(_EDGES + b"\x1b")
    bare = _JIS.sub(b"", bare) or bare
    text = bare.decode("latin-1")
    if (swipe := numbered.parse(text)) is not None:
        return swipe
    if data[:1] == b"\x02" and "\x10" in text:  # UIC: STX, tracks with DLE between them, ETX
        return parse_in_order(text.split("\x10")) if _odd(bare.replace(b"\x10", b"")) == 0 else _unknown(data)
    if not _odd(bare):
        return _best(text, _as_other_keyboards([text]))
    seven = parse(bytes(byte & 0x7F for byte in bare).decode("latin-1"))
    if seven.good > parse(text).good:
        return replace(seven, setting="parity")
    found = _best(text, [*_of_input_methods(bare), *_as_other_keyboards(_decoded(bare, _CODECS_OF_LAYOUTS))])
    if found.setting or (found.good and not found.garbled and not found.stray):
        return found
    if _odd(bare) > _MOST_ODD * len(bare):
        return _unknown(data)
    return replace(found, line="odd-bytes") if found.tracks else _unknown(data)


def _unframed(data: bytes) -> bytes:
    """Return what is between STX and ETX, where a check byte follows that is right; else all.

    The check byte is the exclusive or of what stands behind STX (TYSSO MSE-630T manual, p. 17), or of all. MRS100's
    frames have a length of one byte, the command and `Y` before the tracks (its protocol is in print on juejin.cn).
    """
    if data[:1] != b"\x02" or data[-2:-1] != b"\x03":
        return data
    checks = reduce(xor, data[1:-1])
    if data[-1] not in (checks, checks ^ data[0]):
        return data
    framed = data[1:-2]
    return framed[3:] if framed[:1] == bytes((len(framed) - 1 & 0xFF,)) and framed[2:3] == b"Y" else framed


def _is_length(data: bytes) -> bool:
    """Return whether a length of two bytes follows the frame's beginning, as in ID TECH's frames, and no text."""
    return len(data) > 2 and data[2] < 0x08


def _broken_frame(data: bytes) -> DecodedSwipe:
    """Return a frame that did not decode: bytes were lost or changed, or the frame has an unknown layout."""
    size = idtech.frame_size(data) or 0
    if size > len(data):
        return replace(_unknown(data), line="frame-short")
    ends = data[size - 1 : size] == bytes((idtech.ETX,))
    return replace(_unknown(data), line="frame-check" if ends and not idtech.checks(data[:size]) else "")


def _unknown(data: bytes) -> DecodedSwipe:
    return DecodedSwipe(stray=sum(byte > 0x20 for byte in data))


def _odd(data: bytes) -> int:
    """Return the number of bytes that no text of a track has."""
    return sum(not (0x20 <= byte < 0x7F or byte in b"\r\n\t") for byte in data)


def _best(text: str, others: Iterable[tuple[str, str]]) -> DecodedSwipe:
    """Return the tracks of the text; where other ways to read the text make more sense, those, and their name."""
    found = parse(text)
    if found.tracks and not found.setting and _sense(found) == (len(found.tracks),) * 2:
        return found
    first = best = _sense(found)
    names: list[str] = []
    for name, other in [("caps-lock", text.upper()), *others]:
        swipe = parse(other.upper())
        sense = _sense(swipe)
        if swipe.setting or sense < best or sense <= first:
            continue
        if not sense[0] and (swipe.stray or swipe.good < len(swipe.tracks)):
            continue  # tracks of no known format, in a text that fits half only
        names = [*names, name] if sense == best and names else [name]
        best, found = sense, replace(swipe, setting=_named(names))
    return found


def _named(names: list[str]) -> str:
    layouts = dict.fromkeys(name.removeprefix("layout-") for name in names if name.startswith("layout-"))
    return f"layout-{'/'.join(layouts)}" if layouts and "caps-lock" not in names else names[0]


def _sense(swipe: DecodedSwipe) -> tuple[int, int]:
    """Return how many good tracks have a known format, and how many tracks are good."""
    good = [track for track in swipe.tracks if track.good]
    return sum(summarize(track).format != "unknown" for track in good), len(good)


def _as_other_keyboards(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what was meant if keys of a layout were taken for keys of a US keyboard, or the other way round."""
    for text in texts:
        for layout in LAYOUTS:
            yield f"layout-{layout}", text.translate(exchanged(layout, "us"))
            yield f"layout-{layout}", text.translate(exchanged("us", layout))


def _of_input_methods(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text with the wide characters of a Chinese or Japanese input method as their ASCII ones."""
    for text in _decoded(data, _CODECS_OF_INPUT_METHODS):
        narrow = text.replace("……", "^").translate(_INPUT_METHOD)
        yield "input-method", unicodedata.normalize("NFKC", narrow)


def _decoded(data: bytes, codecs: Iterable[str]) -> Iterator[str]:
    for codec in codecs:
        try:
            yield data.decode(codec)
        except UnicodeDecodeError:
            continue
