"""The language of a command's words: `--lang` where the arguments have a language of ours, else the locale's."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from diag.knowledge import words
from diag.knowledge.languages import LANGUAGES, Lang


def asked(arguments: Sequence[str] = ()) -> Lang:
    """Return the language of these arguments, by default this process's, also where they are not understood."""
    given = list(arguments or sys.argv[1:])
    after = [given[at + 1] for at, word in enumerate(given[:-1]) if word == "--lang"]
    joined = [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    return next((lang for lang in [*joined, *after] if lang in LANGUAGES), words.from_environment())
