"""What pytest has to know of the driver contract suite."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that keeps cases with a clock together, also where pytest-xdist is not installed."""
    config.addinivalue_line("markers", "xdist_group: cases that one worker runs")
