"""Tracks as text, the way most readers give them: `%…?`, `;…?`, `+…?`, one after the other.

Makers' start sentinels for track 3 are `+`, `;` (what stands on the stripe), `#` or `!` (AAMVA) and `&` (seven bits);
`%E?`, `;E?` and `+E?` mean a track that could not be read (MagTek 99875206), `;N?` one without data (UIC MSR112).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drivers.magstripe.pure import track as terms
from drivers.magstripe.pure.track import LONGEST, Track, empty, too_long

NO_SENTINELS = "no-sentinels"

# Track 1 may hold any of the seven-bit set but sentinels, track 2 the five-bit set and masks, track 3 either. One
# character behind an end sentinel, before whatever comes next, is an LRC that the reader hands on.
_LRC = r"(?:[ -_](?=[%;+#!&@\x00-\x1f]|$))?"
_TOKEN = re.compile(
    rf"%(?P<alpha>[^%;?\r\n]*)(?:(?P<alpha_end>\?){_LRC})?"
    rf"|[;@](?P<numeric>[ENen](?=\?)|[0-9:<=>*]*)(?:(?P<numeric_end>\?){_LRC})?"
    rf"|[+#!&](?P<third>[^%;?\r\n]*)(?:(?P<third_end>\?){_LRC}|(?=[\r\n]|$))"
)
_MARKS = {"E": terms.UNREADABLE, "N": terms.NONE}
_STRAY_ONE = re.compile(r"B[0-9* ]{1,23}\^[^^?]{2,26}\^[0-9A-Z^* ]{0,40}")
_STRAY_TWO = re.compile(r"(?<![0-9*])[0-9*]{1,19}=[0-9=*]{0,30}")
_STRAY_END = re.compile(r"[ -_]{8,}\?")  # the rest of a track whose beginning is lost


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one swipe. `setting`: why the text is not as the reader should give it.

    `glued`: a second swipe followed without a pause, and is left out. `stray`: characters that belong to no track.
    """

    tracks: tuple[Track, ...] = ()
    setting: str = ""
    glued: bool = False
    stray: int = 0

    @property
    def good(self) -> int:
        """How many tracks are."""
        return sum(one.good for one in self.tracks)

    @property
    def garbled(self) -> bool:
        """Something came, and most of it belongs to no track."""
        return self.stray > sum(one.length for one in self.tracks) and not self.good


def parse(text: str) -> Reading:
    """The tracks in a text: of its first swipe that has a good one, else of its first. Any text is taken."""
    reading, at = _first(text, 0)
    first = reading
    while at and not reading.good:
        reading, at = _first(text, at)
    return replace(reading if reading.good else first, glued=first.glued)


def _first(text: str, begin: int) -> tuple[Reading, int]:
    """The tracks of the swipe that begins there, and where the next one does; 0 where none does."""
    tracks: dict[int, Track] = {}
    stray, at = "", begin
    ended = text.find("?", begin) >= 0
    for match in _TOKEN.finditer(text, begin):
        stray += "\n" + text[at : match.start()]
        found = _track(match, tracks)
        if found is None:
            return _reading(tracks, stray, ended, glued=True), match.start()
        at = match.end()
        if not match[0].isascii() or (found.errors == {terms.BLANK} and "?" not in match[0]):
            stray += match[0]  # noise with a sentinel in it
        else:
            tracks[found.number] = found
    return _reading(tracks, stray + "\n" + text[at:], ended, glued=False), 0


def parse_in_order(texts: list[str]) -> Reading:
    """Tracks 1, 2 and 3 each in a text of its own, whatever its sentinel (UIC MSR112 begins each mark with `;`)."""
    found = [one for number, text in enumerate(texts[:3], 1) if (one := single(number, text)).errors != {terms.NONE}]
    return Reading(tuple(found))


def single(number: int, text: str) -> Track:
    """The track in a text that holds no other one."""
    text = text.strip("\0\r\n")
    head = "%" if text.startswith("%") else "%;+"[number - 1]
    marked = head + text[1:] if text[:1] in tuple("%;+#!&@") else text
    tracks = parse(marked).tracks if text else ()
    return replace(tracks[0], number=number) if tracks else empty(number, terms.NO_START if text else terms.NONE)


def _reading(tracks: dict[int, Track], stray: str, ended: bool, *, glued: bool) -> Reading:
    stray = re.sub(r"[\x00-\x1f]+", "\n", stray)
    unmarked = _unmarked(stray)
    if unmarked and not tracks and not ended:
        return Reading(tuple(unmarked), NO_SENTINELS)
    for found in unmarked:
        tracks.setdefault(found.number, Track(found.number, frozenset({terms.NO_START}), found.length))
    if not unmarked and 1 not in tracks and (rest := _STRAY_END.search(stray)):
        tracks[1] = Track(1, frozenset({terms.NO_START}), len(rest[0]), alpha=True)
    left = 0 if unmarked else len(re.sub(r"[?\s]", "", stray))
    return Reading(tuple(tracks[number] for number in sorted(tracks)), glued=glued, stray=left)


def _track(match: re.Match[str], known: dict[int, Track]) -> Track | None:
    """The track of one token; None where it begins a second swipe."""
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
    return _result(number, contents, bool(end), match["alpha"] is not None)


def _is_third(number: int, contents: str, known: dict[int, Track]) -> bool:
    """Whether a second `%` or `;` begins track 3, as it does on the stripe, and not another swipe."""
    if number == 1:
        return 2 in known and not _STRAY_ONE.fullmatch(contents) and contents not in _MARKS
    account = known[2].contents.partition("=")[0]
    return len(contents) > LONGEST[2] - 2 or (bool(account) and contents[2:].startswith(account))


def _result(number: int, contents: str, end: bool, alpha: bool) -> Track:
    if contents.upper() in _MARKS:
        return empty(number, _MARKS[contents.upper()])
    if not contents:
        return empty(number, terms.BLANK)
    errors = set() if end else {terms.NO_END}
    length = 1 + len(contents) + end
    if too_long(number, length, alpha):
        errors.add(terms.OVERLONG)
    return Track(number, frozenset(errors), length, alpha=alpha, contents="" if errors else contents)


def _unmarked(stray: str) -> list[Track]:
    """Tracks by their shape alone, in a text without sentinels."""
    found = []
    for number, shape in ((1, _STRAY_ONE), (2, _STRAY_TWO)):
        if match := shape.search(stray):
            stray = stray.replace(match[0], " ", 1)
            found.append(Track(number, frozenset(), len(match[0]), alpha=number == 1, contents=match[0]))
    return found
