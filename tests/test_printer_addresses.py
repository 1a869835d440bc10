"""What the address itself shows of a network printer that cannot be reached at its print port."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.forkserver import ROOT

SPACES = ["unshare", "-rn"]
HERE, ELSEWHERE = "192.168.1.87", "192.168.8.87"
# printer, route, its address -> exit status, cause, what is to be read in the evidence
CASES = {
    "its web page lives": ("hangs", "default", HERE, 1, "PRN-PORT", "but the address is alive: its port 80 answers"),
    "raw printing is off": ("closed", "default", HERE, 1, "PRN-PORT", "the address itself refused the connection"),
    "a web server": ("web", "default", HERE, 1, "PRN-GARBLED", 'a web server: "HTTP/1.0 400 Bad Request'),
    "nobody": ("none", "default", HERE, 1, "PRN-ABSENT", "no answer to the connection request"),
    "another network": (
        "none",
        "default",
        ELSEWHERE,
        3,
        "HOST-SERVICE",
        "in no network of this computer (192.168.1.0/24)",
    ),
    "no route": ("none", "none", ELSEWHERE, 3, "HOST-SERVICE", "no route to that network"),
}


@pytest.fixture(scope="module")
def namespaces() -> None:
    """Skip where a user may make no network namespaces of its own."""
    if not shutil.which("ip") or subprocess.run([*SPACES, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespaces here")


@pytest.mark.parametrize("case", CASES)
def test_what_the_address_shows(namespaces: None, tmp_path: Path, case: str) -> None:
    printer, route, address, status, cause, said = CASES[case]
    done = subprocess.run(
        [
            *[*SPACES, sys.executable, str(ROOT / "tests" / "printer_network.py"), printer, route],
            *[sys.executable, "-m", "diag.cli", "run", "epson/tm-m30iii", "--json"],
            *["--set", f"printer.at=socket://{address}:9100", "--set", "printer.timeout_s=0.6"],
        ],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    record: dict[str, Any] = json.loads(done.stdout)
    causes = [*record["diagnosis"]["causes"], *record["diagnosis"]["open"]]
    assert done.returncode == status
    assert causes[0]["fault"] == cause
    assert said in json.dumps(record).replace('\\"', '"')
    assert cause == "PRN-ABSENT" or not any(one["fault"] == "PRN-CABLE" for one in causes)
