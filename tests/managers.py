"""A run against a ModemManager of ours: the bus, the service, and ModemManager's own tool."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Command, Done
from tests.managed_modems import modem

_PACKAGES = ("modemmanager", "libmm-glib0", "libglib2.0-0", "libgudev-1.0-0")
_BUS = """<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy></busconfig>
"""
IMEI, IMSI, ICCID, OWN = "490154203237518", "460001234567890", "89860012345678901234", "15550100"
QUICK = ("boot_s=0.3", "sim_s=0.3", "search_s=0.3")


def mmcli_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the environment needs for mmcli: nothing where Debian's package is installed; else it is unpacked."""
    if shutil.which("mmcli"):
        return {}
    folder = tmp_path_factory.mktemp("mmcli")
    done = subprocess.run(["apt-get", "download", "-q", *_PACKAGES], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mmcli is not installed, and Debian's packages cannot be had here")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "tree"], check=True)
    library = next((folder / "tree/usr/lib").glob("*/libmm-glib.so.0")).parent
    return {"PATH": f"{folder / 'tree/usr/bin'}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(library)}


class Manager:
    """A bus with a ModemManager of ours."""

    def __init__(self, folder: Path, posdiag: Command, env: dict[str, str]) -> None:
        self._posdiag, self.file, socket = posdiag, folder / "modems", folder / "bus"
        self._env = {**env, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={socket}"}
        config = folder / "bus.conf"
        config.write_text(_BUS.format(socket=socket))
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.bus.stdout is not None
        assert self.bus.stdout.readline()
        self.have(modem())
        self.service = subprocess.Popen(
            [sys.executable, "-m", "tests.managed_modems", str(socket), str(self.file)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.service.stdout is not None
        assert self.service.stdout.readline() == "serving\n"

    def have(self, *modems: dict[str, Any]) -> None:
        """Have these modems from now on."""
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({path: one for each in modems for path, one in each.items()}))
        new.replace(self.file)  # at once, whenever the service reads

    def have_after(self, method: str, *modems: dict[str, Any]) -> None:
        """Have these modems, each in the place of the one before, once that was told Reset, Enable or Disable.

        Without a further one a modem cannot be told so.
        """
        self.file.with_suffix(f".{method}").write_text(json.dumps(modems))

    def hear(self, networks: list[dict[str, Any]]) -> None:
        """Have a scan hear these networks; without this no modem can scan."""
        self.file.with_suffix(".heard").write_text(json.dumps(networks))

    def run(self, *settings: str, at: str = "mm:0", words: tuple[str, ...] = ()) -> Done:
        """Examine a modem."""
        given = [word for setting in (f"at={at}", *QUICK, *settings) for word in ("--set", f"modem.{setting}")]
        return self._posdiag("run", "generic/cellular-modem", "--json", *given, *words, env=self._env)

    def end(self) -> None:
        """End the service and the bus."""
        for process in (self.service, self.bus):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def started(tmp_path: Path, posdiag: Command, mmcli: dict[str, str]) -> Iterator[Manager]:
    """Give a bus with a ModemManager of ours, and end both."""
    if not shutil.which("dbus-daemon"):
        pytest.skip("dbus-daemon is not installed")
    folder = tmp_path / "manager"
    folder.mkdir()
    made = Manager(folder, posdiag, mmcli)
    yield made
    made.end()
