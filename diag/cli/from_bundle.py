"""`posdiag run --from`: the checks of a bundled run once more, against its trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diag.bench.bundle import replayed
from diag.cli import running
from diag.contract.check import Level


def run(bundle: Path, request: running.Request) -> int:
    """Examine what a bundle holds, and print the technician's view; return the exit status.

    What the request leaves open is as in the bundled run: components, serial number, symptoms; and the level is the
    bundled run's, or a higher one that is asked for. Raises ConfigError where the bundle cannot be replayed.
    """
    with replayed.opened(bundle, request.profile, request.settings or ()) as found:
        before = found.record.run
        said = [f"{symptom}@{component}" for component, symptom in before.symptoms.items()]
        level = max(Level(request.level), Level(before.level), key=lambda each: each.rank)
        return running.run(
            replace(
                request,
                level=level.value,
                components=request.components or found.components,
                serial_number=request.serial_number or found.record.terminal.serial_number,
                symptoms=request.symptoms or said,
            ),
            profile=found.profile,
        )
