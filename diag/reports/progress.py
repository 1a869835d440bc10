"""Live progress on standard error: a line a component on a terminal, a line at each component's end elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from diag.records.events import CheckEnded, CheckStarted, CheckWithdrawn, Event, RunEnded, RunStarted
from diag.reports.texts import Texts

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_LONG = 30.0  # s; of a check that usually takes so long, the time is shown while it runs


class Progress:
    """The progress of a run, shown event by event; `quiet` shows nothing."""

    def __init__(self, texts: Texts, *, quiet: bool) -> None:
        self._texts = texts
        self._quiet = quiet
        self._names: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._left: dict[str, set[str]] = {}
        self._now: dict[str, str] = {}
        self._usual: dict[tuple[str, str], float] = {}  # s that a check takes which takes long
        self._since: dict[str, tuple[float, float]] = {}  # component -> when such a check began, and its usual seconds
        self._live: Live | None = None
        self._show: Callable[[], None] = lambda: None

    def observe(self, event: Event) -> None:
        """Take one event."""
        match event:
            case RunStarted():
                self._begin(event)
            case CheckStarted(component, check):
                self._now[component] = self._texts.check(self._kinds[component], check)
                self._since.pop(component, None)
                if usual := self._usual.get((component, check)):
                    self._since[component] = (time.monotonic(), usual)
                self._show()
            case CheckEnded():
                self._ended(event)
            case CheckWithdrawn(component, check):
                self._left[component].add(check)
            case RunEnded():
                self.pause()

    def pause(self) -> None:
        """Stop the live display, for a prompt or the end; the next event starts it again."""
        if self._live is not None:
            self._live.stop()

    def _begin(self, event: RunStarted) -> None:
        for part in event.components:
            self._names[part.name] = self._texts.component(part)
            self._kinds[part.name] = part.kind
            self._left[part.name] = {check.name for check in part.checks}
            self._now[part.name] = "…"
            self._usual |= {(part.name, check.name): check.seconds for check in part.checks if check.seconds >= _LONG}
        if self._quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return  # a display that is drawn again and again is noise to a screen reader, too
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        self._live = Live(console=console, transient=True, refresh_per_second=8, get_renderable=self._table)
        self._show = self._draw

    def _ended(self, event: CheckEnded) -> None:
        component = event.component
        self._left[component].discard(event.check)
        self._since.pop(component, None)
        if self._left[component]:
            return
        self._now[component] = "·"
        if self._live is None and not self._quiet:
            print(self._texts.word("progress.done", name=self._names[component]), file=sys.stderr)
        self._show()

    def _draw(self) -> None:
        if self._live is not None:
            if not self._live.is_started:
                self._live.start()
            self._live.refresh()

    def _table(self) -> Table:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for name, check in self._now.items():
            table.add_row(self._names[name], f"{check}{self._taken(name)}")
        return table

    def _taken(self, name: str) -> str:
        """Return how long a component's check has taken so far, where it takes long."""
        begin, usual = self._since.get(name, (0.0, 0.0))
        if not usual:
            return ""
        return self._texts.word("progress.taken", seconds=round(time.monotonic() - begin), usual=round(usual))
