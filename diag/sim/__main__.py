"""Start all simulators of one terminal: Python starts and reads modules once, then each simulator is a fork of its own.

The first argument is a JSON list of {"package": …, "words": […], "stdin": FD, "stdout": FD}: what `python -m PACKAGE`
would get, and open descriptors for its two ends. The second is a folder to make, for all that the simulators write;
`supply` in it is for the supply that they share. This process ends when its standard input has ended, or at SIGTERM;
then all simulators end, and the folder is removed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from diag.sim.process import end_with_starter

_END_TIMEOUT = 5.0  # s that simulators have to end


def main() -> None:
    """Fork the simulators, then wait for the end."""
    orders, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command in front; we end with that command
    signal.signal(signal.SIGTERM, _stop)
    pids: set[int] = set()
    try:
        (folder / "supply").mkdir(parents=True, mode=0o700)
        os.environ["TMPDIR"] = str(folder)
        for order in orders:
            module = import_module(f"{order['package']}.__main__")
            starter = os.getpid()
            pid = os.fork()
            if pid == 0:
                _simulate(order, module, orders, starter)
            pids.add(pid)
        for order in orders:
            os.close(order["stdin"])
            os.close(order["stdout"])
        while os.read(0, 1024):
            pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end(pids)
        shutil.rmtree(folder, ignore_errors=True)


def _simulate(order: dict[str, Any], module: ModuleType, orders: list[dict[str, Any]], starter: int) -> NoReturn:
    """Be a simulator until it ends; nothing of the process that forks goes on in this one."""
    status: Any = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_starter(starter)
        _become(order, module, orders)
        module.main()
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


def _stop(*_: object) -> NoReturn:
    raise SystemExit


def _end(pids: set[int]) -> None:
    """Wait for the simulators, whose standard input has ended; kill those that do not end."""
    deadline = time.monotonic() + _END_TIMEOUT
    while pids:
        how = os.WNOHANG if time.monotonic() < deadline else 0
        for pid in list(pids):
            with suppress(ProcessLookupError):
                if not how:
                    os.kill(pid, signal.SIGKILL)
            if os.waitpid(pid, how)[0]:
                pids.discard(pid)
        if pids:
            time.sleep(0.02)


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
