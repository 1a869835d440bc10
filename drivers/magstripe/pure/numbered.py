"""Tracks behind their numbers, a line each, as card readers in mobile printers send them.

Extech S4500THS manual p. 4 and 5, Monarch 9430RX programmer's manual p. 4-2 and 4-3: `%/1/…?`, `;/2/…?`, `+/3/…?`, and
`%E,05,…` for an error. Extech MSP-II manual p. 30 and 31: `/1/…` without sentinels, and `ESC E,01,…`. Errors from 01 to
04 are of parity, LRC, end sentinel and length: a card was swiped. Others are of the command: none was.
"""

from __future__ import annotations

import re

from drivers.magstripe.pure.text import DecodedSwipe, single
from drivers.magstripe.pure.track import Track, TrackError, unread_track

_ALL = re.compile(r"(?:(?:[%;+]?/[123]/[^\r\n\x15]*|[\x1b%;+]?E,\d\d,[ -~]*)(?:[\r\n\x15]+|\Z))+")
_LINE = re.compile(r"[%;+]?/(?P<number>[123])/(?P<contents>[^\r\n\x15]*)|[\x1b%;+]?E,(?P<error>\d\d),")
_ERROR = re.compile(r"E(?:,\d\d,.*)?")
_ERRORS_OF_TRACKS = ("01", "02", "03", "04")


def parse(text: str) -> DecodedSwipe | None:
    """Return the tracks in a text that has nothing but such lines; None for any other text."""
    if not _ALL.fullmatch(text):
        return None
    found: dict[int, Track] = {}
    failed = 0
    for line in _LINE.finditer(text):
        if line["number"]:
            found[int(line["number"])] = _track(int(line["number"]), line["contents"].removesuffix("?"))
        else:
            failed += line["error"] in _ERRORS_OF_TRACKS
    # an error has no number: it stands for a track that is missing, and alone for all that were asked for
    missing = [number for number in (1, 2, 3) if number not in found][: failed if found else 3 * failed]
    found |= {number: unread_track(number, TrackError.UNREADABLE) for number in missing}
    return DecodedSwipe(tuple(found[number] for number in sorted(found)))


def _track(number: int, contents: str) -> Track:
    if _ERROR.fullmatch(contents):
        return unread_track(number, TrackError.UNREADABLE)
    return single(number, f"{'%;+'[number - 1]}{contents}?") if contents else unread_track(number)
