"""What a modem's lines tell, for people: free of language, as the room's texts are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seen:
    """A key of the room's texts, and the values that the text is filled in with."""

    key: str
    values: Mapping[str, str | int | Seen] = field(default_factory=dict)
