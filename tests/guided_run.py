"""`python -m tests.guided_run PROFILE [FAULT]…`: what `check --guided` says of a simulated terminal and its person.

A process of its own, for PC/SC's library takes its daemon's address from the environment when it is loaded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from diag.bench.simulate import Simulation
from diag.contract.check import Level
from diag.knowledge import catalogue, profile
from diag.reports.merchant import merchant
from diag.reports.texts import Texts
from diag.run.session import Options, Run


def said(name: str, faults: list[str]) -> str:
    """Run the guided check, and return what the merchant reads."""
    with Simulation(profile.load(name), faults) as simulation, tempfile.TemporaryDirectory() as folder:
        os.environ.update(simulation.env)
        loaded = profile.load(name, simulation.settings)
        options = Options(Level.INTERACTIVE, guided=True)
        record = Run(loaded, options, simulation.ask, lambda _: None, Path(folder)).execute().record
    return merchant(record, Texts(catalogue.load({part.kind for part in record.components}), "en"))


if __name__ == "__main__":
    print(said(sys.argv[1], sys.argv[2:]))
