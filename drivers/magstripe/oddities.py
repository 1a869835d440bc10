"""What a decoded swipe shows of the reader's settings and of the line, as is said of it."""

from __future__ import annotations

from diag.contract.said import Said
from drivers.magstripe.pure.layouts import NAMES

# words of a swipe -> the key of the text
_SETTINGS = {
    "no-sentinels": "without_sentinels",
    "no-digits": "without_digits",
    "parity": "with_parity_bit",
    "caps-lock": "in_lower_case",
    "input-method": "in_wide_characters",
    "raw-output": "as_raw_bits",
}
_LINES = {
    "frame-check": "wrong_frame_check",
    "frame-short": "short_frames",
    "odd-bytes": "odd_bytes",
    "accounts-differ": "accounts_differ",
    "same-card-differs": "same_card_differs",
    "check-digits": "wrong_check_digits",
}


def setting(word: str) -> Said:
    """Return which setting a swipe shows."""
    if word.startswith("layout-"):
        layouts = word.removeprefix("layout-").split("/")
        return Said("in_other_layout", layouts=[Said(NAMES.get(layout, layout)) for layout in layouts])
    return Said(_SETTINGS[word]) if word in _SETTINGS else Said("set_otherwise", setting=word)


def line(word: str) -> Said:
    """Return what a swipe shows of the line."""
    return Said(_LINES.get(word, "broken_tracks"))
