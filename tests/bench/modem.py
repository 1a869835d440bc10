"""A full examination of a healthy module against a plain pyserial client that asks the same questions; a mute one."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import serial

from diag.contract.check import Level
from diag.knowledge.profile import load
from diag.run.session import Options, Run
from tests.forkserver import ROOT

ROUNDS = 5
PROFILE = "generic/cellular-modem"


@contextmanager
def module(*words: str) -> Iterator[str]:
    """A simulated module; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "diag.sim.modem", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["at"]
    process.communicate("")


def examine(at: str, folder: Path, trace: Path | None = None, *settings: str) -> float:
    """Seconds that all checks of the module take."""
    loaded = load(PROFILE, [f"modem.at={at}", *settings])
    options = Options(Level.EXTERNAL, (), None, trace, force=True)
    record = Run(loaded, options, lambda *_: None, lambda _: None, folder).execute().record
    return sum(check.seconds for check in record.components[0].checks)


def ask(at: str, commands: list[bytes]) -> float:
    """Seconds that a plain client needs to open the port, and for these commands one after another."""
    begin = time.perf_counter()
    with serial.Serial(at, timeout=5) as port:
        for command in commands:
            port.write(command)
            said = b""
            while not said.endswith((b"OK\r\n", b"ERROR\r\n")):
                said += port.readline()
        return time.perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, trace = Path(name), Path(name) / "trace"
        for milliseconds in (0, 10, 50):
            with module("--set", f"answer_ms={milliseconds or 0.001}") as at:
                examine(at, folder, trace)
                entries = [json.loads(line) for line in trace.read_text().splitlines()]
                # but for the last, which puts a setting back behind the checks
                sent = [bytes.fromhex(one["sent"]) for one in entries if one["op"] == "write"][:-1]
                ours = statistics.median(examine(at, folder) for _ in range(ROUNDS))
                plain = statistics.median(ask(at, sent) for _ in range(ROUNDS))
            print(
                f"answers after {milliseconds} ms: {len(sent)} commands, examined in {ours:.3f} s, "
                f"a plain client {plain:.3f} s, ratio {ours / plain:.3f}"
            )
        with module("--fault", "MDM-MUTE") as at:
            took = statistics.median(examine(at, folder, None, "modem.timeout_s=1") for _ in range(3))
        print(f"mute, deadline 1 s: {took:.2f} s, with ATQ0 and seven other rates tried")


if __name__ == "__main__":
    main()
