"""What is said (`diag/contract/said.py`) in words: in those of the component's room, else in those that all share."""

from __future__ import annotations

import functools
from collections import ChainMap
from collections.abc import Mapping

from diag.contract import said
from diag.contract.said import Told
from diag.knowledge import languages, registry, texts
from diag.knowledge.languages import ENGLISH, Lang


def wording(told: Told, lang: Lang = ENGLISH, kind: str = "") -> str:
    """Return what is said in a language. `kind`: of the component that this is said of, whose room has words for it."""
    return told if isinstance(told, str) else told.worded(_texts(kind, lang).get)


@functools.cache
def _texts(kind: str, lang: Lang) -> Mapping[str, str]:
    shared = said.flat(languages.read(said.FOLDER, lang))
    if kind not in registry.kinds():
        return shared
    room = texts.of_room(kind, lang)
    return ChainMap(dict(room.evidence), dict(room.values), shared)
