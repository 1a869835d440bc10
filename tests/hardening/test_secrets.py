"""What a device says of a card, a subscriber or a PIN is written nowhere, on whatever port it hangs."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Simulator
from tests.forkserver import POSDIAG, clean_environment
from tests.hardening import canaries, noise


@pytest.mark.parametrize("number", range(len(noise.PROFILES) * len(canaries.SAYINGS)))
def test_nothing_that_a_device_says_of_people_is_written(number: int, tmp_path: Path) -> None:
    assert canaries.trouble(number, tmp_path) is None


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV])
def test_no_core_is_dumped(number: int, simulator: Simulator, tmp_path: Path) -> None:
    """A run that dies of a signal that dumps core says so without the dump (waitpid(2), WCOREDUMP)."""
    served = simulator("modem", "--fault", "MDM-MUTE")  # at which a run waits for many seconds
    command = [POSDIAG, "run", "generic/cellular-modem", "--set", f"modem.at={served.at}"]
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    pid = os.posix_spawn(command[0], command, {**clean_environment(tmp_path)}, file_actions=[(os.POSIX_SPAWN_CLOSE, 0)])
    resource.prlimit(pid, resource.RLIMIT_CORE, unlimited)
    runs = tmp_path / "state" / "posdiag" / "runs"
    while not list(runs.glob("*")) and not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.02)  # until the run has begun
    os.kill(pid, number)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert not os.WCOREDUMP(status)
    assert subprocess.run(["find", str(tmp_path), "-name", "core*"], capture_output=True, check=True).stdout == b""
