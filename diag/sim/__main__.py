"""Start all simulators of one terminal: Python starts and reads modules once, then each simulator is a fork of its own.

The only argument is a JSON list of {"package": …, "words": […], "stdin": FD, "stdout": FD}: what `python -m PACKAGE`
would get, and open descriptors for its two ends. This process ends after its standard input and all simulators.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def main() -> None:
    """Fork the simulators, then wait for the end."""
    orders = json.loads(sys.argv[1])
    for order in orders:
        module = import_module(f"{order['package']}.__main__")
        if os.fork() == 0:
            _become(order, module, orders)
            module.main()
            return
    for order in orders:
        os.close(order["stdin"])
        os.close(order["stdout"])
    while os.read(0, 1024):
        pass
    for _ in orders:
        os.wait()


def _become(order: dict[str, Any], module: ModuleType, orders: list[dict[str, Any]]) -> None:
    """Take the simulator's own ends, and close those of the others: an end is only seen when nobody holds it."""
    os.dup2(order["stdin"], 0)
    os.dup2(order["stdout"], 1)
    for other in orders:
        os.close(other["stdin"])
        os.close(other["stdout"])
    sys.argv[:] = [str(module.__file__), *order["words"]]


if __name__ == "__main__":
    main()
