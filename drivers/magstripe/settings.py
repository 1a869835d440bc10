"""Profile keys of a magnetic stripe reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.links import HIDRAW, INPUT, STREAM
from diag.contract.links.replay import opened
from diag.contract.settings import Settings
from drivers.magstripe.pure.hypotheses import ReadRateLimits

Track = Literal[1, 2, 3]
Sends = Literal["keys", "reports", "text", "idtech", "msr605"]

Layout = Literal["us", "gb", "de", "fr", "tr", "es", "it", "jp", "pt", "br", "be", "ch", "dk"]

_BY_ADDRESS: dict[str, Sends] = {r"input:|/dev/input/": "keys", r"hidraw:|/dev/hidraw": "reports"}
_USUAL = ReadRateLimits()
_MOST_OF_KEY = 4096  # bytes
_DIGEST = r"^([0-9a-f]{32})?$"


class RegisteredCard(Settings):
    """The bench's card with known contents: their digests under a key of the bench's, never the contents."""

    key: str = Field("", description="file with the bench's key, 16 bytes or more of anything; empty: no test card")
    track1: str = Field("", pattern=_DIGEST)
    track2: str = Field("", pattern=_DIGEST)
    track3: str = Field("", pattern=_DIGEST)

    @model_validator(mode="after")
    def _readable(self) -> RegisteredCard:
        if self.key and len(self.secret) < 16:
            raise ValueError(f"the key file {self.key} has fewer than 16 bytes")
        return self

    @property
    def secret(self) -> bytes:
        """The key; empty where there is no test card. Raises: ValueError where the key's file cannot be read."""
        try:
            return files.content(Path(self.key).expanduser(), _MOST_OF_KEY).strip() if self.key else b""
        except ConfigError as error:
            raise ValueError(f"the key file cannot be used: {error}") from error
        except RuntimeError as error:  # ~ of a user that there is none of
            raise ValueError(f"the key file {self.key} cannot be read: {error}") from error

    @property
    def digests(self) -> dict[int, str]:
        """The registered digests, by track."""
        digests = {1: self.track1, 2: self.track2, 3: self.track3}
        return {number: digest for number, digest in digests.items() if digest}


class MagstripeSettings(Settings):
    """How a reader is reached, what the reader sends and can read, and what is asked of the person."""

    at: str = Field(
        "",
        pattern=rf"{INPUT}|{HIDRAW}|{STREAM}",
        description="input:VID:PID, input:name=PATTERN, hidraw:VID:PID, /dev/tty…, socket://HOST:PORT or rfc2217://…",
    )
    sends: Sends | None = Field(
        None,
        description="keys (input:…), reports (hidraw:…), and on a line: text with sentinels (the default there), "
        "idtech (its commands and frames too), msr605 (an encoder that reads on command: MSR206, MSR605)",
    )
    timeout_s: float = Field(1.0, gt=0, le=60, description="seconds one answer to a command may take")
    baud: int = Field(9600, ge=110, le=4_000_000)
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    answers: bool = Field(
        True, description="answers its maker's question for a version (ID TECH on a serial line, MagTek on HID)"
    )
    sign_on_s: float = Field(
        0.0, ge=0, le=10, description="seconds after opening in which a serial reader says its firmware; 0: it does not"
    )
    read_command: Literal["", "M", "m"] = Field(
        "",
        description="letter behind ESC by which a reader in a mobile printer waits for a card: M (Monarch 9430RX, "
        "Extech MSP-II and MPP-II), m (Extech S4500THS); empty: it waits always",
    )
    self_test: bool = Field(True, description="an encoder's own tests mean something; some healthy ones fail them")
    raw: bool = Field(False, description="an encoder is asked for raw bits, which tell direction and each error")
    layout: Layout = Field("us", description="keyboard layout that a wedge types for")
    pause_s: float = Field(0.25, gt=0, le=5, description="seconds without data that end a swipe")
    tells_errors: bool = Field(
        True, description="a wedge or serial reader sends a mark, such as %E?, for a track that it could not read"
    )

    tracks: list[Track] | None = Field(
        None,
        min_length=1,
        description="tracks that the cards used here have; by default 1 and 2, and a person is asked",
    )
    both_directions: bool = Field(True, description="reads a card swiped from either end")
    acceptable: float = Field(
        _USUAL.acceptable, gt=0.5, lt=1, description="read rate of one track and direction that is good enough"
    )
    unacceptable: float = Field(_USUAL.unacceptable, gt=0, lt=0.9, description="read rate that is too low")
    error_rate: float = Field(_USUAL.error, gt=0, lt=0.5, description="share of wrong conclusions that is accepted")
    max_swipes: int = Field(16, ge=2, le=200, description="swipes after which the test ends undecided")
    cards: int = Field(3, ge=1, le=3, description="different cards that a person is asked for at most")
    swipe_s: float = Field(10.0, gt=0, le=600, description="seconds that the person has for one swipe")
    last_four: bool = Field(False, description="show the last four digits of a card; by default nothing of it is shown")
    test_card: RegisteredCard = RegisteredCard.model_validate({})

    @model_validator(mode="after")
    def _ordered(self) -> MagstripeSettings:
        if self.unacceptable >= self.acceptable:
            raise ValueError(f"unacceptable {self.unacceptable:g} is not below acceptable {self.acceptable:g}")
        return self

    @property
    def protocol(self) -> Sends:
        """What the reader sends: by its address, for keys and reports come from nowhere else; else by the profile."""
        if self.sends == "msr605":  # an encoder on USB speaks the same in reports
            return "msr605"
        addresses = opened(self.at)
        for beginning, sends in _BY_ADDRESS.items():
            if any(re.match(beginning, address) for address in addresses):
                return sends
        return self.sends or "text"

    @property
    def has_commands(self) -> bool:
        """Whether a reader on a line answers questions, so that silence and garbage are evidence."""
        return self.protocol == "msr605" or (self.protocol == "idtech" and self.answers)

    @property
    def reads_both_directions(self) -> bool:
        """Whether a card may be swiped from either end.

        An encoder's ISO read is for one direction (MSR605 manual); its raw bits are turned here.
        """
        return self.both_directions and (self.protocol != "msr605" or self.raw)

    @property
    def examined_tracks(self) -> tuple[int, ...]:
        """The tracks that are examined."""
        return tuple(sorted(set(self.tracks or (1, 2))))

    @property
    def read_rate_limits(self) -> ReadRateLimits:
        """The read rates and the error rate of the sequential test."""
        return ReadRateLimits(self.acceptable, self.unacceptable, self.error_rate)
