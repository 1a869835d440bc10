"""`python -m tests.hardening.long --minutes N`: the long part. Prints its figures; ends 1 where something got through.

A quarter of the time each: signals at random moments on `run` and `demo`, damaged records, damaged traces, and devices
that make noise; and a while devices that tell what may not be written. The targets (200 signals a command, 1000 files,
300 traces, 5000 tales, 40,000 noisy runs) end a part before its time.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from diag.conclusions import stored
from diag.contract.check import Level
from diag.contract.errors import ConfigError
from diag.knowledge import profile
from diag.run.session import Options, Run
from tests.forkserver import POSDIAG
from tests.hardening import canaries, noise
from tests.hardening.mutated import mutated
from tests.hardening.signalled import Home, Telephone

_TRACED = "demo/countertop"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the parts, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    share, wrong = given.minutes * 60 / 4, 0
    with tempfile.TemporaryDirectory(prefix="posdiag-hardening-") as name:
        folder, chance = Path(name), random.Random(given.seed)  # noqa: S311 -- told, so that it can be repeated
        home = Home(folder / "home")
        wrong += _many("signals on demo", share / 2, 200, lambda _: home.trouble(
            ["demo"], [chance.choice(_SIGNALS)], chance.uniform(0.05, 3.0)
        ))  # fmt: skip
        with Telephone() as telephone:
            wrong += _many("signals on run", share / 2, 200, lambda _: _on_a_call(home, telephone, chance))
            print(f"telephone lines taken off hook: {telephone.calls}")
        raw = _record(folder)
        wrong += _many("damaged records", share, 1000, lambda _: _damaged(raw, folder / "damaged.json", chance))
        (folder / "told").mkdir()
        wrong += _many("secrets told", share / 4, 5_000, lambda number: canaries.trouble(number, folder / "told"))
        trace = _trace(home, folder)
        wrong += _many("damaged traces", share, 300, lambda _: _replayed(trace, folder / "damaged.jsonl", chance))
        wrong += _many("noisy runs", share, 40_000, lambda number: _noisy(given.seed + number, folder / "noise"))
    print(f"seed {given.seed}")
    sys.exit(1 if wrong else 0)


def _many(what: str, seconds: float, most: int, attack: Callable[[int], str | None]) -> int:
    """Attack until the time or the number is reached; print and return how often something got through."""
    end, done, wrong = time.monotonic() + seconds, 0, 0
    while done < most and time.monotonic() < end:
        if trouble := attack(done):
            wrong += 1
            print(f"{what}, number {done}: {trouble}", file=sys.stderr)
        done += 1
    print(f"{what}: {done}, got through: {wrong}", flush=True)
    return wrong


def _on_a_call(home: Home, telephone: Telephone, chance: random.Random) -> str | None:
    """Signal a run that makes a telephone call; the line has to be on hook afterwards."""
    found = home.trouble(telephone.words, [chance.choice(_SIGNALS)], chance.uniform(0.2, 6.0))
    return telephone.trouble() or found


def _record(folder: Path) -> bytes:
    noise.run(*noise.PROFILES[0], 1, folder / "one")
    return next((folder / "one").glob("*.json")).read_bytes()


def _damaged(raw: bytes, file: Path, chance: random.Random) -> str | None:
    file.write_bytes(mutated(raw, chance))
    try:
        stored.read(file)
    except ConfigError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def _trace(home: Home, folder: Path) -> bytes:
    """Return the trace of a simulated terminal with all its parts."""
    file = folder / "trace.jsonl"
    command = [POSDIAG, "demo", _TRACED, "--level", "external", "--trace", str(file)]
    subprocess.run(command, env=home.env, cwd=folder, capture_output=True, timeout=120, check=True)
    return file.read_bytes()


def _replayed(raw: bytes, file: Path, chance: random.Random) -> str | None:
    """Return what went wrong when a damaged trace was replayed; what is wrong with the file is said, and no defect."""
    file.write_bytes(mutated(raw, chance))
    try:
        loaded = profile.load(_TRACED)
        loaded = profile.load(_TRACED, [f"{name}.at=trace:{file}" for name in loaded.components])
        options = Options(Level.EXTERNAL)
        result = Run(loaded, options, lambda *_: None, lambda _: None, file.parent / "replayed").execute()
    except ConfigError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "a defect of ours" if result.defects else None


def _noisy(seed: int, folder: Path) -> str | None:
    name, component = noise.PROFILES[seed % len(noise.PROFILES)]
    found = noise.trouble(noise.run(name, component, seed, folder))
    for path in folder.glob("*.json"):
        path.unlink()
    return f"{name} {component} seed {seed}: {found}" if found else None


if __name__ == "__main__":
    main()
