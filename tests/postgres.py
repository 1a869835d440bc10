"""A PostgreSQL server of the tests' own: Debian's, by an ordinary user, on a Unix socket, gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PATIENCE = 60.0  # s until the server answers


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, None where there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


class Server:
    """A server that runs; each database in it is new."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder, self._made = programs, folder, 0
        self._process = subprocess.Popen(
            self._words("postgres", "-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip

    def database(self) -> str:
        """Make a database, and return its address for POSDIAG_STORE."""
        self._made += 1
        name = f"posdiag{self._made}"
        end = time.monotonic() + _PATIENCE
        words = [str(self._programs / "createdb"), "-h", str(self._folder), "-U", "posdiag", name]
        while subprocess.run(words, capture_output=True, check=False).returncode:
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.05)
        return f"postgresql+psycopg://posdiag@/{name}?host={self._folder}"

    def end(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait()

    def _words(self, program: str, *words: str) -> list[str]:
        return [*as_user(), "setpriv", "--pdeathsig", "INT", str(self._programs / program), *words]


def as_user() -> list[str]:
    """Return the words before a command that make it an ordinary user's; PostgreSQL refuses root."""
    return [] if os.getuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def running() -> Iterator[Server]:
    """Start a server; skips the test, with the reason, where that cannot be done."""
    found = programs()
    if found is None or shutil.which("setpriv") is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="posdiag-pg-"))  # a socket's path is short, and root's folders are closed
    try:
        if not os.getuid():
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        words = [str(found / "initdb"), "-D", str(folder / "data"), "-U", "posdiag", "--auth=trust", "--no-sync"]
        subprocess.run([*as_user(), *words], cwd=folder, capture_output=True, check=True)
        server = Server(found, folder)
        try:
            yield server
        finally:
            server.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
