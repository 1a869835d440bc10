"""Tracks as text, the way most readers give them: `%…?`, `;…?`, `+…?`, one after the other.

Makers' start sentinels for track 3 are `+`, `;` (what stands on the stripe), `#` or `!` (AAMVA) and `&` (seven bits);
`%E?`, `;E?` and `+E?` mean a track that could not be read (MagTek 99875206), `;N?` one without data (UIC MSR112).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.magstripe import track as terms
from drivers.magstripe.track import LONGEST, Track, empty, too_long

NO_SENTINELS = "no-sentinels"

# Track 1 may hold any of the seven-bit set but sentinels, track 2 the five-bit set and masks, track 3 either.
_TOKEN = re.compile(
    r"%(?P<alpha>[^%;?\r\n]*)(?P<alpha_end>\?)?"
    r"|(?P<start>[;@])(?P<numeric>[EN](?=\?)|[0-9:<=>*]*)(?P<numeric_end>\?)?"
    r"|[+#!&](?P<third>[^%;?\r\n]*)(?P<third_end>\?)?"
)
_MARKS = {"E": terms.UNREADABLE, "N": terms.NONE}
_STRAY_ONE = re.compile(r"B[0-9* ]{1,23}\^[^^?]{2,26}\^[0-9A-Z^* ]{0,40}")
_STRAY_TWO = re.compile(r"(?<![0-9*])[0-9*]{1,19}=[0-9=*]{0,30}")


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


def parse(text: str) -> Reading:
    """The tracks in a text. Any text is taken; a track that is not in it is left out."""
    tracks: dict[int, Track] = {}
    glued, stray, at = False, "", 0
    for match in _TOKEN.finditer(text):
        stray += "\n" + text[at : match.start()]
        at = match.end()
        found = _track(match, tracks)
        if found is None:
            glued = True
            break
        tracks[found.number] = found
    else:
        stray += "\n" + text[at:]
    stray = re.sub(r"[\x00-\x1f]+", "\n", stray)
    unmarked = _unmarked(stray)
    if unmarked and not tracks and "?" not in text:
        return Reading(tuple(unmarked), NO_SENTINELS)
    for found in unmarked:
        tracks.setdefault(found.number, Track(found.number, frozenset({terms.NO_START}), found.length))
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
    if number in known or (number == 1 and known):
        if number == 3 or 3 in known or not _is_third(number, contents, known):
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
    if contents in _MARKS:
        return empty(number, _MARKS[contents])
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
