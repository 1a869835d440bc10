"""The letters that standard output and standard error can show: stand-ins for symbols that their encoding lacks.

In the locale C, Python writes UTF-8 all the same (PEP 540). Symbols get their stand-ins there too, for nobody knows
what the screen can show; letters that have no stand-in are written as UTF-8.
"""

from __future__ import annotations

import codecs
import os
import sys

#: what is written where a symbol cannot be
STAND_INS = {
    "✓": "OK",
    "✗": "X",
    "─": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "·": "-",
    "×": "x",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "→": "->",
    "±": "+/-",
    "°": " deg ",
    "µ": "u",
    "Ω": "ohm",
    **dict(zip("▁▂▃▄▅▆▇█", "_.-:=+*#", strict=True)),
}
_NAME = "posdiag-stand-in"
_lacking: set[str] = set()  # letters that were shown as a question mark


def prepare() -> None:
    """Let both streams show each symbol that they lack by its stand-in, and any other letter they lack as `?`."""
    codecs.register_error(_NAME, _stand_in)
    encoding = "ascii" if _is_c_locale() else None
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # a stream of a test has none
            reconfigure(encoding=encoding, errors=_NAME)


def say_lacking() -> None:
    """Say on standard error that letters were shown as question marks, where some were."""
    if _lacking:
        print(
            f"posdiag: a ? stands for each letter that this screen's character set ({sys.stdout.encoding}) lacks; "
            "LC_ALL=C.UTF-8 shows them",
            file=sys.stderr,
        )


def _is_c_locale() -> bool:
    name = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG")
    return name in ("C", "POSIX")


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter, after = error.object[error.start], error.start + 1
    if letter in STAND_INS:
        return STAND_INS[letter], after
    if "\ud800" <= letter <= "\udfff":  # a byte of a file name that is no UTF-8
        return "?", after
    if sys.flags.utf8_mode:
        return letter.encode(), after
    _lacking.add(letter)
    return "?", after
