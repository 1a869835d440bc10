"""The words of the interface in both languages, from `words.yaml`."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

Lang = Literal["en", "zh"]


@functools.cache
def _entries() -> Mapping[str, Any]:
    from diag.knowledge.yamlfile import read_shipped

    entries: Mapping[str, Any] = read_shipped(Path(__file__).with_name("words.yaml"))
    return entries


def word(key: str, lang: Lang, **values: object) -> str:
    """The text at a dotted key such as `outcome.passed`, its placeholders filled in."""
    entry: Any = _entries()
    for part in key.split("."):
        entry = entry[part]
    return str(entry[lang]).format(**values)


def known(key: str) -> bool:
    """Whether there is such a text."""
    entry: Any = _entries()
    for part in key.split("."):
        if not isinstance(entry, Mapping) or part not in entry:
            return False
        entry = entry[part]
    return True


def from_environment() -> Lang:
    """The language of the locale (LC_ALL, LC_MESSAGES, LANG): Chinese for zh_*, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
