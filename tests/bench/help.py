"""Start-up of `posdiag` against a bare Typer app with as many commands: whole processes in turn, medians of pairs.

--version     posdiag --version                              bare Typer's --help    at most 0.25
--help        posdiag --help                                 bare Typer's --help    at most 1.1
shortest run  posdiag run generic/linux-power, empty sysfs   bare Typer's command   at most 1.25
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 30

POSDIAG = str(Path(sys.executable).with_name("posdiag"))

BARE = """
import typer
app = typer.Typer(no_args_is_help=True, add_completion=False)
{commands}
app()
"""

COMMAND = '''
@app.command()
def {name}(x: str = "") -> None:
    """Do it."""
    print("done")
'''

NAMES = ["run", "check", "demo", "sim", "faults", "doctor", "report", "confirm", "history", "udev", "profile"]


def seconds(words: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    # a terminal of which nothing can be read is inconclusive: 3
    done = subprocess.run(words, check=False, capture_output=True, env=environment)
    taken = time.perf_counter() - begin
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{words}: {done.stderr.decode()}")
    return taken


def main() -> None:
    # installed programs have their byte code; and no run of the bench is kept among the user's
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["XDG_STATE_HOME"] = folder
        script, empty = Path(folder, "bare.py"), Path(folder, "power_supply")
        script.write_text(BARE.format(commands="".join(COMMAND.format(name=name) for name in NAMES)))
        empty.mkdir()
        bare = [sys.executable, str(script)]
        run = [POSDIAG, "run", "generic/linux-power", "--set", f"power.at=sysfs:{empty}", "--json"]
        print(f"{'medians of ' + str(ROUNDS):14}{'posdiag':>9}{'bare':>9}{'ratio':>7}{'at most':>9}")
        for what, ours, theirs, most in (
            ("--version", [POSDIAG, "--version"], [*bare, "--help"], 0.25),
            ("--help", [POSDIAG, "--help"], [*bare, "--help"], 1.1),
            ("shortest run", run, [*bare, "run"], 1.25),
        ):
            seconds(ours, environment), seconds(theirs, environment)
            pairs = [(seconds(ours, environment), seconds(theirs, environment)) for _ in range(ROUNDS)]
            mine, other = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            print(f"{what:14}{mine:6.0f} ms{other:6.0f} ms{ratio:7.2f}{most:9.2f}")


if __name__ == "__main__":
    main()
