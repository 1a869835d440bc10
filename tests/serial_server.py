"""A real ser2net for one device."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def ser2net(device: str, folder: Path) -> Iterator[str]:
    """A real serial server for one device."""
    program = shutil.which("ser2net") or "/usr/sbin/ser2net"
    if not Path(program).exists():
        pytest.skip("ser2net is not installed: sudo apt-get install ser2net")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "ser2net.yaml"
    config.write_text(
        f"connection: &one\n  accepter: telnet(rfc2217),tcp,127.0.0.1,{port}\n"
        f"  connector: serialdev,{device},9600n81,local\n"
    )
    process = subprocess.Popen([program, "-n", "-c", str(config), "-P", str(folder / "pid")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield f"rfc2217://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
