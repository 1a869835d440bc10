"""Build one world: a terminal, its cable, router, line to the provider, and an acquirer behind.

`python -m diag.sim.network WORLD` prints a JSON line: `enter`, the words before a command that is to run on the
terminal; `terminal`, a process there; `set`, the settings of the component `network` there; `env`, its environment.
The world lasts until standard input ends, or until SIGTERM; with --keep until SIGTERM only. `--list` prints the names
of all worlds. Needs root, or the right to make user namespaces; `ip` and `openssl`, some worlds `nft`, for a command in
the world `nsenter`. Where something lacks, the line is {"missing": …}.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from diag.sim.network.build import Network
from diag.sim.network.spaces import Missing, own_spaces
from diag.sim.network.world import World, world, worlds
from diag.sim.process import orders, say


def main() -> None:
    """Start from the command line."""
    if "--part" in sys.argv:
        orders(__doc__ or "", Path(__file__).with_name("faults.json"))
        say(missing="a path is not simulated beside other parts: a world has a network of its own")
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", nargs="?", metavar="WORLD")
    parser.add_argument("--keep", action="store_true", help="last until SIGTERM")
    parser.add_argument("--list", action="store_true", help="print the names of all worlds")
    given = parser.parse_args()
    if given.list or not given.world:
        print("\n".join(worlds()))
        return
    if given.world not in worlds():
        parser.error(f"there is no world {given.world}; --list prints all")
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command in front
    folder = Path(tempfile.mkdtemp(prefix="posdiag-network-"))
    _remove_at_end(folder)
    try:
        _live(world(given.world), folder, keep=given.keep)
    except Missing as missing:
        say(missing=str(missing))


def _live(wanted: World, folder: Path, *, keep: bool) -> None:
    user = own_spaces()
    folder.chmod(0o755)  # whoever the examination runs as
    network = Network(wanted, folder)
    try:
        _say(wanted, network, user=user)
        while keep:
            signal.pause()
        while os.read(0, 1024):
            pass
    finally:
        network.end()


def _say(wanted: World, network: Network, *, user: bool) -> None:
    enter = ["nsenter", f"--target={network.terminal.pid}", "--net", "--mount"]
    if user:
        enter += ["--user", "--preserve-credentials"]
    settings: dict[str, Any] = {"host": wanted.host, "port": wanted.port}
    if wanted.named_interface:
        settings["interface"] = "eth0"
    if wanted.tls:
        settings |= {"tls": "true", "ca": str(network.certificates.acquirer.ca)}
    if not wanted.internet:
        settings["private"] = "true"
    settings |= wanted.settings
    say(
        enter=enter,
        terminal=network.terminal.pid,
        set={f"network.{key}": str(value) for key, value in settings.items()},
        env=wanted.env,
    )


def _remove_at_end(folder: Path) -> None:
    """Leave a process behind that removes the folder when this one has ended, in whatever way."""
    end, ours = os.pipe()
    os.set_inheritable(ours, False)
    if os.fork():
        os.close(end)
        return
    os.close(ours)
    for stream in (0, 1, 2):
        os.close(stream)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.read(end, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _stop(*_: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    main()
