"""What one question came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.contract.check import Fact, Finding, NotExamined, Yielded
from diag.contract.said import Said


@dataclass(frozen=True, slots=True)
class Verdict:
    """A broken link, and what was seen. `leaves_open`: the codes that show alike from here; `proves`: facts."""

    code: str
    said: Said
    leaves_open: tuple[str, ...] = ()
    proves: tuple[str, ...] = ()

    def told(self) -> Iterator[Yielded]:
        """Yield the finding, and what it does not exclude."""
        for name in self.proves:
            yield Fact(name, self.said)
        if self.leaves_open:
            yield NotExamined(tuple(code for code in self.leaves_open if code != self.code))
        yield Finding(self.code, self.said)
