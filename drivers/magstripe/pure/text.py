"""Tracks as text, the way most readers give them: `%…?`, `;…?`, `+…?`, one after the other.

Makers' start sentinels for track 3 are `+`, `;` (what stands on the stripe), `#` or `!` (AAMVA) and `&` (seven bits);
`%E?`, `;E?` and `+E?` mean a track that could not be read (MagTek 99875206), `;N?` one without data (UIC MSR112).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from drivers.magstripe.pure.track import LONGEST, Track, TrackError, too_long, unread_track

NO_SENTINELS = "no-sentinels"
NO_DIGITS = "no-digits"

# Track 1 may hold any of the seven-bit set but sentinels, track 2 the five-bit set and masks, track 3 either. One
# character behind an end sentinel, before whatever comes next, is an LRC that the reader hands on.
_LRC = r"(?:[ -_](?=[%;+#!&@\x00-\x1f]|$))?"
_TOKEN = re.compile(
    rf"%(?P<alpha>[^%;?\r\n]*)(?:(?P<alpha_end>\?){_LRC})?"
    rf"|[;@](?P<numeric>[ENen](?=\?)|[0-9:<=>*]*)(?:(?P<numeric_end>\?){_LRC})?"
    rf"|[+#!&](?P<third>[^%;?\r\n]*)(?:(?P<third_end>\?){_LRC}|(?=[\r\n]|$))"
)
_ERROR_MARKS = {"E": TrackError.UNREADABLE, "N": TrackError.NO_DATA}
_BARE_TRACK_1 = re.compile(r"B[0-9* ]{1,23}\^[^^?]{2,26}\^[0-9A-Z^* ]{0,40}")
_BARE_TRACK_2 = re.compile(r"(?<![0-9A-Za-z*])[0-9*]{8,19}=[0-9=*]{4,30}(?![0-9A-Za-z])")
# The rest of a track whose beginning is lost: beside another track, or with a separator of its own. Each is looked for
# from where its characters begin, so that endless text takes no endless time.
_BARE_END = re.compile(r"(?<![ -_])[ -_]{3,}\?")
_SEPARATED_END = re.compile(r"(?<![ ->@-_])(?=[^?\n]*[\^=])[ -_]{8,}\?")


@dataclass(frozen=True, slots=True)
class DecodedSwipe:
    """The tracks of one swipe, contents included: inside a link only.

    `setting`: why the text is not as the reader should give the text. `glued`: a second swipe followed without a pause,
    and is left out. `stray`: characters that belong to no track. `line`: why characters must have been lost or changed
    between reader and computer.
    """

    tracks: tuple[Track, ...] = ()
    setting: str = ""
    glued: bool = False
    stray: int = 0
    line: str = ""

    @property
    def good(self) -> int:
        """The number of good tracks."""
        return sum(track.good for track in self.tracks)

    @property
    def garbled(self) -> bool:
        """Whether something came, and most of the characters belong to no track."""
        return self.stray > sum(track.length for track in self.tracks) and not self.good


def parse(text: str) -> DecodedSwipe:
    """Return the tracks in any text: of the first swipe with a good track, else of the first swipe."""
    swipe, at = _swipe_at(text, 0)
    first = swipe
    while at and not swipe.good:
        swipe, at = _swipe_at(text, at)
    return replace(swipe if swipe.good else first, glued=first.glued)


def _swipe_at(text: str, begin: int) -> tuple[DecodedSwipe, int]:
    """Return the swipe that begins there, and where the next swipe begins; 0 where none does."""
    tracks: dict[int, Track] = {}
    stray, at = "", begin
    ended = text.find("?", begin) >= 0
    for match in _TOKEN.finditer(text, begin):
        stray += "\n" + text[at : match.start()]
        found = _track(match, tracks)
        if found is None:
            return _decoded(tracks, stray, ended, glued=True), match.start()
        at = match.end()
        if not match[0].isascii() or (found.errors == {TrackError.BLANK} and "?" not in match[0]):
            stray += match[0]  # noise with a sentinel in it
        else:
            tracks[found.number] = found
    return _decoded(tracks, stray + "\n" + text[at:], ended, glued=False), 0


def parse_in_order(texts: list[str]) -> DecodedSwipe:
    """Return tracks 1, 2 and 3, each in a text of its own, whatever its sentinel (UIC MSR112 begins each with `;`)."""
    tracks = [single(number, text) for number, text in enumerate(texts[:3], 1)]
    return DecodedSwipe(tuple(track for track in tracks if track.errors != {TrackError.NO_DATA}))


def single(number: int, text: str) -> Track:
    """Return the track in a text that holds no other track."""
    text = text.strip("\0\r\n")
    head = "%" if text.startswith("%") else "%;+"[number - 1]
    marked = head + text[1:] if text[:1] in tuple("%;+#!&@") else text
    tracks = parse(marked).tracks if text else ()
    if tracks:
        return replace(tracks[0], number=number)
    return unread_track(number, TrackError.NO_START_SENTINEL if text else TrackError.NO_DATA)


def _decoded(tracks: dict[int, Track], stray: str, ended: bool, *, glued: bool) -> DecodedSwipe:
    stray = re.sub(r"[\x00-\x1f]+", "\n", stray)
    bare = _without_sentinels(stray)
    if bare and not tracks and not ended:
        return DecodedSwipe(tuple(bare), NO_SENTINELS)
    for found in bare:
        tracks.setdefault(found.number, Track(found.number, frozenset({TrackError.NO_START_SENTINEL}), found.length))
    if not bare and (rest := _rest(stray, tracks)):
        tracks[rest.number] = rest
    left = 0 if bare else len(re.sub(r"[?\s]", "", stray))
    good = [track for track in tracks.values() if track.good]
    digits = any(re.search(r"[0-9*]", track.contents) for track in good)  # or a mask's stars
    setting = NO_DIGITS if any(track.number == 2 for track in good) and not digits else ""  # Num Lock is off
    return DecodedSwipe(tuple(tracks[number] for number in sorted(tracks)), setting, glued, left)


def _rest(stray: str, tracks: Mapping[int, Track]) -> Track | None:
    """Return the track whose beginning is lost; None where nothing ends like a track that is missing."""
    found = (_BARE_END if any(track.good for track in tracks.values()) else _SEPARATED_END).search(stray)
    numbers = {1, 2} - tracks.keys()
    if found is None or not numbers:
        return None
    number = max(numbers) if re.fullmatch(r"[0-9=*]+\?", found[0]) else min(numbers)
    return Track(number, frozenset({TrackError.NO_START_SENTINEL}), len(found[0]), alpha=number == 1)


def _track(match: re.Match[str], known: dict[int, Track]) -> Track | None:
    """Return the track of one token; None where the token begins a second swipe."""
    if match["third"] is not None:
        number, contents, end = 3, match["third"], match["third_end"]
    elif match["alpha"] is not None:
        number, contents, end = 1, match["alpha"], match["alpha_end"]
    else:
        number, contents, end = 2, match["numeric"], match["numeric_end"]
    if number in known:
        if number == 3 or 3 in known or not _is_third(number, contents.upper(), known):
            return None
        number = 3
    return _token_track(number, contents, bool(end), match["alpha"] is not None)


def _is_third(number: int, contents: str, known: dict[int, Track]) -> bool:
    """Return whether a second `%` or `;` begins track 3, as on the stripe, and not another swipe."""
    if number == 1:
        return 2 in known and not _BARE_TRACK_1.fullmatch(contents) and contents not in _ERROR_MARKS
    account = known[2].contents.partition("=")[0]
    return len(contents) > LONGEST[2] - 2 or (bool(account) and contents[2:].startswith(account))


def _token_track(number: int, contents: str, end: bool, alpha: bool) -> Track:
    if contents.upper() in _ERROR_MARKS:
        return unread_track(number, _ERROR_MARKS[contents.upper()])
    if not contents:
        return unread_track(number, TrackError.BLANK)
    errors = set() if end else {TrackError.NO_END_SENTINEL}
    length = 1 + len(contents) + end
    if too_long(number, length, alpha):
        errors.add(TrackError.OVERLONG)
    return Track(number, frozenset(errors), length, alpha=alpha, contents="" if errors else contents)


def _without_sentinels(stray: str) -> list[Track]:
    """Return tracks by their shape alone, from a text without sentinels."""
    found = []
    for number, shape in ((1, _BARE_TRACK_1), (2, _BARE_TRACK_2)):
        if match := shape.search(stray):
            stray = stray.replace(match[0], " ", 1)
            found.append(Track(number, frozenset(), len(match[0]), alpha=number == 1, contents=match[0]))
    return found
