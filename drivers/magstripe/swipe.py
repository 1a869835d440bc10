"""One swipe, as far as it may be known: results and lengths, keyed marks in place of the contents.

`Keeper.keep` runs inside the link; what it gives is a JSON value that may stand in a trace, `Swipe` is made of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.magstripe.pure import track as terms
from drivers.magstripe.pure.exam import Seen
from drivers.magstripe.pure.text import Reading
from drivers.magstripe.pure.track import Track, account, last_four


@dataclass(frozen=True, slots=True)
class Result:
    """One track of one swipe.

    `mark` is the same for the same contents within this run; `proof` is the digest under the bench's own key.
    """

    number: int
    errors: tuple[str, ...]
    length: int
    backward: bool | None = None
    zeros: tuple[int, int] | None = None
    format: str = ""
    check_digit: bool | None = None
    expiry: bool | None = None
    mark: str = ""
    proof: str = ""
    last_four: str = ""

    @property
    def seen(self) -> Seen:
        """For the sequential test."""
        if not self.errors:
            return Seen.READ
        return Seen.NOTHING if set(self.errors) & terms.NOTHING else Seen.DAMAGED

    def __str__(self) -> str:
        clocking = f", clocked {self.zeros[0]}+{self.zeros[1]}" if self.zeros else ""
        return f"track {self.number} {' '.join(self.errors) or f'read, {self.length} characters'}{clocking}"


@dataclass(frozen=True, slots=True)
class Swipe:
    """What the reader gave for one swipe; no tracks at all where it gave nothing.

    `lost`: this computer was too slow to take all of it. `stray`: characters that belong to no track. `movement`: what
    the reader says of the hand; `seconds`: the time that the data took to come.
    """

    tracks: Mapping[int, Result] = field(default_factory=dict)
    setting: str = ""
    glued: bool = False
    lost: bool = False
    stray: int = 0
    garbled: bool = False
    status: str = ""
    seconds: float = 0.0
    movement: Mapping[str, bool] = field(default_factory=dict)

    @property
    def backward(self) -> bool | None:
        """Which way the card went, where the reader tells."""
        if "backward" in self.movement:
            return self.movement["backward"]
        told = {one.backward for one in self.tracks.values() if not one.errors and one.backward is not None}
        return told.pop() if len(told) == 1 else None

    @property
    def marks(self) -> dict[int, str]:
        """What tells this card from another one, by track."""
        return {one.number: one.mark for one in self.tracks.values() if one.mark}

    @property
    def moved_badly(self) -> bool:
        """The reader itself says so: it is the hand's fault then."""
        return self.status == "moved-badly" or any(self.movement.get(how) for how in ("too_slow", "too_fast"))

    def __str__(self) -> str:
        said = ", ".join(str(one) for one in self.tracks.values()) or ("no track" if self.stray else "no reaction")
        extras = [word for word, there in {"glued to the next one": self.glued, **self.movement}.items() if there]
        return "; ".join([said, *([f"setting {self.setting}"] if self.setting else []), *extras])


class Keeper:
    """Reduces readings. `key` is thrown away with the run; `proof_key` is the bench's, empty where it has none."""

    def __init__(self, key: bytes, proof_key: bytes, *, show_last_four: bool) -> None:
        self._key = key
        self._proof_key = proof_key
        self._show_last_four = show_last_four

    def keep(self, reading: Reading, **more: Any) -> dict[str, Any]:
        """What may be known of a reading, as a JSON value."""
        return {
            "tracks": [self._track(track) for track in reading.tracks],
            "setting": reading.setting,
            "glued": reading.glued,
            "stray": reading.stray,
            "garbled": reading.garbled,
            **more,
        }

    def _track(self, track: Track) -> dict[str, Any]:
        kept: dict[str, Any] = {
            "number": track.number,
            "errors": sorted(track.errors),
            "length": track.length,
            "backward": track.backward,
            "zeros": track.zeros,
        }
        if track.good and track.contents:
            found = account(track)
            kept |= {"format": found.format, "check_digit": found.check_digit, "expiry": found.expiry}
            kept |= {"mark": _digest(self._key, track, 8)}
            if self._proof_key:
                kept |= {"proof": _digest(self._proof_key, track, 16)}
            if self._show_last_four:
                kept |= {"last_four": last_four(track)}
        return kept


def _digest(key: bytes, track: Track, size: int) -> str:
    contents = f"{track.number}:{track.contents}".encode("latin-1", "replace")
    return hashlib.blake2b(contents, key=key[:64], digest_size=size).hexdigest()


def swipe_of(kept: dict[str, Any]) -> Swipe:
    """A swipe from what `keep` gave. Raises KeyError, TypeError or ValueError for anything else."""
    tracks = {}
    for one in kept["tracks"]:
        zeros = one.get("zeros")
        result = {**one, "errors": tuple(one["errors"]), "zeros": tuple(zeros) if zeros else None}
        tracks[int(one["number"])] = Result(**result)
    return Swipe(tracks, **{name: value for name, value in kept.items() if name != "tracks"})
