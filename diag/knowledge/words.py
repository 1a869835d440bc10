"""The words of the interface, from `words/<language>.yaml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diag.knowledge import languages
from diag.knowledge.languages import ENGLISH, LANGUAGES, Lang

FOLDER = Path(__file__).with_name("words")
HELP_FOLDER = FOLDER / "help"


def word(key: str, lang: Lang, **values: object) -> str:
    """Return the text at a dotted key such as `outcome.passed`, its placeholders filled in."""
    entry: Any = languages.read(FOLDER, lang)
    for part in key.split("."):
        entry = entry[part]
    return str(entry).format(**values)


def known(key: str) -> bool:
    """Return whether there is a text at a dotted key."""
    entry: Any = languages.read(FOLDER, ENGLISH)
    for part in key.split("."):
        if not isinstance(entry, Mapping) or part not in entry:
            return False
        entry = entry[part]
    return True


def from_environment() -> Lang:
    """Return the language of the locale (LC_ALL, LC_MESSAGES, LANG), or English where we have no such language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return next((lang for lang, begins in LANGUAGES.items() if value.lower().startswith(begins)), ENGLISH)
    return ENGLISH
