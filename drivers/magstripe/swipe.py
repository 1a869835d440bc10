"""The result of one swipe, as far as the result may be known: errors and lengths, keyed marks in place of contents.

`Redactor.redact` runs inside the link, and makes a JSON value that may stand in a trace. `SwipeResult` is made of that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from drivers.magstripe import oddities
from drivers.magstripe.pure.hypotheses import ReadResult
from drivers.magstripe.pure.text import DecodedSwipe
from drivers.magstripe.pure.track import NOTHING_THERE, Track, TrackError, account, last_four, summarize

#: what a reader that decodes may say of a track
_SAID_BY_READER = NOTHING_THERE | {TrackError.UNREADABLE}


@dataclass(frozen=True, slots=True)
class TrackResult:
    """One track of one swipe.

    `mark` is the same for the same contents within this run; `proof` is the digest under the bench's own key. `wrong`
    is the place of the first character with a wrong parity, from 1 on; None where each parity is right.
    """

    number: int
    errors: tuple[TrackError, ...]
    length: int
    backward: bool | None = None
    zeros: tuple[int, int] | None = None
    wrong: int | None = None
    format: str = ""
    check_digit: bool | None = None
    expiry: bool | None = None
    mark: str = ""
    proof: str = ""
    last_four: str = ""

    @property
    def read_result(self) -> ReadResult:
        """The result as the sequential test takes it."""
        if not self.errors:
            return ReadResult.READ
        return ReadResult.NOTHING if NOTHING_THERE.intersection(self.errors) else ReadResult.DAMAGED

    @property
    def contents(self) -> Said | None:
        """What kind of contents the track has; None where no contents were read."""
        if not self.format:
            return None
        parts = [Said(self.format)]
        parts += (
            [] if self.check_digit is None else [Said("check_digit_right" if self.check_digit else "check_digit_wrong")]
        )
        parts += [] if self.expiry is None else [Said("expiry_well_formed" if self.expiry else "expiry_badly_formed")]
        parts += [Said("ends_in", last_four=self.last_four)] if self.last_four else []
        return Said("contents", parts=parts)

    @property
    def told(self) -> Said:
        """What came of the track."""
        if self.errors:
            track = Said("track_errors", track=self.number, errors=[Said(error.value) for error in self.errors])
        else:
            track = Said("track_read", track=self.number, count=self.length)
        if self.zeros is None:
            return track
        return Said("track_clocked", track=track, before=self.zeros[0], behind=self.zeros[1])


@dataclass(frozen=True, slots=True)
class Failure:
    """How a track of raw bits failed. `wrong`: as in `TrackResult`."""

    track: int
    errors: tuple[TrackError, ...]
    wrong: int | None


@dataclass(frozen=True, slots=True)
class SwipeResult:
    """What the reader gave for one swipe; no tracks at all where the reader gave nothing.

    `setting`, `glued`, `stray`, `garbled`, `line`: as in `DecodedSwipe`. `lost`: this computer was too slow to take
    all of the swipe. `status`: the reader's own word. `seconds`: the time that the data took to come. `movement`: what
    the reader says of the hand.
    """

    tracks: Mapping[int, TrackResult] = field(default_factory=dict)
    setting: str = ""
    glued: bool = False
    lost: bool = False
    stray: int = 0
    garbled: bool = False
    line: str = ""
    status: str = ""
    seconds: float = 0.0
    movement: Mapping[str, bool] = field(default_factory=dict)

    @property
    def backward(self) -> bool | None:
        """Whether the card was swiped backward; None where the reader does not tell."""
        if "backward" in self.movement:
            return self.movement["backward"]
        told = {track.backward for track in self.tracks.values() if not track.errors and track.backward is not None}
        return told.pop() if len(told) == 1 else None

    @property
    def results(self) -> dict[int, ReadResult]:
        """The read result of each track that the reader sent."""
        return {number: track.read_result for number, track in self.tracks.items()}

    @property
    def marks(self) -> dict[int, str]:
        """By track, the marks that tell this card from another card."""
        return {track.number: track.mark for track in self.tracks.values() if track.mark}

    @property
    def refused(self) -> bool:
        """Whether the reader refused the question, so that nothing was read."""
        return self.status.startswith("refused")

    @property
    def broken_tracks(self) -> dict[int, tuple[TrackError, ...]]:
        """The errors of tracks that came without a sentinel or too long, from a reader that decodes.

        Such a reader sends a good track, an error or nothing: the track was whole before it was sent. Of raw bits,
        which have clocking zeros, the head is to blame.
        """
        return {
            number: track.errors
            for number, track in self.tracks.items()
            if track.zeros is None and not _SAID_BY_READER.issuperset(track.errors)
        }

    @property
    def failed_bits(self) -> list[Failure]:
        """How each track of raw bits failed that had a signal."""
        tracks = self.tracks.values()
        failed = [track for track in tracks if track.zeros is not None and track.read_result is ReadResult.DAMAGED]
        return [Failure(track.number, track.errors, track.wrong) for track in failed]

    @property
    def false_check_digits(self) -> frozenset[str]:
        """The marks of tracks with a well-formed account number whose check digit is wrong."""
        return frozenset(track.mark for track in self.tracks.values() if track.check_digit is False)

    @property
    def moved_badly(self) -> bool:
        """Whether the reader itself says that the card was moved badly, which is the hand's fault."""
        return self.status == "moved-badly" or any(self.movement.get(speed) for speed in ("too_slow", "too_fast"))

    @property
    def told(self) -> Said:
        """What came of the swipe: its tracks, then what is odd about them."""
        tracks = [track.told for track in self.tracks.values()] or [Said("no_track" if self.stray else "no_reaction")]
        notes = [oddities.setting(self.setting)] if self.setting else []
        notes += [oddities.line(self.line)] if self.line else []
        notes += [Said(word) for word, there in {"glued": self.glued, **self.movement}.items() if there]
        seen = Said("contents", parts=tracks)
        return Said("swipe_with_notes", seen=seen, notes=notes) if notes else seen


class Redactor:
    """Takes the contents out of decoded swipes.

    `key` is thrown away with the run; `proof_key` is the bench's, empty where the bench has none.
    """

    def __init__(self, key: bytes, proof_key: bytes, *, show_last_four: bool) -> None:
        self._key = key
        self._proof_key = proof_key
        self._show_last_four = show_last_four

    def redact(self, swipe: DecodedSwipe, **more: Any) -> dict[str, Any]:
        """Return what may be known of a swipe, as a JSON value; `more` are further fields of `SwipeResult`."""
        return {
            "tracks": [self._redact_track(track) for track in swipe.tracks],
            "setting": swipe.setting,
            "glued": swipe.glued,
            "stray": swipe.stray,
            "garbled": swipe.garbled,
            **({"line": line} if (line := swipe.line or _compare_accounts(swipe)) else {}),
            **more,
        }

    def _redact_track(self, track: Track) -> dict[str, Any]:
        redacted: dict[str, Any] = {
            "number": track.number,
            "errors": sorted(error.value for error in track.errors),
            "length": track.length,
            "backward": track.backward,
            "zeros": track.zeros,
            "wrong": track.wrong,
        }
        if track.good and track.contents:
            summary = summarize(track)
            redacted |= {"format": summary.format, "check_digit": summary.check_digit, "expiry": summary.expiry}
            redacted |= {"mark": _digest(self._key, track, 8)}
            if self._proof_key:
                redacted |= {"proof": _digest(self._proof_key, track, 16)}
            if self._show_last_four:
                redacted |= {"last_four": last_four(track)}
        return redacted


def _compare_accounts(swipe: DecodedSwipe) -> str:
    """Return a word where tracks 1 and 2 of one card have different account numbers, though both were read."""
    accounts = {account(track) for track in swipe.tracks if track.good and track.number in (1, 2)} - {""}
    return "accounts-differ" if len(accounts) > 1 else ""


def _digest(key: bytes, track: Track, size: int) -> str:
    contents = f"{track.number}:{track.contents}".encode("latin-1", "replace")
    return hashlib.blake2b(contents, key=key[:64], digest_size=size).hexdigest()


def received(redacted: Any) -> SwipeResult | None:
    """Return the swipe that a link gave as a JSON value; None where none came.

    Raises: ConfigError where a replayed trace holds another value, for somebody may have edited the trace.
    """
    if redacted is None:
        return None
    try:
        tracks = {}
        for track in redacted["tracks"]:
            errors = tuple(TrackError(error) for error in track["errors"])
            zeros = tuple(track["zeros"]) if track.get("zeros") else None
            tracks[int(track["number"])] = TrackResult(**{**track, "errors": errors, "zeros": zeros})
        return SwipeResult(tracks, **{name: value for name, value in redacted.items() if name != "tracks"})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(Said("no_such_swipe")) from error
