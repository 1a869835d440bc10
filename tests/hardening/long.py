"""`python -m tests.hardening.long --minutes N`: the long part. Prints its figures; ends 1 where something got through.

Signals at random moments on `run` and `demo`, damaged records, damaged traces, devices that tell what may not be
written, servers that make noise or tell, and devices that make noise, which have all the time that is left. The
targets (200 signals a command, 1000 files, 300 traces, 5000 tales, 1000 servers, 40,000 noisy runs) end a part before
its time; an hour and a half on two processors suffices.
"""

from __future__ import annotations

import argparse
import functools
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import ExitStack
from pathlib import Path

from diag.conclusions import stored
from diag.contract.check import Level
from diag.contract.errors import ConfigError
from diag.knowledge import profile
from diag.run.session import Options, Run
from tests.forkserver import POSDIAG
from tests.hardening import canaries, noise, servers
from tests.hardening.mutated import mutated
from tests.hardening.signalled import Home, Telephone

_TRACED = "demo/countertop"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ABREAST = 4  # commands that wait for their signal at the same time
_PROCESSES = 2  # of noise
#: the share of the time that each part has at most
_SHARES = {"demo": 0.12, "run": 0.16, "records": 0.05, "told": 0.1, "traces": 0.1, "servers": 0.08}


def main() -> None:
    """Run the parts, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    seconds: float = given.minutes * 60
    end, wrong = time.monotonic() + seconds, 0

    def until(part: str) -> float:
        return time.monotonic() + _SHARES[part] * seconds

    one = functools.partial(futures.ThreadPoolExecutor, 1)
    with tempfile.TemporaryDirectory(prefix="posdiag-hardening-") as name:
        folder = Path(name)
        wrong += _signals(folder, given.seed, until)
        raw, trace = _record(folder), _trace(folder)
        damaged = functools.partial(_damaged, raw, folder / "damaged.json", given.seed)
        wrong += _many("damaged records", until("records"), 1000, damaged, one())
        (folder / "told").mkdir()
        told = functools.partial(canaries.trouble, folder=folder / "told")
        wrong += _many("secrets told", until("told"), 5_000, told, one())
        server = functools.partial(_served, given.seed, folder)
        wrong += _many(
            "servers of noise and of secrets", until("servers"), 1000, server, futures.ThreadPoolExecutor(_ABREAST)
        )
        replayed = functools.partial(_replayed, trace, folder / "damaged.jsonl", given.seed)
        wrong += _many("damaged traces", until("traces"), 300, replayed, one())
        pool = futures.ProcessPoolExecutor(_PROCESSES)
        wrong += _many("noisy runs", end, 40_000, functools.partial(_noisy, given.seed, folder), pool)
    print(f"seed {given.seed}")
    sys.exit(1 if wrong else 0)


def _many(
    what: str, until: float, most: int, attack: Callable[[int], str | None], pool: futures.Executor, abreast: int = 8
) -> int:
    """Attack until the time or the number is reached; print and return how often something got through."""
    done = wrong = 0
    begun: dict[futures.Future[str | None], int] = {}
    with pool:
        for number in range(most + 1):
            while begun and (len(begun) >= abreast or number == most or time.monotonic() >= until):
                for ended in futures.wait(begun, return_when=futures.FIRST_COMPLETED).done:
                    done, attacked = done + 1, begun.pop(ended)
                    if trouble := ended.result():
                        wrong += 1
                        print(f"{what}, number {attacked}: {trouble}", file=sys.stderr)
            if time.monotonic() >= until or number == most:
                break
            begun[pool.submit(attack, number)] = number
    print(f"{what}: {done}, got through: {wrong}", flush=True)
    return wrong


def _signals(folder: Path, seed: int, until: Callable[[str], float]) -> int:
    """Signal `demo`, and `run` while it calls; several at once, each with a home and a telephone of its own."""
    homes: queue.SimpleQueue[Home] = queue.SimpleQueue()
    telephones: queue.SimpleQueue[Telephone] = queue.SimpleQueue()

    def on_demo(number: int) -> str | None:
        chance, home = random.Random(f"demo {seed} {number}"), homes.get()  # noqa: S311 -- told, so that it can be repeated
        found = home.trouble(["demo"], [chance.choice(_SIGNALS)], chance.uniform(0.05, 3.0))
        homes.put(home)
        return found

    def on_run(number: int) -> str | None:
        chance = random.Random(f"run {seed} {number}")  # noqa: S311 -- told, so that it can be repeated
        home, telephone = homes.get(), telephones.get()
        found = home.trouble(telephone.words, [chance.choice(_SIGNALS)], chance.uniform(0.2, 6.0))
        found = telephone.trouble() or found  # the line has to be on hook afterwards
        homes.put(home)
        telephones.put(telephone)
        return found

    pool = functools.partial(futures.ThreadPoolExecutor, _ABREAST)
    with ExitStack() as stack:
        for number in range(_ABREAST):
            homes.put(Home(folder / f"home-{number}"))
            telephones.put(stack.enter_context(Telephone()))
        wrong = _many("signals on demo", until("demo"), 200, on_demo, pool(), _ABREAST)
        wrong += _many("signals on run", until("run"), 200, on_run, pool(), _ABREAST)
        print(f"telephone lines taken off hook: {sum(telephones.get().calls for _ in range(_ABREAST))}")
    return wrong


def _record(folder: Path) -> bytes:
    noise.run(0, folder / "one")
    return next((folder / "one").glob("*.json")).read_bytes()


def _damaged(raw: bytes, file: Path, seed: int, number: int) -> str | None:
    file.write_bytes(mutated(raw, random.Random(f"record {seed} {number}")))  # noqa: S311 -- told
    try:
        stored.read(file)
    except ConfigError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def _trace(folder: Path) -> bytes:
    """Return the trace of a simulated terminal with all its parts."""
    file = folder / "trace.jsonl"
    command = [POSDIAG, "demo", _TRACED, "--level", "external", "--trace", str(file)]
    subprocess.run(command, env=Home(folder / "traced").env, cwd=folder, capture_output=True, timeout=120, check=True)
    return file.read_bytes()


def _replayed(raw: bytes, file: Path, seed: int, number: int) -> str | None:
    """Return what went wrong when a damaged trace was replayed; what is wrong with the file is said, and no defect."""
    file.write_bytes(mutated(raw, random.Random(f"trace {seed} {number}")))  # noqa: S311 -- told
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


def _served(seed: int, folder: Path, number: int) -> str | None:
    """Let a server make noise; every third tells what may not be written."""
    mine = folder / f"served-{number}"
    mine.mkdir()
    found = servers.told(number // 3, mine) if number % 3 == 0 else servers.run(seed + number, mine)
    shutil.rmtree(mine)
    return found


def _noisy(seed: int, folder: Path, number: int) -> str | None:
    mine = folder / f"noise-{os.getpid()}"
    found = noise.run(seed + number, mine)
    shutil.rmtree(mine)
    return found


if __name__ == "__main__":
    main()
