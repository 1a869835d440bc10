"""Tracks behind their numbers, a line each, as card readers in mobile printers send them.

Extech S4500THS manual p. 4 and 5, Monarch 9430RX programmer's manual p. 4-2 and 4-3: `%/1/…?`, `;/2/…?`, `+/3/…?`, and
`%E,05,…` for an error. Extech MSP-II manual p. 30 and 31: `/1/…` without sentinels, and `ESC E,01,…`. Errors from 01 to
04 are of parity, LRC, end sentinel and length: a card was swiped. Others are of the command: none was.

Such a reader waits for a card when told to: `ESC M`, seconds in two digits, the tracks, CR (Monarch p. 4-2, Extech
MPP-II manual p. 29), with a small `m` at the S4500THS (p. 4). `ESC C` ends that, and is answered with error 09.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from drivers.magstripe.pure.text import DecodedSwipe, single
from drivers.magstripe.pure.track import Track, TrackError, unread_track

_ALL = re.compile(r"(?:(?:[%;+]?/[123]/[^\r\n\x15]*|[\x1b%;+]?E,\d\d,[ -~]*)(?:[\r\n\x15]+|\Z))+")
_LINE = re.compile(r"[%;+]?/(?P<number>[123])/(?P<contents>[^\r\n\x15]*)|[\x1b%;+]?E,(?P<error>\d\d),")
_ERROR = re.compile(r"E(?:,\d\d,.*)?")
_ERRORS_OF_TRACKS = ("01", "02", "03", "04")
_REFUSALS = re.compile(r"E,(0[78]),")  # no such track, and not this track
CANCEL = b"\x1bC"
_MOST_SECONDS = 99
_CHOICES = {(1,): 1, (2,): 2, (3,): 3, (1, 2): 4, (2, 3): 5}
_ALL_TRACKS = 6


def wait_for_card(letter: str, tracks: Sequence[int], seconds: float) -> bytes:
    """Return the command by which a reader waits so many seconds for a card, and reads these tracks."""
    choice = _CHOICES.get(tuple(tracks), _ALL_TRACKS)
    return f"\x1b{letter}{min(_MOST_SECONDS, math.ceil(seconds)):02}{choice}\r".encode("ascii")


def refusal(text: str) -> str:
    """Return the number of the error by which a reader says that it cannot read what was asked for; else ""."""
    found = _REFUSALS.search(text) if _ALL.fullmatch(text) else None
    return found[1] if found else ""


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
